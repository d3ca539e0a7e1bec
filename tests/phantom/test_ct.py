from dataclasses import replace

import numpy as np
import pytest

from phantom.anatomy.build import draw_build
from phantom.ct import render_ct
from phantom.sampling import Lattice
from phantom.scan import ScanPlan, draw_scan

BLOCK = Lattice((101, 101, 41), (2.0, 2.0, 2.0), (-100.0, -100.0, -80.0))


def _plan(padding_hu: float) -> ScanPlan:
    build = draw_build(np.random.default_rng(0), male=True)
    plan = draw_scan(np.random.default_rng(1), "HGJ", build, neck_only=True)
    ct = Lattice((512, 512, 30), (0.977, 0.977, 3.27), (-249.6, -249.6, -90.0))
    return replace(plan, ct=ct, padding_hu=padding_hu, noise_hu=12.0, grain_mm=1.8)


@pytest.mark.parametrize("padding_hu", [-1024.0, -2048.0, -3024.0])
def test_padding_fills_the_corners_and_nothing_else(padding_hu: float) -> None:
    block = np.full(BLOCK.shape_zyx, 40.0, dtype=np.float32)
    ct = render_ct(block, BLOCK, _plan(padding_hu), np.random.default_rng(0))
    assert ct.dtype == np.int16
    assert (ct[:, 0, 0] == padding_hu).all()
    steps = np.arange(512) - 255.5
    inside = steps[:, None] ** 2 + steps[None, :] ** 2 < 250**2
    assert ct[:, inside].min() >= -1024


def test_noise_has_the_drawn_strength_and_a_grain() -> None:
    block = np.full(BLOCK.shape_zyx, 40.0, dtype=np.float32)
    ct = render_ct(block, BLOCK, _plan(-1024.0), np.random.default_rng(0)).astype(np.float64)
    core = ct[8:20, 200:310, 200:310]
    assert core.mean() == pytest.approx(40.0, abs=0.5)
    diameter = 2 * np.sqrt(101 * 101 * 4 / np.pi)
    assert core.std() == pytest.approx(12.0 * np.exp((diameter - 150) / 250), rel=0.05)
    noise = core - core.mean()
    assert (noise[:, :, 1:] * noise[:, :, :-1]).mean() / noise.var() > 0.3
    assert abs((noise[1:] * noise[:-1]).mean() / noise.var()) < 0.1


def test_beyond_the_patient_there_is_air_and_a_couch() -> None:
    empty = np.full(BLOCK.shape_zyx, -1000.0, dtype=np.float32)
    plan = _plan(-1024.0)
    ct = render_ct(empty, BLOCK, plan, np.random.default_rng(0))
    rows = plan.ct.axis_mm(1)
    above = ct[:, rows < plan.couch_y_mm - 30][:, :, 200:300]
    assert above.mean() == pytest.approx(-1000, abs=5)
    assert ct[:, rows > plan.couch_y_mm][:, :, 200:300].max() > -300
