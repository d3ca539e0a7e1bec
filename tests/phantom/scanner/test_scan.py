import numpy as np
import pytest

from phantom.anatomy.build import draw_build
from phantom.record.centres import CENTRES
from phantom.scanner.scan import ScanPlan, draw_scan


def _plans(centre: str, count: int = 150, *, neck_only: bool = False) -> list[ScanPlan]:
    build = draw_build(np.random.default_rng(0), male=True)
    return [
        draw_scan(np.random.default_rng(i), centre, build, neck_only=neck_only)
        for i in range(count)
    ]


@pytest.mark.parametrize("name", CENTRES)
def test_grids_are_those_of_the_centre(name: str) -> None:
    centre = CENTRES[name]
    ct = {(m.size, m.size, m.pixel_mm, m.slice_mm) for m in centre.ct}
    pet = {(m.size, m.size, m.pixel_mm, m.slice_mm) for m in centre.pet}
    plans = _plans(name)
    for plan in plans:
        for grid, known in ((plan.ct, ct), (plan.pet, pet)):
            assert (*grid.size_xyz[:2], grid.spacing_mm[0], grid.spacing_mm[2]) in known
            assert grid.spacing_mm[0] == grid.spacing_mm[1]
        assert plan.ct.origin_mm != plan.pet.origin_mm
    lengths = [p.ct.size_xyz[2] * p.ct.spacing_mm[2] for p in plans]
    low = min(centre.neck_extent_mm[0], centre.body_extent_mm[0])
    assert min(lengths) > low - 4
    assert max(lengths) < max(centre.neck_extent_mm[2], centre.body_extent_mm[2]) + 4
    share = np.mean([length >= 700 for length in lengths])
    assert share == pytest.approx(centre.whole_body, abs=0.12)


def test_chus_has_a_whole_body_pet_and_a_neck_ct() -> None:
    for plan in _plans("CHUS", 30):
        assert plan.pet.size_xyz[2] * plan.pet.spacing_mm[2] > 840


def test_padding_values_units_and_misregistration_vary() -> None:
    plans = _plans("MDA", 600)
    assert {plan.padding_hu for plan in plans} == {-1024.0, -2048.0, -3024.0}
    stored = [plan.bqml_per_suv for plan in plans if plan.bqml_per_suv is not None]
    assert 0.03 < len(stored) / 600 < 0.075
    assert min(stored) > 1 / 6.7e-4
    assert max(stored) < 1 / 2.0e-4
    shifts = np.array([plan.misregistration_mm for plan in plans])
    assert np.abs(shifts).max() <= 4
    assert 1.0 < shifts.std() < 1.8


def test_neck_only_keeps_the_top_of_the_same_scan() -> None:
    for whole, neck in zip(_plans("CHUP", 20), _plans("CHUP", 20, neck_only=True), strict=True):
        assert neck.ct.axis_mm(2)[-1] == pytest.approx(whole.ct.axis_mm(2)[-1])
        assert neck.ct.origin_mm[:2] == whole.ct.origin_mm[:2]
        assert 298 < neck.ct.size_xyz[2] * neck.ct.spacing_mm[2] < 352
        assert neck.world_mm == whole.world_mm
        assert neck.misregistration_mm == whole.misregistration_mm
        assert neck.noise_hu == whole.noise_hu
