import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from skimage.measure import label

from evaluation.metrics.clicks import (
    after_last_click,
    area_over_clicks,
    autopet_dice,
    false_negative_ml,
    false_positive_ml,
)
from tests.strategies import few

masks = arrays(np.uint8, (5, 6, 7), elements=st.sampled_from([0, 0, 0, 1]))
EMPTY = np.zeros((6, 6, 6), dtype=bool)


def boxes(*corners: tuple[int, int, int]) -> np.ndarray:
    """Cubes of 2 x 2 x 2 voxels."""
    mask = EMPTY.copy()
    for z, y, x in corners:
        mask[z : z + 2, y : y + 2, x : x + 2] = True
    return mask


def test_volumes_by_hand() -> None:
    # The truth has lesions at two corners; the prediction touches one by a voxel and makes one up.
    truth = boxes((0, 0, 0), (4, 4, 4))
    prediction = boxes((1, 1, 1), (0, 4, 4))
    assert false_positive_ml(prediction, truth=truth, voxel_ml=0.5) == 8 * 0.5
    assert false_negative_ml(prediction, truth=truth, voxel_ml=0.5) == 8 * 0.5
    assert autopet_dice(prediction, truth=truth) == pytest.approx(2 * 1 / (16 + 16))


def test_an_edge_joins_and_a_corner_does_not() -> None:
    truth = EMPTY.copy()
    truth[0, 0, 0] = True
    by_edge, by_corner = truth.copy(), truth.copy()
    by_edge[1, 1, 0], by_corner[1, 1, 1] = True, True
    assert false_positive_ml(by_edge, truth=truth, voxel_ml=2.0) == 0.0
    assert false_positive_ml(by_corner, truth=truth, voxel_ml=2.0) == 2.0


def test_empty_masks() -> None:
    lesion = boxes((1, 2, 3))
    assert false_positive_ml(EMPTY, truth=lesion, voxel_ml=1.0) == 0.0
    assert false_positive_ml(EMPTY, truth=EMPTY, voxel_ml=1.0) == 0.0
    assert false_positive_ml(lesion, truth=EMPTY, voxel_ml=1.0) == 8.0
    assert false_negative_ml(EMPTY, truth=lesion, voxel_ml=1.0) == 8.0
    assert autopet_dice(EMPTY, truth=lesion) == 0.0
    for prediction in (EMPTY, lesion):
        assert math.isnan(false_negative_ml(prediction, truth=EMPTY, voxel_ml=1.0))
        assert math.isnan(autopet_dice(prediction, truth=EMPTY))


def test_other_labels_are_lesion_too() -> None:
    # Labels 1 and 2 share no bit, yet both are lesion.
    truth, prediction = boxes((0, 0, 0)).astype(np.uint8), 2 * boxes((0, 0, 0)).astype(np.uint8)
    assert autopet_dice(prediction, truth=truth) == 1.0
    assert false_positive_ml(prediction, truth=truth, voxel_ml=1.0) == 0.0
    assert false_negative_ml(prediction, truth=truth, voxel_ml=1.0) == 0.0


def test_bad_input_is_named() -> None:
    with pytest.raises(ValueError, match="expected masks of one shape"):
        false_positive_ml(EMPTY, truth=EMPTY[1:], voxel_ml=1.0)
    for volume in (0.0, -1.0, math.nan):
        with pytest.raises(ValueError, match="voxel_ml: expected a volume above 0, found"):
            false_negative_ml(EMPTY, truth=EMPTY, voxel_ml=volume)


def test_area_by_hand() -> None:
    # Half of the first and the last, and all between: 0.1 + 9 x 0.5 + 0.4.
    values = [0.2, *[0.5] * 9, 0.8]
    assert area_over_clicks(values) == pytest.approx(0.1 + 4.5 + 0.4)
    assert after_last_click(values) == 0.8
    assert area_over_clicks([1.0] * 11) == 10.0
    assert math.isnan(area_over_clicks([math.nan] * 11))


@pytest.mark.parametrize("metric", [area_over_clicks, after_last_click])
def test_one_value_a_click_and_one_before(metric) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match="expected 11 values, found 10"):
        metric([0.5] * 10)


@few
@given(masks, masks)
def test_volumes_agree_with_scikit_image(prediction: np.ndarray, truth: np.ndarray) -> None:
    def expected(mask: np.ndarray, other: np.ndarray) -> float:
        numbers, count = label(mask, connectivity=2, return_num=True)
        parts = [numbers == number for number in range(1, count + 1)]
        return 0.25 * sum(int(part.sum()) for part in parts if not (part & (other > 0)).any())

    found = false_positive_ml(prediction, truth=truth, voxel_ml=0.25)
    assert found == pytest.approx(expected(prediction, truth), abs=1e-9)
    if truth.any():
        found = false_negative_ml(prediction, truth=truth, voxel_ml=0.25)
        assert found == pytest.approx(expected(truth, prediction), abs=1e-9)


@few
@given(masks, masks)
def test_missed_and_made_up_are_mirrors(first: np.ndarray, second: np.ndarray) -> None:
    made_up = false_positive_ml(first, truth=second, voxel_ml=1.0)
    assert 0.0 <= made_up <= first.sum()
    if first.any():
        assert false_negative_ml(second, truth=first, voxel_ml=1.0) == made_up
    flipped = false_positive_ml(first[::-1, :, ::-1], truth=second[::-1, :, ::-1], voxel_ml=1.0)
    assert flipped == made_up
    if first.any() and second.any():
        assert autopet_dice(first, truth=second) == autopet_dice(second, truth=first)


@few
@given(st.lists(st.floats(0, 1), min_size=11, max_size=11))
def test_an_area_lies_between_its_bounds(values: list[float]) -> None:
    assert 10 * min(values) - 1e-9 <= area_over_clicks(values) <= 10 * max(values) + 1e-9
    assert area_over_clicks(values[::-1]) == pytest.approx(area_over_clicks(values), abs=1e-9)
