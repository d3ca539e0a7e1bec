from dataclasses import replace

import numpy as np
import pytest

from phantom.anatomy.build import draw_build
from phantom.geometry.canvas import SEAM_MM
from phantom.geometry.sampling import Lattice
from phantom.scanner.pet import render_pet
from phantom.scanner.scan import ScanPlan, draw_scan

BLOCK = Lattice((121, 121, 91), (2.0, 2.0, 2.0), (-120.0, -120.0, -90.0))


def _plan(**changes: object) -> ScanPlan:
    build = draw_build(np.random.default_rng(0), male=True)
    plan = draw_scan(np.random.default_rng(1), "HGJ", build, neck_only=True)
    pet = Lattice((128, 128, 50), (3.516, 3.516, 3.27), (-223.0, -223.0, -80.0))
    plan = replace(plan, pet=pet, misregistration_mm=(0.0, 0.0, 0.0), bqml_per_suv=None)
    return replace(plan, pet_noise=0.1, **changes)  # type: ignore[arg-type]


def _render(suv: float, plan: ScanPlan) -> np.ndarray:
    block = np.full(BLOCK.shape_zyx, suv, dtype=np.float32)
    return np.asarray(render_pet([(block, BLOCK)], plan, np.random.default_rng(0)))


@pytest.mark.parametrize(("suv", "noise"), [(2.0, 0.2), (8.0, 0.4)])
def test_noise_grows_with_the_root_of_the_uptake(suv: float, noise: float) -> None:
    core = _render(suv, _plan())[10:40, 45:82, 45:82]
    assert core.mean() == pytest.approx(suv, rel=0.02)
    assert core.std() == pytest.approx(noise, rel=0.1)


def test_never_negative_and_empty_outside() -> None:
    pet = _render(2.0, _plan())
    assert pet.dtype == np.float32
    assert pet.min() == 0
    assert pet[:, :20].max() < 0.2


def test_bqml_is_the_same_image_times_the_factor() -> None:
    suv, bqml = _render(2.0, _plan()), _render(2.0, _plan(bqml_per_suv=3000.0))
    np.testing.assert_allclose(bqml, 3000 * suv, rtol=1e-5)


def test_the_patient_lies_beside_its_ct_position() -> None:
    moved = _render(2.0, _plan(misregistration_mm=(4.0, 0.0, 0.0)))
    still = _render(2.0, _plan())
    x = np.arange(128) * 3.516
    centres = [(pet.sum(axis=(0, 1)) * x).sum() / pet.sum() for pet in (still, moved)]
    assert centres[1] - centres[0] == pytest.approx(4.0, abs=0.3)


def test_a_point_spreads_to_the_drawn_width() -> None:
    block = np.zeros(BLOCK.shape_zyx, dtype=np.float32)
    block[:, 58:63, 60] = 100.0
    fine = Lattice((121, 41, 3), (1.0, 1.0, 1.0), (-60.0, -20.0, 0.0))
    plan = replace(_plan(pet=fine, fwhm_mm=7.0), pet_noise=0.0)
    profile = render_pet([(block, BLOCK)], plan, np.random.default_rng(0))[1, 20]
    x = fine.axis_mm(0)
    above = x[profile > profile.max() / 2]
    assert above[-1] - above[0] == pytest.approx(7.0, abs=1.1)


def test_both_pieces_meet_at_the_seam() -> None:
    # A rod through the seam, above it on the fine grid and below on the coarse one.
    reach = 40.0
    fine = Lattice((81, 81, 60), (1.5, 1.5, 1.5), (-60.0, -60.0, SEAM_MM - 18))
    coarse = Lattice((41, 41, 40), (3.0, 3.0, 3.0), (-60.0, -60.0, SEAM_MM - 102 + 3.0))
    pieces = []
    for lattice in (fine, coarse):
        x, y = lattice.axis_mm(0)[None, None, :], lattice.axis_mm(1)[None, :, None]
        rod = (np.hypot(x, y) < 15).astype(np.float32)
        pieces.append((np.repeat(rod, lattice.size_xyz[2], axis=0), lattice))
    target = Lattice((33, 33, 41), (3.5, 3.5, 2.0), (-56.0, -56.0, SEAM_MM - reach))
    plan = replace(_plan(pet=target), pet_noise=0.0)
    pet = render_pet(pieces, plan, np.random.default_rng(0))
    along = pet[:, 14:19, 14:19].mean(axis=(1, 2))
    assert along.min() == pytest.approx(along.max(), rel=0.06)
    assert along.min() > 0.8
