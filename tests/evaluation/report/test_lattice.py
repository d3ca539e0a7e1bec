import numpy as np
import pytest
import SimpleITK as sitk

from evaluation.report.lattice import (
    bounds_mm,
    lattice,
    on_lattice,
    points_mm,
    share_on_lattice,
)
from tests.evaluation.report.crafted import (
    FLIPPED,
    IDENTITY,
    NODE_MM,
    OBLIQUE,
    TURNED,
    UPSIDE_DOWN,
    node,
)

DIRECTIONS = [IDENTITY, FLIPPED, UPSIDE_DOWN, TURNED, OBLIQUE]


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_voxels_lie_where_simpleitk_says(direction: np.ndarray) -> None:
    image = node(direction)
    indices = np.array([(0, 0, 0), (3, 5, 7), (39, 79, 79)])
    known = [image.TransformIndexToPhysicalPoint((int(x), int(y), int(z))) for z, y, x in indices]
    assert points_mm(indices, image) == pytest.approx(np.array(known))


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_a_lattice_sees_the_node_where_it_is(direction: np.ndarray) -> None:
    onto = lattice(NODE_MM - 20, NODE_MM + 20, 2.0)
    share = share_on_lattice(node(direction), 2, onto)
    assert share.shape == (21, 21, 21)
    centre = np.argwhere(share > 0.5).mean(axis=0)
    assert centre == pytest.approx(np.full(3, 10.0), abs=0.5)
    assert share_on_lattice(node(direction), 1, onto).max() == 0


def test_cutting_out_changes_no_value() -> None:
    rng = np.random.default_rng(0)
    image = sitk.GetImageFromArray(rng.normal(size=(30, 31, 32)).astype(np.float32))
    image.SetDirection(OBLIQUE.ravel().tolist())
    onto = lattice((5.3, 9.1, 4.2), (12.0, 14.0, 9.0), (0.7, 0.9, 1.1))
    whole = sitk.Resample(image, onto, sitk.Transform(), sitk.sitkLinear, -5.0, sitk.sitkFloat32)
    assert on_lattice(image, onto, -5.0) == pytest.approx(sitk.GetArrayFromImage(whole), abs=1e-5)


def test_beyond_the_scan_there_is_nothing() -> None:
    far = lattice((500, 500, 500), (510, 510, 510), 2.0)
    assert (on_lattice(node(), far, -1024.0) == -1024).all()
    assert (share_on_lattice(node(), 2, far) == 0).all()


def test_bounds_are_of_voxel_centres() -> None:
    for direction in (IDENTITY, FLIPPED, UPSIDE_DOWN):
        low, high = bounds_mm(node(direction))
        assert low == pytest.approx([-79, -79, -78])
        assert high == pytest.approx([79, 79, 78])
