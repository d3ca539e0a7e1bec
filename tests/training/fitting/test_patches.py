from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from training.fitting.patches import RandomPatch
from training.recipe.augmentation import ByClass, ByForeground, Patches

SHAPE = (20, 24, 28)


def sample(shape: tuple[int, int, int] = SHAPE) -> dict[str, Any]:
    """Return a patient whose every voxel tells where it is."""
    number = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    label = np.zeros((1, *shape), dtype=np.uint8)
    return {"image": np.stack([number, -number]), "label": label, "age": 60}


def cropper(size: tuple[int, int, int], centre: ByClass | ByForeground) -> RandomPatch:
    crop = RandomPatch(Patches(size_zyx=size, centre=centre))
    crop.set_random_state(seed=0)
    return crop


def by_class(*weights: float) -> ByClass:
    return ByClass(kind="classes", weights=weights)


def start(patch: dict[str, Any]) -> tuple[int, ...]:
    return tuple(int(n) for n in np.unravel_index(int(patch["image"][0, 0, 0, 0]), SHAPE))


@pytest.mark.parametrize("wanted", [1, 2])
def test_the_middle_is_of_the_class_asked_for(wanted: int) -> None:
    patient = sample()
    patient["label"][0, 9:11, 9:11, 9:11] = 1
    patient["label"][0, 14, 15, 16] = 2
    crop = cropper((4, 4, 4), by_class(0.0, wanted == 1, wanted == 2))
    for _ in range(20):
        patch = crop(patient)
        assert int(patch["label"][0, 2, 2, 2]) == wanted


def test_classes_are_drawn_by_their_weights() -> None:
    patient = sample()
    patient["label"][0, 5:15, 5:15, 5:15] = 1
    patient["label"][0, 14, 15, 16] = 2
    crop = cropper((2, 2, 2), by_class(0.2, 0.2, 0.6))
    middles = [int(crop(patient)["label"][0, 1, 1, 1]) for _ in range(400)]
    counts = np.bincount(middles, minlength=3)
    # Three standard deviations of a binomial: 24 of 80, 29 of 240.
    assert abs(counts[0] - 80) < 24 + 10  # a background voxel at the edge is moved inside
    assert abs(counts[2] - 240) < 29


def test_a_class_that_is_absent_is_not_drawn() -> None:
    patient = sample()
    patient["label"][0, 10, 10, 10] = 2
    crop = cropper((4, 4, 4), by_class(0.0, 0.9, 0.1))
    assert all(int(crop(patient)["label"][0, 2, 2, 2]) == 2 for _ in range(10))


@pytest.mark.parametrize(
    "centre", [by_class(0.0, 0.5, 0.5), ByForeground(kind="foreground", share=1.0)]
)
def test_a_patient_without_any_label_gives_patches_from_anywhere(
    centre: ByClass | ByForeground,
) -> None:
    crop = cropper((4, 4, 4), centre)
    assert len({start(crop(sample())) for _ in range(10)}) == 10


@pytest.mark.parametrize(("share", "inside"), [(1.0, True), (0.0, False)])
def test_the_middle_is_inside_or_outside_the_foreground(share: float, inside: bool) -> None:
    patient = sample()
    patient["label"][0, 8:12, 8:12, 8:12] = 1
    crop = cropper((3, 3, 3), ByForeground(kind="foreground", share=share))
    found = [bool(crop(patient)["label"][0, 1, 1, 1]) for _ in range(20)]
    assert found == [inside] * 20


def test_a_patient_all_of_one_label_has_no_outside() -> None:
    patient = sample()
    patient["label"][:] = 1
    patch = cropper((4, 4, 4), ByForeground(kind="foreground", share=0.0))(patient)
    assert bool((patch["label"] == 1).all())


def test_a_patch_near_the_edge_is_moved_inside() -> None:
    patient = sample()
    patient["label"][0, 0, 0, 0] = 1
    patch = cropper((4, 6, 8), by_class(0.0, 1.0))(patient)
    assert start(patch) == (0, 0, 0)
    patient = sample()
    patient["label"][0, -1, -1, -1] = 1
    patch = cropper((4, 6, 8), by_class(0.0, 1.0))(patient)
    assert start(patch) == (16, 18, 20)


def test_image_and_label_are_cut_alike_and_the_rest_is_passed_on() -> None:
    patient = sample()
    patient["label"][0] = (patient["image"][0] % 3).astype(np.uint8)
    patch = cropper((4, 6, 8), by_class(1.0, 1.0, 1.0))(patient)
    assert patch["image"].shape == (2, 4, 6, 8)
    assert patch["age"] == 60
    assert torch.equal(patch["label"][0].float(), patch["image"][0] % 3)
    assert torch.equal(patch["image"][1], -patch["image"][0])


def test_a_smaller_region_is_padded_at_its_end_with_each_channels_lowest_value() -> None:
    patient = sample((4, 5, 24))
    patient["label"][:] = 1
    patch = cropper((6, 5, 8), by_class(0.0, 1.0))(patient)
    assert patch["image"].shape == (2, 6, 5, 8)
    # Numbers rise from 0; the other channel falls to -(4 * 5 * 24 - 1), wherever the crop is.
    assert bool((patch["image"][0, 4:] == 0.0).all())
    assert bool((patch["image"][1, 4:] == -479.0).all())
    assert not patch["label"][0, 4:].any()
    assert bool((patch["label"][0, :4] == 1).all())


def test_a_mapped_file_is_not_written_to(tmp_path: Path) -> None:
    patient = sample()
    for name in ("image", "label"):
        np.save(tmp_path / f"{name}.npy", patient[name])
    mapped = {name: np.load(tmp_path / f"{name}.npy", mmap_mode="r") for name in ("image", "label")}
    patch = cropper((4, 4, 4), by_class(1.0, 1.0))(mapped)
    patch["image"] += 1.0
    np.testing.assert_array_equal(mapped["image"], patient["image"])
    assert type(patch["image"]) is torch.Tensor
    assert (patch["image"].dtype, patch["label"].dtype) == (torch.float32, torch.uint8)
