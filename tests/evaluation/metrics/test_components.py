import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from skimage.measure import label, regionprops

from evaluation.metrics.components import components, cut_out
from tests.strategies import few


def test_two_lesions_by_hand() -> None:
    mask = np.zeros((6, 7, 8), dtype=bool)
    mask[1:3, 2, 3:6] = True
    mask[5, 6, 7] = True
    found = components(mask, voxel_mm3=500.0)
    first, second = found.lesions
    assert [piece.box for piece in found.pieces] == [first.box, second.box]
    assert [piece.numbers.max() for piece in found.pieces] == [1, 2]
    assert first.box == (slice(1, 3), slice(2, 3), slice(3, 6))
    assert (first.number, first.voxels, first.volume_ml) == (1, 6, pytest.approx(3.0))
    assert first.centre in {(1, 2, 4), (2, 2, 4)}
    assert (second.number, second.voxels, second.centre) == (2, 1, (5, 6, 7))
    assert second.volume_ml == pytest.approx(0.5)


def test_voxels_that_share_a_corner_are_one_lesion() -> None:
    mask = np.zeros((3, 3, 3), dtype=bool)
    mask[0, 0, 0] = mask[1, 1, 1] = mask[2, 2, 2] = True
    assert len(components(mask, voxel_mm3=1.0).lesions) == 1
    mask[1, 1, 1] = False
    assert len(components(mask, voxel_mm3=1.0).lesions) == 2


def test_the_centre_of_a_ring_is_on_it() -> None:
    mask = np.zeros((3, 5, 5), dtype=bool)
    mask[1] = True
    mask[1, 1:4, 1:4] = False
    (ring,) = components(mask, voxel_mm3=1.0).lesions
    assert mask[ring.centre]


def test_nothing_has_no_lesions() -> None:
    found = components(np.zeros((4, 4, 4), dtype=bool), voxel_mm3=1.0)
    assert found.lesions == ()
    assert found.pieces == ()


@few
@given(mask=arrays(bool, st.tuples(*[st.integers(1, 7)] * 3), elements=st.booleans()))
def test_lesions_are_those_of_scikit_image(mask: np.ndarray) -> None:
    # Every other voxel is dropped, or all would be one lesion.
    mask[(np.indices(mask.shape).sum(axis=0) % 3) > 0] = False
    mask[:, :, 1::3] = False
    found = components(mask, voxel_mm3=1000.0)
    numbers = np.zeros(mask.shape, dtype=int)
    for piece in found.pieces:
        numbers[piece.box] += piece.numbers
    np.testing.assert_array_equal(numbers > 0, mask)
    expected = regionprops(label(mask, connectivity=3))
    assert len(expected) == len(found.lesions)
    for one in expected:
        (number,) = np.unique(numbers[tuple(one.coords.T)])
        lesion = found.lesions[number - 1]
        assert (lesion.number, lesion.voxels, lesion.box) == (number, int(one.area), one.slice)
        assert lesion.volume_ml == pytest.approx(one.area)
        assert numbers[lesion.centre] == number
        offsets = np.linalg.norm(one.coords - one.centroid, axis=1)
        reached = np.linalg.norm(np.array(lesion.centre) - one.centroid)
        assert reached == pytest.approx(offsets.min())


def test_cut_out_components_touch_at_corners() -> None:
    mask = np.zeros((3, 3, 5), dtype=bool)
    mask[0, 0, 0] = mask[1, 1, 1] = mask[2, 2, 4] = True
    assert [inside.sum() for _, inside in cut_out(mask)] == [2, 1]
