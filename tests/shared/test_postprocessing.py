"""From probabilities to labels, counted by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import SimpleITK as sitk

from shared.errors import ModelError
from shared.grid import Grid
from shared.postprocessing import clean, to_labels
from shared.spec import Label, Spec
from tests.networks import SEGMENTATION

# A voxel of 2 x 2 x 5 mm holds 0.02 ml.
GRID = Grid((10, 9, 8), (2.0, 2.0, 5.0), (-5.0, 7.0, 11.0))
FLAT = np.ones(GRID.shape_zyx, dtype=np.float32)


def spec(*labels: Label, activation: str = "softmax") -> Spec:
    content = {**SEGMENTATION.model_dump(), "activation": activation, "labels": labels}
    return Spec.model_validate(content)


def gtvp(**rules: Any) -> Label:
    return Label(name="GTVp", value=1, channel=1, **rules)


def gtvn(**rules: Any) -> Label:
    return Label(name="GTVn", value=2, channel=2, **rules)


def decided(probabilities: np.ndarray, how: Spec) -> list[int]:
    """Labels of the voxels of the grid's first row."""
    full = np.zeros((probabilities.shape[0], *GRID.shape_zyx), dtype=np.float32)
    full[0] = 1.0
    full[:, 0, 0, : probabilities.shape[1]] = probabilities
    found: list[int] = sitk.GetArrayFromImage(to_labels(full, GRID, spec=how, onto=GRID))[
        0, 0, : probabilities.shape[1]
    ].tolist()
    return found


def table(*voxels: tuple[float, ...]) -> np.ndarray:
    return np.array(voxels, dtype=np.float32).T


def test_without_thresholds_the_largest_probability_wins() -> None:
    voxels = table((0.5, 0.3, 0.2), (0.3, 0.4, 0.3), (0.3, 0.3, 0.4), (0.34, 0.33, 0.33))
    assert decided(voxels, spec(gtvp(), gtvn())) == [0, 1, 2, 0]


def test_a_threshold_is_passed_or_not_whoever_wins() -> None:
    voxels = table((0.65, 0.35, 0.0), (0.75, 0.25, 0.0), (0.2, 0.35, 0.45))
    # The third passes both; the likelier takes it.
    assert decided(voxels, spec(gtvp(threshold=0.3), gtvn(threshold=0.3))) == [1, 0, 2]
    assert decided(voxels, spec(gtvp(threshold=0.6), gtvn(threshold=0.6))) == [0, 0, 0]


def test_sigmoid_outputs_are_independent() -> None:
    voxels = table((0.9, 0.6, 0.7), (0.0, 0.6, 0.1), (0.9, 0.2, 0.4))
    how = spec(gtvp(threshold=0.5), gtvn(threshold=0.5), activation="sigmoid")
    assert decided(voxels, how) == [2, 1, 0]


def test_a_foreground_channel_alone_needs_a_threshold() -> None:
    one = Label(name="GTVp", value=1, channel=0, threshold=0.5)
    probabilities = np.zeros((1, *GRID.shape_zyx), dtype=np.float32)
    probabilities[0, 2, 3, 4:6] = 0.8
    found = to_labels(probabilities, GRID, spec=spec(one, activation="none"), onto=GRID)
    assert int(sitk.GetArrayFromImage(found).sum()) == 2
    without = one.model_copy(update={"threshold": None})
    with pytest.raises(ModelError, match=r"expected at least 2 output channels .* found 1"):
        to_labels(probabilities, GRID, spec=spec(without, activation="none"), onto=GRID)


def test_too_few_channels_are_refused() -> None:
    with pytest.raises(ModelError, match=r"expected at least 3 output channels .* found 2"):
        to_labels(np.zeros((2, *GRID.shape_zyx), np.float32), GRID, spec=SEGMENTATION, onto=GRID)


@pytest.mark.parametrize("activation", ["softmax", "sigmoid"])
def test_empty_probabilities_give_an_empty_mask(activation: str) -> None:
    how = spec(gtvp(threshold=0.5), gtvn(threshold=0.5), activation=activation)
    found = to_labels(np.zeros((3, *GRID.shape_zyx), np.float32), GRID, spec=how, onto=GRID)
    assert GRID.differences(Grid.of(found)) == []
    assert found.GetPixelID() == sitk.sitkUInt8
    assert not sitk.GetArrayFromImage(found).any()


def test_labels_land_on_a_finer_flipped_grid_where_they_lie_in_the_patient() -> None:
    probabilities = np.zeros((3, *GRID.shape_zyx), dtype=np.float32)
    probabilities[0] = 1.0
    probabilities[:, 3:5, 3:6, 4:7] = np.array([0.0, 1.0, 0.0])[:, None, None, None]
    onto = Grid((40, 40, 90), (1.0, 1.0, 1.0), (34.0, 46.0, 0.0), (-1, 0, 0, 0, -1, 0, 0, 0, 1))
    found = to_labels(probabilities, GRID, spec=spec(gtvp(), gtvn()), onto=onto)
    z, y, x = np.nonzero(sitk.GetArrayFromImage(found))
    middle = onto.to_mm([x.mean(), y.mean(), z.mean()])
    np.testing.assert_allclose(middle, GRID.to_mm([5.0, 4.0, 3.5]), atol=0.5)
    # At most 3 x 3 x 2 voxels of 20 mm^3, less the block's edges, which interpolation rounds.
    assert 0.6 * 360 < z.size < 360


def test_beyond_the_networks_grid_nothing_is_labelled() -> None:
    probabilities = np.zeros((3, *GRID.shape_zyx), dtype=np.float32)
    probabilities[1] = 1.0
    wide = Grid((30, 29, 28), GRID.spacing_mm, tuple(GRID.to_mm([-10, -10, -10])))
    found = sitk.GetArrayFromImage(
        to_labels(probabilities, GRID, spec=spec(gtvp(), gtvn()), onto=wide)
    )
    inside = found[10:18, 10:19, 10:20]
    assert int(found.sum()) == int(inside.sum()) == 10 * 9 * 8


def blobs() -> tuple[np.ndarray, np.ndarray]:
    """GTVp of 3, 12 and 8 voxels with SUVmax 9, 2 and 5; GTVn of 1 voxel with SUV -1."""
    labels = np.zeros(GRID.shape_zyx, dtype=np.uint8)
    suv = FLAT.copy()
    labels[0, 0, 0:3], suv[0, 0, 1] = 1, 9.0
    labels[2:5, 3:5, 3:5], suv[3, 3, 3] = 1, 2.0
    labels[6:8, 6:8, 7:9], suv[6, 6, 7] = 1, 5.0
    labels[0, 8, 9], suv[0, 8, 9] = 2, -1.0
    return labels, suv


@pytest.mark.parametrize(
    ("rules", "left"),
    [
        ({}, 23),
        # 3 voxels hold 0.06 ml, 8 hold 0.16, 12 hold 0.24.
        ({"minimum_ml": 0.06}, 23),
        ({"minimum_ml": 0.07}, 20),
        ({"minimum_ml": 0.2}, 12),
        ({"minimum_ml": 1.0}, 0),
        ({"maximum_components": 1}, 12),
        ({"maximum_components": 2}, 20),
        ({"maximum_components": 9}, 23),
        ({"minimum_suvmax": 4.0}, 11),
        ({"minimum_suvmax": 10.0}, 0),
        # The largest is faint and the hottest is small: the one that is neither stays.
        ({"minimum_suvmax": 4.0, "maximum_components": 1}, 8),
        ({"minimum_suvmax": 4.0, "minimum_ml": 0.07}, 8),
    ],
)
def test_components_are_dropped_by_volume_number_and_uptake(
    rules: dict[str, Any], left: int
) -> None:
    labels, suv = blobs()
    cleaned = clean(GRID.image(labels), spec=spec(gtvp(**rules), gtvn()), pet_suv=GRID.image(suv))
    found = sitk.GetArrayFromImage(cleaned)
    assert GRID.differences(Grid.of(cleaned)) == []
    assert int((found == 1).sum()) == left
    # One label's rules are not another's: the cold node has no gate of its own.
    assert int((found == 2).sum()) == 1
    assert set(np.unique(found[found > 0] == labels[found > 0])) <= {True}


def test_diagonal_neighbours_are_one_component() -> None:
    labels = np.zeros(GRID.shape_zyx, dtype=np.uint8)
    labels[2, 2, 2] = labels[3, 3, 3] = 1
    how = spec(gtvp(minimum_ml=0.03), gtvn())
    cleaned = clean(GRID.image(labels), spec=how, pet_suv=GRID.image(FLAT))
    assert int(sitk.GetArrayFromImage(cleaned).sum()) == 2


def test_cleaning_an_empty_mask_leaves_it_empty() -> None:
    empty = GRID.image(np.zeros(GRID.shape_zyx, dtype=np.uint8))
    how = spec(gtvp(minimum_ml=1.0, minimum_suvmax=2.0), gtvn(maximum_components=1))
    assert not sitk.GetArrayFromImage(clean(empty, spec=how, pet_suv=GRID.image(FLAT))).any()
