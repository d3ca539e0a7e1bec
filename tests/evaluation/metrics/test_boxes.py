import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from evaluation.metrics.boxes import bounding_box, corner, grown, intersection, moved, pieces, union
from tests.strategies import few

FIRST = (slice(1, 4), slice(0, 2), slice(5, 9))


def test_the_box_of_two_voxels() -> None:
    mask = np.zeros((5, 6, 7), dtype=np.uint8)
    mask[1, 2, 3] = 1
    mask[3, 2, 6] = 2
    box = bounding_box(mask)
    assert box == (slice(1, 4), slice(2, 3), slice(3, 7))
    assert corner(box) == (1, 2, 3)


def test_nothing_has_no_box() -> None:
    assert bounding_box(np.zeros((2, 2, 2), dtype=bool)) is None
    assert union((None, None)) is None


def test_a_plane_alone_is_refused() -> None:
    with pytest.raises(ValueError, match=r"expected a mask of three axes, found shape \(2, 2\)"):
        bounding_box(np.zeros((2, 2), dtype=bool))


def test_union_and_intersection_by_hand() -> None:
    second = (slice(3, 6), slice(1, 5), slice(0, 6))
    assert union((FIRST, None, second)) == (slice(1, 6), slice(0, 5), slice(0, 9))
    assert intersection(FIRST, second) == (slice(3, 4), slice(1, 2), slice(5, 6))


def test_boxes_that_only_meet_share_nothing() -> None:
    assert intersection(FIRST, (slice(4, 6), slice(0, 2), slice(5, 9))) is None


def test_a_box_moves_along_each_axis() -> None:
    assert moved(FIRST, (10, -1, 2)) == (slice(11, 14), slice(-1, 1), slice(7, 11))


def test_a_box_grows_by_millimetres_and_stops_at_the_first_voxel() -> None:
    box = (slice(2, 4), slice(3, 4), slice(9, 10))
    # 6 mm are 3, 2 and 1 voxels.
    assert grown(box, 6.0, (2.0, 3.0, 6.0)) == (slice(0, 7), slice(1, 6), slice(8, 11))


@few
@given(mask=arrays(bool, st.tuples(*[st.integers(1, 6)] * 3)))
def test_the_box_holds_everything_and_is_the_smallest(mask: np.ndarray) -> None:
    box = bounding_box(mask)
    if box is None:
        assert not mask.any()
        return
    assert mask[box].sum() == mask.sum()
    for axis in range(3):
        planes = np.moveaxis(mask[box], axis, 0)
        assert planes[0].any()
        assert planes[-1].any()


def test_pieces_are_cut_where_planes_are_empty() -> None:
    mask = np.zeros((9, 9, 9), dtype=bool)
    mask[0:2, 0:2, 0:2] = True
    mask[0:2, 0:2, 5:7] = True
    # Between the second and the fourth only their own corner of the plane is empty.
    mask[3, 0, 5] = True
    mask[2, 8, 8] = True
    assert pieces(mask) == (
        (slice(0, 2), slice(0, 2), slice(0, 2)),
        (slice(0, 2), slice(0, 2), slice(5, 7)),
        (slice(2, 3), slice(8, 9), slice(8, 9)),
        (slice(3, 4), slice(0, 1), slice(5, 6)),
    )


def test_what_touches_at_a_corner_stays_in_one_piece() -> None:
    mask = np.zeros((3, 3, 3), dtype=bool)
    mask[0, 0, 0] = mask[1, 1, 1] = True
    assert pieces(mask) == ((slice(0, 2), slice(0, 2), slice(0, 2)),)
    assert pieces(np.zeros((3, 3, 3), dtype=bool)) == ()


@few
@given(
    mask=arrays(
        bool,
        st.tuples(*[st.integers(1, 9)] * 3),
        elements=st.sampled_from([True, False, False, False, False, False, False, False]),
    )
)
def test_pieces_hold_everything_once_and_do_not_touch(mask: np.ndarray) -> None:
    times = np.zeros(mask.shape, dtype=int)
    found = pieces(mask)
    for box in found:
        assert bounding_box(mask[box]) == tuple(slice(0, s.stop - s.start) for s in box)
        times[box] += 1
    assert times.max(initial=0) <= 1
    assert (times[mask] == 1).all()
    for box in found:
        rest = np.pad(mask, 1)
        rest[moved(box, (1, 1, 1))] = False
        z, y, x = (slice(s.start, s.stop + 2) for s in box)
        assert not rest[z, y, x].any()
