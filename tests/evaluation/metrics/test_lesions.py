import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import linear_sum_assignment
from skimage.measure import label

from evaluation.metrics.lesions import Contact, Matching, aggregated_f1, match
from tests.strategies import few

Run = tuple[int, int]


def row(*runs: Run) -> np.ndarray:
    """A mask of one row of 40 voxels; each run is from its first voxel up to its stop."""
    mask = np.zeros((3, 3, 40), dtype=bool)
    for start, stop in runs:
        mask[1, 1, start:stop] = True
    return mask


def matched(predicted: np.ndarray, true: np.ndarray, **options: float) -> Matching:
    return match(predicted, true, voxel_mm3=1000.0, **options)


def counts(matching: Matching) -> tuple[int, int, int]:
    return matching.tp, matching.fp, matching.fn


def test_detected_false_and_missed_by_hand() -> None:
    # Detected with 4 of 6 voxels; one prediction alone; one lesion alone.
    found = matched(row((0, 5), (10, 12)), row((1, 6), (20, 23)))
    assert counts(found) == (1, 1, 1)
    (pair,) = found.pairs
    assert (pair.predicted.number, pair.true.number) == (1, 1)
    assert pair.iou == pytest.approx(4 / 6)
    assert pair.common_ml == pytest.approx(4.0)
    assert [lesion.volume_ml for lesion in found.true] == [pytest.approx(5.0), pytest.approx(3.0)]


def test_an_iou_of_exactly_the_threshold_is_no_detection() -> None:
    assert counts(matched(row((0, 3)), row((0, 10)))) == (0, 1, 1)
    assert counts(matched(row((0, 4)), row((0, 10)))) == (1, 0, 0)
    assert counts(matched(row((0, 4)), row((0, 10)), threshold=0.4)) == (0, 1, 1)


def test_a_prediction_of_two_nodes_detects_one() -> None:
    # IoUs 6/11 and 4/11: the larger node is detected, the other missed.
    found = matched(row((0, 11)), row((0, 6), (7, 11)))
    assert counts(found) == (1, 0, 1)
    assert found.pairs[0].true.number == 1
    assert [contact.iou for contact in found.contacts] == pytest.approx([6 / 11, 4 / 11])


def test_a_node_predicted_twice_is_detected_once() -> None:
    found = matched(row((0, 6), (7, 11)), row((0, 11)))
    assert counts(found) == (1, 1, 0)
    assert found.pairs[0].predicted.number == 1


def test_equal_ious_go_to_the_lower_number() -> None:
    assert matched(row((0, 11)), row((0, 5), (6, 11))).pairs[0].true.number == 1
    assert matched(row((0, 5), (6, 11)), row((0, 11))).pairs[0].predicted.number == 1


@pytest.mark.parametrize(
    ("predicted", "true", "expected"),
    [
        ((), (), (0, 0, 0)),
        (((0, 3),), (), (0, 1, 0)),
        ((), ((0, 3), (5, 6)), (0, 0, 2)),
        (((0, 3),), ((10, 13),), (0, 1, 1)),
    ],
)
def test_empty_sides_and_sides_apart(
    predicted: tuple[Run, ...], true: tuple[Run, ...], expected: tuple[int, int, int]
) -> None:
    found = matched(row(*predicted), row(*true))
    assert counts(found) == expected
    assert found.contacts == found.pairs == ()


def test_masks_of_other_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="expected masks of one shape"):
        match(np.zeros((2, 2, 2), bool), np.zeros((2, 2, 3), bool), voxel_mm3=1.0)


def ious(predicted: np.ndarray, true: np.ndarray) -> np.ndarray:
    """Every IoU by brute force, from another library's components."""
    mine, real = label(predicted, connectivity=3), label(true, connectivity=3)
    table = np.zeros((real.max(), mine.max()))
    for t, p in np.ndindex(table.shape):
        a, b = real == t + 1, mine == p + 1
        table[t, p] = (a & b).sum() / (a | b).sum()
    return table


def places(
    contacts: tuple[Contact, ...], predicted: np.ndarray, true: np.ndarray
) -> dict[tuple[int, int], Contact]:
    """Find each contact's row and column in the table of IoUs, which numbers lesions otherwise."""
    mine, real = label(predicted, connectivity=3), label(true, connectivity=3)
    return {(real[c.true.centre] - 1, mine[c.predicted.centre] - 1): c for c in contacts}


def optimal(table: np.ndarray, threshold: float) -> set[tuple[int, int]]:
    """The Hungarian matching: the most pairs above the threshold, then the highest sum of IoU."""
    gain = np.where(table > threshold, 1.0 + 1e-3 * table, 0.0)
    rows, columns = linear_sum_assignment(gain, maximize=True)
    return {(t, p) for t, p in zip(rows, columns, strict=True) if gain[t, p] > 0}


def test_greedy_may_find_one_pair_fewer_than_optimal() -> None:
    # The first prediction is 5/13 of the second node, 3/9 of the first; the second prediction
    # is 3/9 of the second node. Greedy takes 5/13, which leaves nothing for the others.
    predicted, true = row((0, 9), (10, 13)), row((0, 3), (4, 13))
    table = ious(predicted, true)
    np.testing.assert_allclose(table, [[3 / 9, 0], [5 / 13, 3 / 9]])
    assert optimal(table, 0.30) == {(0, 0), (1, 1)}
    assert counts(matched(predicted, true)) == (1, 1, 1)


SHAPE = (3, 6, 9)
SPARSE = arrays(bool, SHAPE, elements=st.sampled_from([True, False, False, False, False]))


@few
@given(true=SPARSE, noise=SPARSE)
def test_greedy_is_optimal_above_half(true: np.ndarray, noise: np.ndarray) -> None:
    predicted = true.copy()
    predicted[:, ::2] ^= noise[:, ::2]
    found = matched(predicted, true, threshold=0.5)
    pairs = places(found.pairs, predicted, true)
    assert set(pairs) == optimal(ious(predicted, true), 0.5)


@few
@given(true=SPARSE, predicted=SPARSE)
def test_contacts_are_all_overlaps(true: np.ndarray, predicted: np.ndarray) -> None:
    table = ious(predicted, true)
    found = matched(predicted, true)
    assert len(found.contacts) == np.count_nonzero(table)
    for place, contact in places(found.contacts, predicted, true).items():
        assert contact.iou == pytest.approx(table[place], abs=1e-12)
    assert sum(contact.common_ml for contact in found.contacts) == pytest.approx(
        float((true & predicted).sum())
    )


@few
@given(true=SPARSE, predicted=SPARSE, shift=st.tuples(*[st.integers(0, 4)] * 3))
def test_matching_is_symmetric_bounded_and_the_same_elsewhere(
    true: np.ndarray, predicted: np.ndarray, shift: tuple[int, int, int]
) -> None:
    found = matched(predicted, true)
    tp, fp, fn = counts(found)
    assert 0 <= tp <= min(len(found.true), len(found.predicted))
    assert {pair.iou > 0.30 for pair in found.pairs} <= {True}
    if len({contact.iou for contact in found.contacts}) == len(found.contacts):
        # Ties go by the truth's numbers first, which the other side may number otherwise.
        assert counts(matched(true, predicted)) == (tp, fn, fp)
    width = [(step, 4 - step) for step in shift]
    moved = matched(np.pad(predicted, width), np.pad(true, width))
    assert counts(moved) == (tp, fp, fn)
    for here, there in zip(found.true, moved.true, strict=True):
        assert tuple(np.add(here.centre, shift)) == there.centre


def test_aggregated_f1_by_hand() -> None:
    # 2 x 3 / (2 x 3 + 1 + 2) over three patients, of whom one has nothing.
    assert aggregated_f1([2, 1, 0], fp=[0, 1, 0], fn=[1, 1, 0]) == pytest.approx(6 / 9)
    assert aggregated_f1(0, fp=3, fn=0) == 0.0
    assert aggregated_f1([4], fp=[0], fn=[0]) == 1.0


def test_nothing_anywhere_scores_one() -> None:
    assert aggregated_f1([0, 0], fp=[0, 0], fn=[0, 0]) == 1.0


@few
@given(rows=st.lists(st.tuples(*[st.integers(0, 9)] * 3), min_size=1, max_size=9))
def test_aggregated_f1_is_bounded_and_ignores_order(rows: list[tuple[int, int, int]]) -> None:
    tp, fp, fn = np.array(rows).T
    value = aggregated_f1(tp, fp=fp, fn=fn)
    assert 0.0 <= value <= 1.0
    assert aggregated_f1(tp[::-1], fp=fp[::-1], fn=fn[::-1]) == value
    assert aggregated_f1(tp, fp=fn, fn=fp) == value
