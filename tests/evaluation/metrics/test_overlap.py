import numpy as np
import pytest
from grand_challenge_metrics.stats import (
    calculate_confusion_matrix,
    dice_from_confusion_matrix,
)
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from evaluation.metrics.overlap import (
    Overlap,
    aggregated_dice,
    confusion,
    dice,
    dice_where_present,
    overlaps,
)
from tests.strategies import few

SHAPE = (4, 5, 6)
LABELS = arrays(np.uint8, SHAPE, elements=st.integers(0, 2))


def test_dice_by_hand() -> None:
    a = np.array([True, True, True, False])
    b = np.array([False, True, True, True])
    assert dice(a, b) == pytest.approx(2 * 2 / (3 + 3))
    assert dice(a, ~a) == 0.0


def test_dice_of_two_empty_masks_is_one_and_of_one_empty_zero() -> None:
    empty = np.zeros(4, dtype=bool)
    assert dice(empty, empty) == 1.0
    assert dice(empty, ~empty) == 0.0
    assert dice(~empty, empty) == 0.0


def test_an_absent_truth_is_skipped_by_the_other_convention() -> None:
    empty = np.zeros(4, dtype=bool)
    assert np.isnan(dice_where_present(empty, empty))
    assert np.isnan(dice_where_present(~empty, empty))
    assert dice_where_present(empty, ~empty) == 0.0
    assert dice_where_present(~empty, ~empty) == 1.0


@pytest.mark.parametrize("metric", [dice, dice_where_present])
def test_dice_refuses_other_shapes(metric) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match="expected masks of one shape"):
        metric(np.zeros(3, dtype=bool), np.zeros(4, dtype=bool))


def test_overlaps_by_hand() -> None:
    truth = np.zeros(SHAPE, dtype=np.uint8)
    truth[1, 1, 1:5] = 1
    truth[3, 0, 0:2] = 2
    prediction = np.zeros(SHAPE, dtype=np.uint8)
    # Of the primary's four voxels three are found, one is called a node, and one more is outside.
    prediction[1, 1, 1:4] = 1
    prediction[1, 1, 4] = 2
    prediction[1, 2, 1] = 1
    primary, nodes = overlaps(prediction, truth, voxel_mm3=2.0).values()
    assert primary == Overlap(common_mm3=6.0, prediction_mm3=8.0, truth_mm3=8.0)
    assert nodes == Overlap(common_mm3=0.0, prediction_mm3=2.0, truth_mm3=4.0)
    assert primary.dice == pytest.approx(2 * 3 / (4 + 4))
    assert nodes.dice == 0.0


def test_an_absent_label_scores_one_or_is_skipped() -> None:
    absent = overlaps(*np.zeros((2, *SHAPE), dtype=np.uint8), voxel_mm3=1.0)[1]
    assert absent.dice == 1.0
    assert np.isnan(absent.dice_where_present)
    present = Overlap(common_mm3=1.0, prediction_mm3=1.0, truth_mm3=2.0)
    assert present.dice_where_present == present.dice == pytest.approx(2 / 3)


@few
@given(prediction=LABELS, truth=LABELS)
def test_confusion_is_that_of_grand_challenge(prediction: np.ndarray, truth: np.ndarray) -> None:
    counts = confusion(prediction, truth)
    expected = calculate_confusion_matrix(truth, prediction, [0, 1, 2])
    np.testing.assert_array_equal(counts, expected)
    with np.errstate(invalid="ignore"):
        both = dice_from_confusion_matrix(expected)
    for label, overlap in overlaps(prediction, truth, voxel_mm3=0.7).items():
        assert overlap.dice == pytest.approx(dice(prediction == label, truth == label))
        if not np.isnan(both[label]):
            # They answer in single precision.
            assert overlap.dice == pytest.approx(float(both[label]), abs=1e-6)


@few
@given(prediction=LABELS, truth=LABELS)
def test_overlap_is_symmetric_and_bounded(prediction: np.ndarray, truth: np.ndarray) -> None:
    one = overlaps(prediction, truth, voxel_mm3=1.0)
    other = overlaps(truth, prediction, voxel_mm3=1.0)
    np.testing.assert_array_equal(confusion(truth, prediction), confusion(prediction, truth).T)
    for label in (1, 2):
        assert one[label].dice == other[label].dice
        assert 0.0 <= one[label].dice <= 1.0


@pytest.mark.parametrize("odd", [3, 255])
def test_other_labels_are_refused(odd: int) -> None:
    good = np.zeros(SHAPE, dtype=np.uint8)
    bad = good.copy()
    bad[0, 0, 0] = odd
    with pytest.raises(ValueError, match=rf"0, 1 and 2 in the prediction, found \[{odd}\]"):
        confusion(bad, good)
    with pytest.raises(ValueError, match=rf"0, 1 and 2 in the truth, found \[{odd}\]"):
        confusion(good, bad)


def test_negative_labels_are_refused() -> None:
    bad = np.full(SHAPE, -1, dtype=np.int16)
    with pytest.raises(ValueError, match=r"in the prediction, found \[-1\]"):
        confusion(bad, np.zeros(SHAPE, dtype=np.int16))


def test_labels_of_other_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="expected masks of one shape"):
        overlaps(np.zeros((1, 2, 3), np.uint8), np.zeros((1, 2, 4), np.uint8), voxel_mm3=1.0)


def test_aggregated_dice_weighs_patients_by_volume() -> None:
    # 2 (8 + 0) / (10 + 10 + 2 + 2), where the mean of 0.8 and 0 would be 0.4.
    value = aggregated_dice([8, 0], prediction_mm3=[10, 2], truth_mm3=[10, 2])
    assert value == pytest.approx(16 / 24)


def test_aggregated_dice_of_a_label_that_is_nowhere_is_one() -> None:
    assert aggregated_dice([0, 0], prediction_mm3=[0, 0], truth_mm3=[0, 0]) == 1.0
    assert aggregated_dice([0, 0], prediction_mm3=[0, 1], truth_mm3=[0, 0]) == 0.0


@few
@given(
    rows=st.lists(
        st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=9
    ),
    scale=st.floats(0.1, 10),
)
def test_aggregated_dice_ignores_order_and_unit(
    rows: list[tuple[int, int, int]], scale: float
) -> None:
    common, mine, real = np.array(rows, float).T
    mine, real = mine + common, real + common
    value = aggregated_dice(common, prediction_mm3=mine, truth_mm3=real)
    assert 0.0 <= value <= 1.0
    turned = aggregated_dice(
        scale * common[::-1], prediction_mm3=scale * mine[::-1], truth_mm3=scale * real[::-1]
    )
    assert turned == pytest.approx(value, rel=1e-9)
