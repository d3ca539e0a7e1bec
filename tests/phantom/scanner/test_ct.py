from dataclasses import replace

import numpy as np
import pytest

from phantom.anatomy.build import draw_build
from phantom.geometry.sampling import Lattice, Volume
from phantom.scanner.ct import render_ct
from phantom.scanner.scan import EXTENDED_HU, ScanPlan, draw_scan

BLOCK = Lattice((101, 101, 41), (2.0, 2.0, 2.0), (-100.0, -100.0, -80.0))
WIDE = Lattice((251, 101, 31), (2.0, 2.0, 2.0), (-250.0, -100.0, -60.0))
LOW_MM = -240.0


def _plan(padding_hu: float = -1024.0) -> ScanPlan:
    build = draw_build(np.random.default_rng(0), male=True)
    plan = draw_scan(np.random.default_rng(1), "HGJ", build, neck_only=True)
    ct = Lattice((512, 512, 30), (0.977, 0.977, 3.27), (-249.6, -249.6, -90.0))
    return replace(
        plan, ct=ct, padding_hu=padding_hu, noise_hu=12.0, grain_mm=1.8, couch_y_mm=112.0
    )


def _water(hu: float = 40.0) -> Volume:
    return np.full(BLOCK.shape_zyx, hu, dtype=np.float32)


@pytest.mark.parametrize("padding_hu", [-1024.0, -2048.0, -3024.0])
def test_padding_fills_the_corners_and_nothing_else(padding_hu: float) -> None:
    ct = render_ct(_water(), BLOCK, _plan(padding_hu), np.random.default_rng(0))
    assert ct.dtype == np.int16
    assert (ct[:, 0, 0] == padding_hu).all()
    steps = np.arange(512) - 255.5
    inside = steps[:, None] ** 2 + steps[None, :] ** 2 < 250**2
    assert ct[:, inside].min() >= -1024


def test_noise_has_the_drawn_strength_and_a_grain() -> None:
    ct = render_ct(_water(), BLOCK, _plan(), np.random.default_rng(0)).astype(np.float64)
    core = ct[8:20, 200:310, 200:310]
    assert core.mean() == pytest.approx(40.0, abs=0.5)
    diameter = 2 * np.sqrt(101 * 101 * 4 / np.pi)
    assert core.std() == pytest.approx(12.0 * np.exp((diameter - 150) / 250), rel=0.05)
    noise = core - core.mean()
    assert (noise[:, :, 1:] * noise[:, :, :-1]).mean() / noise.var() > 0.3
    assert abs((noise[1:] * noise[:-1]).mean() / noise.var()) < 0.1


def test_thin_slices_share_some_noise_at_the_same_strength() -> None:
    plan = _plan()
    thin = replace(plan, ct=Lattice((512, 512, 40), (0.977, 0.977, 1.5), (-249.6, -249.6, -70.0)))
    ct = render_ct(_water(), BLOCK, thin, np.random.default_rng(0)).astype(np.float64)
    noise = ct[:, 200:310, 200:310] - 40.0
    assert 0.3 < (noise[1:] * noise[:-1]).mean() / noise.var() < 0.5
    diameter = 2 * np.sqrt(101 * 101 * 4 / np.pi)
    assert noise.std() == pytest.approx(12.0 * np.exp((diameter - 150) / 250), rel=0.05)


def test_noise_is_drawn_out_sideways_where_the_way_is_long() -> None:
    def correlations(width: float) -> tuple[float, float, float]:
        hu = np.full(WIDE.shape_zyx, -1000.0, dtype=np.float32)
        hu[:, :, np.abs(WIDE.axis_mm(0)) < width / 2] = 40.0
        ct = render_ct(hu, WIDE, _plan(), np.random.default_rng(0)).astype(np.float64)
        noise = ct[12:26, 200:300, 210:300] - 40.0
        by = 10
        along = (noise[:, :, by:] * noise[:, :, :-by]).mean() / noise.var()
        across = (noise[:, by:] * noise[:, :-by]).mean() / noise.var()
        return along, across, float(noise.std())

    neck_along, neck_across, neck = correlations(180.0)
    along, across, shoulders = correlations(440.0)
    assert abs(neck_along) < 0.06
    assert abs(neck_across) < 0.06
    assert along > 0.25
    assert abs(across) < 0.1
    assert shoulders > 1.8 * neck


def test_beyond_the_patient_there_is_air_and_a_couch() -> None:
    plan = _plan()
    ct = render_ct(_water(-1000.0), BLOCK, plan, np.random.default_rng(0)).astype(np.float64)
    rows = plan.ct.axis_mm(1)
    above = ct[:, rows < plan.couch_y_mm - 30][:, :, 200:300]
    assert above.mean() == pytest.approx(-1000, abs=5)
    middle = ct[:, :, 250:262].mean(axis=(0, 2))
    skins = rows[middle > -600]
    assert skins.min() == pytest.approx(plan.couch_y_mm + 20, abs=2)
    assert skins.max() == pytest.approx(plan.couch_y_mm + 66, abs=2)
    foam = (rows > skins.min() + 5) & (rows < skins.max() - 5)
    assert middle[foam].mean() == pytest.approx(-940, abs=5)
    # The trough rises at its sides.
    columns = np.abs(np.abs(plan.ct.axis_mm(0)) - 150) < 3
    side = ct[:, :, columns].mean(axis=(0, 2))
    assert rows[side > -600].min() == pytest.approx(skins.min() - 20.3, abs=3)


def test_a_cradle_holds_the_head_alone() -> None:
    grid = Lattice((101, 101, 121), (2.0, 2.0, 2.0), (-100.0, -100.0, -260.0))
    hu = np.full(grid.shape_zyx, -1000.0, dtype=np.float32)
    hu[:, np.add.outer((grid.axis_mm(1) / 90) ** 2, (grid.axis_mm(0) / 70) ** 2) < 1] = 40.0
    plan = replace(
        _plan(), ct=Lattice((512, 512, 70), (0.977, 0.977, 3.27), (-249.6, -249.6, -250.0))
    )
    with_rest, without = (
        render_ct(hu, grid, replace(plan, head_rest=rest), np.random.default_rng(0)).astype(int)
        for rest in (True, False)
    )
    rest = np.abs(with_rest - without) > 100
    heights, rows = plan.ct.axis_mm(2), plan.ct.axis_mm(1)
    assert not rest[heights < -206].any()
    assert rest[heights > -200].any(axis=(1, 2)).all()
    assert rows[rest.any(axis=(0, 2))].max() == pytest.approx(90 + 3 + 16, abs=4)
    body = (with_rest > -300)[:, 257, 256]
    assert body.all()


def test_metal_is_clipped_at_the_top_of_the_scale() -> None:
    hu = _water()
    hu[18:22, 45:50, 45:50] = 12000.0
    plain = render_ct(hu, BLOCK, _plan(), np.random.default_rng(0))
    extended = render_ct(
        hu, BLOCK, replace(_plan(), highest_hu=EXTENDED_HU), np.random.default_rng(0)
    )
    assert plain.max() == 3071
    assert 9000 < extended.max() <= EXTENDED_HU
    assert (plain == np.minimum(extended, 3071)).all()


def test_streaks_lie_in_the_slices_of_the_metal_alone() -> None:
    clean, hu = _water(), _water()
    hu[18:22, 40:45, 40:45] = hu[18:22, 40:45, 60:65] = 12000.0
    without, with_metal = (
        render_ct(volume, BLOCK, _plan(), np.random.default_rng(0)).astype(int)
        for volume in (clean, hu)
    )
    heights = _plan().ct.axis_mm(2)
    changed = np.abs(with_metal - without) > 3
    metal = (heights > -47) & (heights < -33)
    assert changed[metal].any(axis=(1, 2)).all()
    assert not changed[(heights < -51) | (heights > -29)].any()
    # Between the metals it is dark.
    k = int(np.argmin(np.abs(heights + 40)))
    rows, columns = (np.abs(_plan().ct.axis_mm(axis) - at) < 3 for axis, at in ((1, -16), (0, 4)))
    assert (with_metal - without)[k][np.ix_(rows, columns)].mean() < -80


def test_a_part_of_the_slices_is_the_same_patient() -> None:
    hu = _water()
    hu[10:30, 40:60, 30:40] = 500.0
    plan = replace(_plan(), noise_hu=0.0)
    whole = render_ct(hu, BLOCK, plan, np.random.default_rng(0))
    piece = slice(3, 17), slice(None), slice(None)
    part = replace(plan, ct=plan.ct.part((piece[0], slice(0, 512), slice(0, 512))))
    assert (render_ct(hu, BLOCK, part, np.random.default_rng(5)) == whole[piece]).all()
