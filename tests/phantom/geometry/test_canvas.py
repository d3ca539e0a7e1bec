import numpy as np
import pytest

from phantom.anatomy.build import Build, draw_build
from phantom.anatomy.tissue import Tissue
from phantom.geometry.canvas import (
    SEAM_MM,
    Canvas,
    internal_lattices,
    new_canvas,
    split_at_seam,
    texture,
)
from phantom.geometry.sampling import Lattice
from phantom.geometry.shapes import Ellipsoid

BALL = Ellipsoid((30.0, -20.0, -150.0), (15.0, 12.0, 18.0))


def _build(seed: int = 0) -> Build:
    return draw_build(np.random.default_rng(seed), male=True)


def _canvas(build: Build, bottom_mm: float = -300.0) -> Canvas:
    lattice = internal_lattices(bottom_mm=bottom_mm, top_mm=20.0)[0]
    return new_canvas(lattice, build, np.random.default_rng(1))


@pytest.mark.parametrize("seed", range(4))
def test_painting_in_a_box_misses_nothing(seed: int) -> None:
    canvas = _canvas(_build(seed))
    canvas.paint(Tissue(BALL, 55.0, 2.0))
    depth = BALL.depth_mm(canvas.x_mm, canvas.y_mm, canvas.z_mm)
    everywhere = np.clip(depth / canvas.step_mm + 0.5, 0, 1)
    np.testing.assert_allclose(canvas.suv, 2 * everywhere, atol=1e-4)
    np.testing.assert_allclose(canvas.hu, -1000 + 1055 * everywhere, atol=1e-2)


def test_a_patient_is_the_same_whatever_is_scanned() -> None:
    long, short = _canvas(_build(), -360.0), _canvas(_build(), -300.0)
    slices = short.lattice.size_xyz[2]
    np.testing.assert_array_equal(long.x_mm[-slices:], short.x_mm)
    np.testing.assert_array_equal(long.y_mm[-slices:], short.y_mm)
    grain = [texture(c.lattice, np.random.default_rng(2)) for c in (long, short)]
    np.testing.assert_allclose(grain[0][-slices:], grain[1], atol=1e-6)
    assert grain[1].std() == pytest.approx(1.0, abs=0.2)


def test_the_warp_is_smooth_and_small() -> None:
    build = _build()
    canvas = _canvas(build)
    step = np.diff(canvas.x_mm, axis=2) * build.scale_xyz[0]
    assert 0.7 < step.min() / canvas.step_mm < step.max() / canvas.step_mm < 1.3
    assert canvas.reach_mm.max() < 40


def test_what_lies_outside_is_not_painted() -> None:
    canvas = _canvas(_build())
    assert canvas.box(((0.0, 0.0, -900.0), (10.0, 10.0, -880.0))) is None
    assert canvas.box(((900.0, 0.0, -100.0), (910.0, 10.0, -90.0))) is None


def test_a_long_scan_has_a_second_coarser_grid_that_overlaps() -> None:
    assert len(internal_lattices(bottom_mm=SEAM_MM, top_mm=20.0)) == 1
    for bottom in (SEAM_MM - 5, -900.0):
        head, body = internal_lattices(bottom_mm=bottom, top_mm=20.0)
        assert head.origin_mm[2] <= max(bottom, SEAM_MM - 18)
        assert body.axis_mm(2)[-1] >= SEAM_MM + 18
        assert body.origin_mm[2] <= bottom
        assert body.spacing_mm[0] > head.spacing_mm[0]


def test_slices_are_split_at_the_seam() -> None:
    target = Lattice((4, 4, 10), (1.0, 1.0, 2.0), (0.0, 0.0, SEAM_MM - 7))
    above, below = split_at_seam(target)
    assert (below.stop, above.start, above.stop) == (4, 4, 10)
    assert target.axis_mm(2)[4] > SEAM_MM > target.axis_mm(2)[3]
