import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from evaluation.findings import Finding, Kind, find
from evaluation.metrics.boxes import intersection
from evaluation.metrics.lesions import match
from tests.strategies import few, many

VOXEL_OF_1_ML = (10.0, 10.0, 10.0)
SHAPE = (3, 4, 40)
PRIMARY, NODE = 1, 2
Run = tuple[int, int, int]


def scan(*runs: Run) -> np.ndarray:
    """Labels of one row of 40 voxels of 1 ml; each run is (label, first, stop)."""
    labels = np.zeros(SHAPE, dtype=np.uint8)
    for label, first, stop in runs:
        labels[1, 2, first:stop] = label
    return labels


def told(predicted: tuple[Run, ...], true: tuple[Run, ...]) -> list[str]:
    return [f.detail for f in find(scan(*predicted), scan(*true), VOXEL_OF_1_ML)]


def only(predicted: tuple[Run, ...], true: tuple[Run, ...]) -> Finding:
    (finding,) = find(scan(*predicted), scan(*true), VOXEL_OF_1_ML)
    return finding


BOTH = ((PRIMARY, 0, 8), (NODE, 20, 24))


@pytest.mark.parametrize("labels", [(), BOTH, BOTH[:1], BOTH[1:]])
def test_a_perfect_prediction_has_no_findings(labels: tuple[Run, ...]) -> None:
    assert told(labels, labels) == []


def test_an_empty_prediction_misses_everything_primary_first() -> None:
    found = find(scan(), scan((NODE, 20, 34), *BOTH[:1], (NODE, 36, 37)), VOXEL_OF_1_ML)
    # Severities 4 x 8 = 32, 2 x 14 = 28 and 2 x 1 = 2.
    assert [(f.kind, f.severity) for f in found] == [
        (Kind.MISSED_PRIMARY, pytest.approx(32.0)),
        (Kind.MISSED_NODE, pytest.approx(28.0)),
        (Kind.MISSED_NODE, pytest.approx(2.0)),
    ]
    assert [f.detail for f in found] == [
        "missed primary, 8.0 ml",
        "missed node, 14.0 ml",
        "missed node, 1.0 ml",
    ]


def test_an_empty_truth_makes_everything_false() -> None:
    assert told(BOTH, ()) == [
        "hallucinated primary, 8.0 ml where the patient has none",
        "false node, 4.0 ml",
    ]


def test_a_primary_apart_from_the_true_one_is_hallucinated() -> None:
    assert told(((PRIMARY, 0, 8), (PRIMARY, 30, 33)), BOTH[:1]) == ["hallucinated primary, 3.0 ml"]


def test_a_primary_beside_the_true_one_misses_it_and_is_hallucinated() -> None:
    assert told(((PRIMARY, 10, 14),), BOTH[:1]) == [
        "missed primary, 8.0 ml",
        "hallucinated primary, 4.0 ml",
    ]


def test_a_speck_inside_the_primary_is_no_hallucination() -> None:
    # One of twelve voxels is less than a tenth.
    assert told(((PRIMARY, 0, 1),), ((PRIMARY, 0, 12),)) == [
        "missed primary, 12.0 ml (8% of it found)"
    ]


def test_islands_of_a_primary_are_taken_together() -> None:
    # Three of eight and four of eight: together 7 of 8, IoU above one half.
    assert told(((PRIMARY, 0, 3), (PRIMARY, 4, 8)), BOTH[:1]) == []


def test_a_loose_border_of_the_primary() -> None:
    # IoU 4/10, Dice 8/14; six voxels of the prediction are outside.
    finding = only(((PRIMARY, 0, 10),), ((PRIMARY, 0, 4),))
    assert (
        finding.detail == "loose border of the primary, Dice 0.57: 10.0 ml predicted, 4.0 ml true"
    )
    assert finding.volume_ml == pytest.approx(6.0)
    assert finding.label == PRIMARY


@pytest.mark.parametrize(
    ("predicted", "true", "expected"),
    [
        ((NODE, 1, 8), (PRIMARY, 0, 8), "primary called node, 7.0 of 8.0 ml"),
        ((PRIMARY, 0, 4), (NODE, 0, 4), "node called primary, 4.0 of 4.0 ml"),
        ((PRIMARY, 0, 2), (NODE, 0, 4), "node called primary, 2.0 of 4.0 ml"),
    ],
)
def test_a_lesion_by_the_other_name_is_told_once(predicted: Run, true: Run, expected: str) -> None:
    assert told((predicted,), (true,)) == [expected]


def test_both_labels_swapped() -> None:
    found = find(scan((NODE, 0, 8), (PRIMARY, 20, 24)), scan(*BOTH), VOXEL_OF_1_ML)
    assert [(f.kind, f.label) for f in found] == [
        (Kind.PRIMARY_CALLED_NODE, PRIMARY),
        (Kind.NODE_CALLED_PRIMARY, NODE),
    ]


def test_a_node_swallowed_by_a_hallucination_is_told_beside_it() -> None:
    # One voxel of 15 does not explain the rest.
    assert told(((PRIMARY, 0, 15),), ((NODE, 3, 4),)) == [
        "hallucinated primary, 15.0 ml where the patient has none",
        "node called primary, 1.0 of 1.0 ml",
    ]


def test_merged_nodes() -> None:
    # One prediction of 10 over nodes of 6 and 3: the larger is detected (IoU 6/10), told once.
    finding = only(((NODE, 0, 10),), ((NODE, 0, 6), (NODE, 7, 10)))
    assert finding.kind == Kind.MERGED_NODES
    assert finding.detail == "two nodes (6.0 and 3.0 ml) predicted as one"
    assert finding.volume_ml == pytest.approx(3.0)
    assert finding.box == (slice(1, 2), slice(2, 3), slice(0, 10))


def test_three_merged_nodes_none_of_them_detected() -> None:
    # IoUs 3/11 each.
    finding = only(((NODE, 0, 11),), ((NODE, 0, 3), (NODE, 4, 7), (NODE, 8, 11)))
    assert finding.detail == "three nodes (3.0, 3.0 and 3.0 ml) predicted as one"


def test_a_node_of_which_a_third_is_touched_is_not_merged() -> None:
    assert told(((NODE, 0, 8),), ((NODE, 0, 6), (NODE, 7, 10))) == [
        "missed node, 3.0 ml (best IoU 0.10)"
    ]


def test_a_split_node() -> None:
    finding = only(((NODE, 0, 6), (NODE, 7, 10)), ((NODE, 0, 10),))
    assert finding.kind == Kind.SPLIT_NODE
    assert finding.detail == "one node (10.0 ml) predicted as two (6.0 and 3.0 ml)"
    assert finding.volume_ml == pytest.approx(3.0)


def test_a_node_outlined_too_badly_is_missed_and_nothing_is_false() -> None:
    assert told(((NODE, 0, 3),), ((NODE, 0, 10),)) == ["missed node, 10.0 ml (best IoU 0.30)"]
    assert told(((NODE, 0, 12),), ((NODE, 2, 4),)) == ["missed node, 2.0 ml (best IoU 0.17)"]


def test_a_node_barely_touched_is_missed_and_the_prediction_false() -> None:
    # One voxel of 9 and 9: IoU 1/17.
    assert told(((NODE, 8, 17),), ((NODE, 0, 9),)) == [
        "missed node, 9.0 ml (best IoU 0.06)",
        "false node, 9.0 ml",
    ]


def test_a_loose_border_of_a_detected_node() -> None:
    finding = only(((NODE, 0, 4),), ((NODE, 0, 10),))
    assert finding.detail == "loose border of a node, Dice 0.57: 4.0 ml predicted, 10.0 ml true"
    assert finding.volume_ml == pytest.approx(6.0)


def test_places_are_those_of_the_whole_scan() -> None:
    labels = np.zeros((20, 30, 40), dtype=np.uint8)
    truth = labels.copy()
    truth[11:14, 21:24, 31:34] = NODE
    (missed,) = find(labels, truth, (3.0, 1.0, 1.0))
    assert missed.box == (slice(11, 14), slice(21, 24), slice(31, 34))
    assert missed.centre == (12, 22, 32)
    assert missed.detail == "missed node, 0.08 ml"
    assert missed.volume_ml == pytest.approx(27 * 3 / 1000)


def test_labels_of_other_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="expected masks of one shape"):
        find(scan(), scan()[1:], VOXEL_OF_1_ML)


SPARSE = arrays(np.uint8, (3, 5, 8), elements=st.sampled_from([0, 0, 0, 0, 1, 2]))


@few
@given(labels=SPARSE)
def test_what_is_perfect_agrees_and_what_is_not_does_not(labels: np.ndarray) -> None:
    assert find(labels, labels, VOXEL_OF_1_ML) == ()
    empty = np.zeros_like(labels)
    missed = find(empty, labels, VOXEL_OF_1_ML)
    assert sum(f.volume_ml for f in missed) == pytest.approx(np.count_nonzero(labels))
    false = find(labels, empty, VOXEL_OF_1_ML)
    assert sum(f.volume_ml for f in false) == pytest.approx(np.count_nonzero(labels))


@many
@given(prediction=SPARSE, truth=SPARSE)
def test_no_missed_or_false_node_goes_untold(prediction: np.ndarray, truth: np.ndarray) -> None:
    found = find(prediction, truth, VOXEL_OF_1_ML)
    assert [f.severity for f in found] == sorted((f.severity for f in found), reverse=True)
    for finding in found:
        assert finding.volume_ml > 0
        inside = tuple(slice(voxel, voxel + 1) for voxel in finding.centre)
        assert intersection(inside, finding.box) == inside  # type: ignore[arg-type]
        assert prediction[finding.centre] or truth[finding.centre]
    nodes = match(prediction == NODE, truth == NODE, voxel_mm3=1000.0)
    left = [n for n in nodes.true if n.number not in {p.true.number for p in nodes.pairs}]
    left += [
        n for n in nodes.predicted if n.number not in {p.predicted.number for p in nodes.pairs}
    ]
    for lesion in left:
        assert any(intersection(lesion.box, finding.box) for finding in found)
