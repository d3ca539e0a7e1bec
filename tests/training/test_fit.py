"""A fit from start to finish, tiny: it learns, goes on after a stop, and its export agrees."""

from pathlib import Path

import numpy as np
import pytest
import torch

from phantom import VERSION
from shared.manifest import read_manifest
from shared.model import OnnxModel
from shared.spec import Box, Spec
from training.data import Samples
from training.export import export, load_run
from training.fit import fit
from training.modules import Batch, ScoreModule
from training.recipe import Cohort, Recipe, ScoreNetwork, SegmentationNetwork, read_recipe

# Lightning, MONAI and torch's exporter warn of each other's deprecations.
pytestmark = pytest.mark.filterwarnings("ignore")


def recipe_for(role: str) -> Recipe:
    name = {"segmentation": "task1_default", "risk": "task2_default", "hpv": "task3_default"}[role]
    recipe = read_recipe(name)
    size = (16, 16, 16)
    spec = recipe.spec.model_copy(
        update={"region": Box(size_xyz=size, centre=recipe.spec.region.centre)}  # type: ignore[union-attr]
    )
    network = (
        SegmentationNetwork(kind="dynunet", filters=(4, 4, 4))
        if role == "segmentation"
        else ScoreNetwork(kind="score", filters=(4, 4))
    )
    return recipe.model_copy(
        update={
            "spec": spec,
            "network": network,
            "cohort": Cohort(seed=1, patients=12, validation=6),
            "steps": 24,
            "batch_size": 4,
            "patch_zyx": size,
        }
    )


def synthetic(spec: Spec, folder: Path, count: int) -> Samples:
    """Patients whose label, risk and HPV status can be read off their inputs."""
    rng = np.random.default_rng(0)
    folder.mkdir()
    files = []
    for index in range(count):
        level = index % 3 / 2.0
        image = rng.normal(0.0, 0.05, (len(spec.channels), 16, 16, 16)).astype(np.float32)
        label = np.zeros((16, 16, 16), dtype=np.uint8)
        label[4:9, 4:9, 4:9], label[10:14, 10:14, 10:14] = 1, 2
        image[1] += label * (0.5 + level)
        arrays = {"image": image, "label": label}
        if spec.role != "segmentation":
            arrays = {
                "image": image,
                "clinical": np.tile(np.array([level, 0.0], np.float32), len(spec.clinical)),
                "lesions": np.full(len(spec.lesions), level, np.float32),
                "event": np.array(index % 2 == 0),
                "time_days": np.array(1000.0 - 400.0 * level + index, np.float32),
                "hpv": np.array(level > 0.4),
            }
        files.append(folder / f"{index}.npz")
        np.savez(files[-1], **arrays)
    return Samples(tuple(files))


@pytest.fixture
def samples(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):  # type: ignore[no-untyped-def]
    def prepare(recipe: Recipe) -> Samples:
        count = recipe.cohort.patients + recipe.cohort.validation
        made = synthetic(recipe.spec, tmp_path / "samples", count)
        monkeypatch.setattr("training.fit.make_samples", lambda *_, **__: made)
        return made

    return prepare


@pytest.mark.parametrize("role", ["segmentation", "risk", "hpv"])
def test_from_fit_to_a_checked_onnx_file(role: str, samples, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    recipe = recipe_for(role)
    made = samples(recipe)
    torch.set_num_threads(1)
    fit(recipe, tmp_path / "run", cache=tmp_path, workers=0, weights=tmp_path)
    held = made.subset(range(recipe.cohort.patients, len(made)))
    file = export(
        tmp_path / "run", role_file=f"{role}.onnx", to=tmp_path / "weights", validation=held
    )
    assert [f.name for f in read_manifest(tmp_path / "weights").roles[role].files] == [file.name]  # type: ignore[index]
    model = OnnxModel(file.read_bytes(), name=file.name, threads=1)
    assert model.spec.role == role
    assert model.spec.provenance["data"] == f"phantom, generator version {VERSION}"
    assert b".py" not in file.read_bytes(), (
        "the exporter's stack traces name this machine's folders"
    )
    _, network = load_run(tmp_path / "run")
    inputs = {
        name: made[0][name][None] for name in ("image", "clinical", "lesions") if name in made[0]
    }
    with torch.no_grad():
        expected = network(*(torch.from_numpy(array) for array in inputs.values())).numpy()
    assert np.allclose(model(inputs), expected, atol=1e-3)


def test_an_interrupted_fit_goes_on_where_it_stopped(
    samples,  # type: ignore[no-untyped-def]
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    recipe = recipe_for("risk")
    samples(recipe)
    steps = 0
    train = ScoreModule.training_step

    def killed_after_14(self: ScoreModule, batch: Batch, number: int) -> torch.Tensor:
        nonlocal steps
        steps += 1
        if steps == 15:
            raise RuntimeError("killed")
        return train(self, batch, number)

    monkeypatch.setattr(ScoreModule, "training_step", killed_after_14)
    with pytest.raises(RuntimeError, match="killed"):
        fit(recipe, tmp_path / "run", cache=tmp_path, workers=0, weights=tmp_path)
    assert not (tmp_path / "run/network.pt").exists()
    steps = 15
    fit(recipe, tmp_path / "run", cache=tmp_path, workers=0, weights=tmp_path)
    # Three steps an epoch: epoch 4, with steps 13 and 14, is done again; 12 are not.
    assert steps - 15 == recipe.steps - 12
