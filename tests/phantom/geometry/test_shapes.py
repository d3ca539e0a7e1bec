import numpy as np
import pytest

from phantom.geometry.combine import Clipped, Common, Rough, Shell, Union, Waves, Without
from phantom.geometry.shapes import Capsule, Ellipsoid, Loft, Shape, Strand, rod

BALL = Ellipsoid((5.0, -3.0, 2.0), (10.0, 10.0, 10.0))
CYLINDER = Loft(((-20.5, 1.0, 8.0, 8.0), (20.5, 1.0, 8.0, 8.0)), centre_x_mm=4.0)
AXIS = np.arange(-40, 41, dtype=np.float32)
SHAPES: list[tuple[Shape, float]] = [
    (BALL, 4 / 3 * np.pi * 1000),
    (Ellipsoid((0.0, 0.0, 0.0), (20.0, 10.0, 7.0)), 4 / 3 * np.pi * 1400),
    (Capsule((0.0, 0.0, -15.0), (0.0, 0.0, 15.0), 6.0, 6.0), np.pi * 36 * 30 + 4 / 3 * np.pi * 216),
    (CYLINDER, np.pi * 64 * 41),
    (CYLINDER.grown(-2.0), np.pi * 36 * 41),
    (Shell(BALL, 4.0), 4 / 3 * np.pi * (1000 - 216)),
    (Ellipsoid((3.0, 1.0, -2.0), (20.0, 10.0, 7.0), (20.0, -35.0, 50.0)), 4 / 3 * np.pi * 1400),
    (Strand(((-20.5, 6.0, 1.0, 9.0, 5.0, 30.0), (20.5, -5.0, 3.0, 9.0, 5.0, 60.0))), np.pi * 1845),
    (Union((BALL, CYLINDER)), 9880.0),
    (Common((BALL, Ellipsoid((15.0, -3.0, 2.0), (10.0, 10.0, 10.0)))), np.pi * 50 * 100 / 12),
    (Without(BALL, Ellipsoid((5.0, -3.0, 2.0), (5.0, 5.0, 5.0))), 4 / 3 * np.pi * 875),
    (Rough(BALL, 0.8, Waves(9.0, seed=3)), 4 / 3 * np.pi * 1000),
    (Clipped(BALL, z_mm=1.5), 2 / 3 * np.pi * 1000 + np.pi * 100 * 0.5),
]


def _depth(shape: Shape) -> np.ndarray:
    x = np.broadcast_to(AXIS[None, None, :], (81, 81, 81))
    y = np.broadcast_to(AXIS[None, :, None], (81, 81, 81))
    return np.asarray(shape.depth_mm(x.copy(), y.copy(), AXIS[:, None, None]))


@pytest.mark.parametrize(("shape", "volume_mm3"), SHAPES)
def test_the_inside_has_the_volume(shape: Shape, volume_mm3: float) -> None:
    assert (_depth(shape) > 0).sum() == pytest.approx(volume_mm3, rel=0.05)


@pytest.mark.parametrize("shape", [shape for shape, _ in SHAPES])
def test_the_inside_is_within_the_bounds(shape: Shape) -> None:
    inside = np.argwhere(_depth(shape) > 0)[:, ::-1] - 40
    low, high = shape.bounds()
    assert (inside >= np.array(low) - 1e-3).all()
    assert (inside <= np.array(high) + 1e-3).all()


@pytest.mark.parametrize("shape", [shape for shape, _ in SHAPES])
def test_a_mirrored_solid_is_the_flipped_one(shape: Shape) -> None:
    np.testing.assert_allclose(_depth(shape.mirrored()), _depth(shape)[:, :, ::-1], atol=1e-4)


def test_squareness_fills_the_corners() -> None:
    square = Loft(((-20.0, 0.0, 20.0, 20.0), (20.0, 0.0, 20.0, 20.0)), squareness=0.95)
    area = (_depth(square) > 0)[40].sum()
    assert np.pi * 400 * 1.1 < area < 1600


def test_depth_is_in_millimetres() -> None:
    assert _depth(BALL)[42, 37, 45 + 6] == pytest.approx(4.0, abs=1e-3)
    assert _depth(BALL)[42, 37, 45] == pytest.approx(10.0, abs=1e-3)


def test_a_rod_joins_its_points() -> None:
    parts = rod(((0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (2.0, 1.0, 0.0)), (3.0, 2.0, 1.0))
    assert [part.radius_mm for part in parts] == [3.0, 2.0]
    assert parts[0].end_mm == parts[1].start_mm
