from dataclasses import replace

import numpy as np
import pytest

from phantom.anatomy.build import draw_build
from phantom.geometry.canvas import Canvas, internal_lattices, new_canvas
from phantom.scanner.motion import Motion

STILL = Motion((0.0, 0.0, 0.0), (0.0, 0.0, 0.0))


@pytest.fixture
def canvas() -> Canvas:
    """A cube of uptake at the larynx and another at the skull base."""
    (lattice,) = internal_lattices(bottom_mm=-340.0, top_mm=20.0)
    build = draw_build(np.random.default_rng(0), male=True)
    canvas = new_canvas(lattice, build, np.random.default_rng(1))
    near = (np.abs(canvas.x_mm) < 8) & (np.abs(canvas.y_mm + 12) < 8)
    canvas.suv[near & (np.abs(canvas.z_mm + 256) < 8)] = 5.0
    canvas.suv[near & (np.abs(canvas.z_mm + 120) < 8)] = 5.0
    return canvas


def _height_mm(suv: np.ndarray, canvas: Canvas, around_mm: float) -> float:
    weights = np.where(np.abs(canvas.z_mm + around_mm) < 30, suv, 0).sum(axis=(1, 2))
    heights = canvas.lattice.axis_mm(2)
    return float((weights * heights).sum() / weights.sum())


def test_who_lies_still_is_not_changed(canvas: Canvas) -> None:
    np.testing.assert_array_equal(STILL.apply(canvas), canvas.suv)


def test_a_swallow_lifts_the_larynx_alone(canvas: Canvas) -> None:
    before = canvas.suv.copy()
    suv = replace(STILL, larynx_mm=(0.0, 0.0, 3.0)).apply(canvas)
    np.testing.assert_array_equal(canvas.suv, before)
    lift = _height_mm(suv, canvas, 256) - _height_mm(before, canvas, 256)
    assert lift == pytest.approx(2.7, abs=0.4)
    assert _height_mm(suv, canvas, 120) == _height_mm(before, canvas, 120)


def test_drawn_motions_are_small() -> None:
    rng = np.random.default_rng(0)
    motions = [Motion.draw(rng) for _ in range(300)]
    parts = np.array([(*motion.jaw_mm, *motion.larynx_mm) for motion in motions])
    assert np.abs(parts).max() <= 4.0
    assert 1.2 < parts[:, 5].std() < 2.0
