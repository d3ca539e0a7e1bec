"""Tiny patients and recipes whose answer can be read off their inputs."""

from pathlib import Path

import numpy as np

from shared.spec import Box, Spec
from training.data.samples import Samples
from training.recipe.augmentation import Patches
from training.recipe.network import DynUNetwork
from training.recipe.read import read_recipe
from training.recipe.recipe import Recipe
from training.recipe.score import PlainImage, ScoreNetwork
from training.run import About

SIDE = 16
TASKS = {"segmentation": 1, "risk": 2, "hpv": 3}


def recipe_for(role: str, **changes: object) -> Recipe:
    """Return the role's default recipe with a tiny network on a tiny box, learned by gradients."""
    name = "default" if role == "segmentation" else "default:image"
    recipe = read_recipe(name, task=TASKS[role])
    size = (SIDE, SIDE, SIDE)
    spec = recipe.spec.model_copy(
        update={"region": Box(size_xyz=size, centre=recipe.spec.region.centre)}  # type: ignore[union-attr]
    )
    parts: dict[str, object] = {
        "spec": spec,
        "steps": 24,
        "validations": 6,
        "batch_size": 4,
        "network": ScoreNetwork(kind="score", image=PlainImage(kind="plain", filters=(4, 4))),
    }
    if role == "segmentation":
        parts["network"] = DynUNetwork(kind="dynunet", filters=(4, 4, 4))
        parts["patches"] = Patches(size_zyx=size)
    return Recipe.model_validate({**recipe.model_dump(), **_dumped(parts), **changes})


def values_only(role: str, network: dict[str, object], **changes: object) -> Recipe:
    """Return a recipe on clinical values and lesion features that makes no steps."""
    recipe = read_recipe("default", task=TASKS[role])
    return Recipe.model_validate({**recipe.model_dump(), "network": network, **changes})


def _dumped(parts: dict[str, object]) -> dict[str, object]:
    return {k: v.model_dump() if hasattr(v, "model_dump") else v for k, v in parts.items()}


def synthetic(spec: Spec, folder: Path, count: int) -> Samples:
    """Write patients whose label, risk and HPV status can be read off their inputs."""
    rng = np.random.default_rng(0)
    folders = []
    for index in range(count):
        level = index % 3 / 2.0
        shape = spec.fixed_zyx or (SIDE, SIDE, SIDE)
        image = rng.normal(0.0, 0.05, (len(spec.channels), *shape)).astype(np.float32)
        label = np.zeros(shape, dtype=np.uint8)
        label[4:9, 4:9, 4:9], label[10:14, 10:14, 10:14] = 1, 2
        image[1:2] += label * (1.0 + 0.1 * level)
        arrays: dict[str, np.ndarray] = {"image": image, "label": label}
        if spec.role != "segmentation":
            arrays = {
                **({"image": image} if spec.channels else {}),
                "clinical": np.tile(np.array([level, 0.0], np.float32), len(spec.clinical)),
                "lesions": _lesions(spec, level, nodes=index % 5 != 4),
                "event": np.array(index % 2 == 0),
                "time_days": np.array(1000.0 - 400.0 * level + index, np.float32),
                "hpv": np.array(level > 0.4),
            }
        folders.append(folder / f"patient-{index:02d}")
        folders[-1].mkdir(parents=True)
        for name, array in arrays.items():
            np.save(folders[-1] / f"{name}.npy", array)
    ids = tuple(path.name for path in folders)
    return Samples(tuple(folders), ids, ("A", "B") * (count // 2) + ("A",) * (count % 2))


def _lesions(spec: Spec, level: float, *, nodes: bool) -> np.ndarray:
    """Return features of one level; without nodes, what is measured of them is unknown."""
    unknown = [name.startswith("gtvn_") and name != "gtvn_count" for name in spec.lesions]
    return np.where(np.array(unknown, bool) & (not nodes), np.nan, level).astype(np.float32)


def about_for(recipe: Recipe, samples: Samples, held: Samples) -> About:
    """Describe a fit on synthetic patients."""
    return About(
        task=TASKS[recipe.spec.role],
        recipe="tiny",
        command="python -m training fit",
        data="synthetic blocks",
        training=samples.ids,
        validation=held.ids,
        fold="the last third",
        code_version="0",
        commit="",
        device="CPU",
    )
