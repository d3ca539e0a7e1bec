"""Figures of held-out patients, counted by hand; windows and whole regions see every voxel."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from shared.sliding_window import sliding_window
from shared.spec import OnePass, Windows
from training.fitting.modules.segmentation import Counts, figures, over_region
from training.recipe.read import read_recipe


def test_two_patients_counted_by_hand() -> None:
    counts = [
        # 2 * 4 / 10 = 0.8; 2 * 0 / 5 = 0, together 2 * 4 / 15
        Counts(1, common=4, total=10, present=True),
        Counts(1, common=0, total=5, present=True),
        # 2 * 3 / 6 = 1; absent and called: not in the mean, but in all voxels: 2 * 3 / 8
        Counts(2, common=3, total=6, present=True),
        Counts(2, common=0, total=2, present=False),
    ]
    found = figures(counts)
    assert found["dice_1"] == pytest.approx(0.4)
    assert found["aggregated_dice_1"] == pytest.approx(8 / 15)
    assert found["dice_2"] == pytest.approx(1.0)
    assert found["aggregated_dice_2"] == pytest.approx(6 / 8)
    assert found["score"] == pytest.approx(0.7)


def test_patients_without_any_label_validate_nothing() -> None:
    with pytest.raises(ValueError, match="expected one with a label"):
        figures([Counts(1, common=0, total=0, present=False)])


def test_both_masks_empty_agree() -> None:
    assert Counts(1, common=0, total=0, present=False).dice == 1.0


@pytest.mark.parametrize("how", [OnePass(multiple=8), Windows(patch_zyx=(8, 8, 8), overlap=0.5)])
def test_every_voxel_is_seen_where_it_lies(how: OnePass | Windows) -> None:
    spec = read_recipe("default", task=1).spec.model_copy(update={"inference": how})
    image = torch.rand(1, 3, 13, 7, 17)
    assert torch.allclose(over_region(image, torch.clone, spec), image, atol=1e-6)


@pytest.mark.parametrize("how", [OnePass(multiple=8), Windows(patch_zyx=(16, 8, 8), overlap=0.5)])
def test_a_region_is_padded_as_the_container_pads_it(how: OnePass | Windows) -> None:
    spec = read_recipe("default", task=1).spec.model_copy(update={"inference": how})
    image = torch.rand(1, 3, 13, 7, 8) - 0.5
    network = torch.nn.Conv3d(3, 2, 5, padding=2)
    patch = how.patch_zyx if isinstance(how, Windows) else (16, 8, 8)

    def on_arrays(tensor: NDArray[np.float32]) -> NDArray[np.float32]:
        result: NDArray[np.float32] = network(torch.from_numpy(tensor)).numpy()
        return result

    with torch.no_grad():
        ours = over_region(image, network, spec).numpy()
        container = sliding_window(
            image.numpy(), on_arrays, patch_zyx=patch, overlap=0.5, gaussian=True
        )
    assert ours.shape == (1, 2, 13, 7, 8)
    assert np.allclose(ours, container, atol=1e-5)
