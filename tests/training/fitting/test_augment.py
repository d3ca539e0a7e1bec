from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from training.fitting.augment import augment
from training.recipe.read import read_recipe
from training.recipe.recipe import Recipe

SIDE = 16
SPEC = read_recipe("default", task=1).spec  # CT, then PET twice


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def recipe(*changes: dict[str, Any]) -> Recipe:
    plain = read_recipe("default", task=1).model_dump()
    patches = {"size_zyx": (SIDE, SIDE, SIDE)}
    return Recipe.model_validate({**plain, "augmentation": changes, "patches": patches})


def sample() -> dict[str, Any]:
    rng = np.random.default_rng(0)
    label = np.zeros((1, SIDE, SIDE, SIDE), dtype=np.uint8)
    label[0, 2:9, 3:9, 4:9], label[0, 10:13, 9:15, 9:12] = 1, 2
    return {"image": rng.normal(size=(3, SIDE, SIDE, SIDE)).astype(np.float32), "label": label}


def changed(*changes: dict[str, Any], seed: int = 0) -> dict[str, Any]:
    compose = augment(recipe(*changes))
    compose.set_random_state(seed=seed)
    result: dict[str, Any] = compose(sample())
    return result


def which(result: dict[str, Any]) -> list[bool]:
    """Tell which channels are not what they were."""
    plain = torch.from_numpy(sample()["image"])
    return [not torch.equal(a, b) for a, b in zip(result["image"], plain, strict=True)]


INTENSITIES: list[dict[str, Any]] = [
    {"kind": "scale", "factor": 0.5},
    {"kind": "shift", "offset": 0.5},
    {"kind": "noise", "sd": 0.5},
    {"kind": "smooth", "sd_voxels": (0.5, 1.0)},
    {"kind": "gamma", "power": (0.5, 0.8)},
]
AFFINE = {
    "kind": "affine",
    "probability": 1.0,
    "rotate_rad": (0.4, 0.4, 0.4),
    "scale": (0.2, 0.2, 0.2),
    "move_voxels": (2.0, 2.0, 2.0),
}


def test_without_changes_a_patch_is_plain() -> None:
    result = changed()
    assert which(result) == [False] * 3
    assert type(result["image"]) is type(result["label"]) is torch.Tensor
    assert (result["image"].dtype, result["label"].dtype) == (torch.float32, torch.uint8)


@pytest.mark.parametrize("change", INTENSITIES, ids=lambda change: change["kind"])
def test_values_change_where_asked_and_labels_nowhere(change: dict[str, Any]) -> None:
    for channels, expected in (
        ((), [True] * 3),
        (("ct",), [True, False, False]),
        (("pet",), [False, True, True]),
    ):
        result = changed({**change, "probability": 1.0, "channels": channels})
        assert which(result) == expected
        assert torch.equal(result["label"], torch.from_numpy(sample()["label"]))
    assert which(changed({**change, "probability": 0.0})) == [False] * 3


def test_each_channel_has_a_draw_of_its_own() -> None:
    result = changed({"kind": "scale", "probability": 1.0, "factor": 0.5})
    factors = (result["image"] / torch.from_numpy(sample()["image"])).flatten(1).median(1).values
    assert len({round(float(factor), 4) for factor in factors}) == 3
    assert bool(((factors > 0.5) & (factors < 1.5)).all())


def test_flips_are_each_axis_by_itself() -> None:
    flip = {"kind": "flip", "probability": 0.5, "axes": ("x", "y", "z")}
    seen = set()
    for seed in range(40):
        result = changed(flip, seed=seed)
        seen |= {axes_of(result)}
    assert len(seen) == 8


def test_flips_together_are_all_or_none() -> None:
    flip = {"kind": "flip", "probability": 0.5, "axes": ("x", "y", "z"), "together": True}
    seen = {axes_of(changed(flip, seed=seed)) for seed in range(20)}
    assert seen == {(), (1, 2, 3)}


def axes_of(result: dict[str, Any]) -> tuple[int, ...]:
    """Return the axes along which image and label are both mirrored."""
    plain = sample()
    for bits in range(8):
        axes = tuple(axis + 1 for axis in range(3) if bits >> axis & 1)
        if np.array_equal(np.flip(plain["image"], axes), result["image"].numpy()):
            np.testing.assert_array_equal(np.flip(plain["label"], axes), result["label"].numpy())
            return axes
    raise AssertionError("not a mirror image")


@pytest.mark.parametrize(("axis", "number"), [("z", 1), ("y", 2), ("x", 3)])
def test_an_axis_is_the_one_named(axis: str, number: int) -> None:
    assert axes_of(changed({"kind": "flip", "probability": 1.0, "axes": (axis,)})) == (number,)


def test_labels_move_with_the_image_and_stay_whole() -> None:
    content = sample()
    content["image"] = np.repeat(content["label"], 3, axis=0).astype(np.float32)
    compose = augment(recipe(AFFINE))
    compose.set_random_state(seed=3)
    result = compose(content)
    assert set(result["label"].unique().tolist()) == {0, 1, 2}
    assert not np.array_equal(result["label"].numpy(), content["label"])
    # Interpolated labels round to the nearest label but at the borders between classes.
    same = (result["image"][0].round() == result["label"][0]).float().mean()
    assert float(same) > 0.97


def test_one_of_applies_exactly_one_and_each_of_them_in_time() -> None:
    ct = {"kind": "scale", "probability": 1.0, "factor": 0.5, "channels": ("ct",)}
    pet = {"kind": "shift", "probability": 1.0, "offset": 0.5, "channels": ("pet",)}
    seen = [tuple(which(changed({"kind": "one_of", "of": (ct, pet)}, seed=s))) for s in range(40)]
    assert set(seen) == {(True, False, False), (False, True, True)}
    # 20 expected, three standard deviations are 9.5.
    assert 10 < seen.count((True, False, False)) < 30


def test_the_same_state_draws_the_same_and_another_another() -> None:
    every = [
        {"kind": "flip", "probability": 0.5, "axes": ("x", "y", "z")},
        {"kind": "one_of", "of": (AFFINE, {**INTENSITIES[4], "probability": 1.0})},
        *({**change, "probability": 0.9} for change in INTENSITIES),
    ]
    compose = augment(recipe(*every))
    results = []
    for seed in (7, 8, 7):
        compose.set_random_state(seed=seed)
        results.append(compose(sample()))
    assert torch.equal(results[0]["image"], results[2]["image"])
    assert torch.equal(results[0]["label"], results[2]["label"])
    assert not torch.equal(results[0]["image"], results[1]["image"])
    # Nothing is left of what was drawn before: a fresh one draws the same.
    assert torch.equal(results[1]["image"], changed(*every, seed=8)["image"])


def test_a_mapped_patient_is_read_and_left_as_it_was(tmp_path: Path) -> None:
    content = sample()
    for name, array in content.items():
        np.save(tmp_path / f"{name}.npy", array)
    mapped = {name: np.load(tmp_path / f"{name}.npy", mmap_mode="r") for name in content}
    compose = augment(recipe(*({**change, "probability": 1.0} for change in INTENSITIES)))
    compose.set_random_state(seed=0)
    compose(mapped)
    np.testing.assert_array_equal(mapped["image"], content["image"])


def test_scores_have_an_image_alone_which_stays_whole() -> None:
    score = read_recipe("default:image", task=2)
    image = np.random.default_rng(0).normal(size=(4, 6, 7, 8)).astype(np.float32)
    compose = augment(score)
    seen = set()
    for seed in range(10):
        compose.set_random_state(seed=seed)
        result = compose({"image": image, "lesions": np.ones(3)})
        assert set(result) == {"image", "lesions"}
        assert type(result["image"]) is torch.Tensor
        mirrored = np.array_equal(result["image"].numpy(), image[..., ::-1])
        assert mirrored or np.array_equal(result["image"].numpy(), image)
        seen.add(mirrored)
    assert seen == {True, False}


def test_values_alone_are_passed_on() -> None:
    recipe = read_recipe("default:image", task=2).model_dump()
    network = {"kind": "score", "hidden": [4]}
    spec = {**recipe["spec"], "channels": ()}
    changes = {"network": network, "spec": spec, "augmentation": ()}
    compose = augment(Recipe.model_validate({**recipe, **changes}))
    sample = {"lesions": np.ones(3)}
    assert compose(sample) == sample


def test_masks_are_no_scans() -> None:
    plain = read_recipe("default:image", task=2).model_dump()
    noise = {"kind": "noise", "probability": 1.0, "sd": 0.5}
    compose = augment(Recipe.model_validate({**plain, "augmentation": [noise]}))
    compose.set_random_state(seed=0)
    image = np.ones((4, 6, 6, 6), dtype=np.float32)
    result = compose({"image": image})["image"]
    # CT, PET, then the masks of primary and nodes.
    assert [bool((channel != 1.0).any()) for channel in result] == [True, True, False, False]
