from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import SimpleITK as sitk
from numpy.typing import NDArray
from scipy import ndimage

from phantom.anatomy.build import Build
from phantom.anatomy.spine import spine_tissues
from phantom.anatomy.tissue import Tissue
from phantom.anatomy.uptake import Uptake
from phantom.disease.drawing import NODE, PRIMARY
from phantom.disease.masses import Mass
from phantom.geometry.canvas import Canvas, internal_lattices, new_canvas
from phantom.geometry.sampling import Lattice, resample
from phantom.geometry.shapes import Capsule, Ellipsoid, Loft, Point
from phantom.profile import draw_profile
from phantom.radiotherapy.dose import CORD_LIMIT_GY, Prescription, cord_rows, plan_dose
from phantom.radiotherapy.planning import (
    PLANNED_BY_CENTRE,
    Planning,
    PlanningScan,
    arms_down,
    draw_planning,
    render_planning,
)
from phantom.record.centres import CENTRES
from phantom.scanner.scan import ScanPlan, draw_scan

STRAIGHT = Build((1.0, 1.0, 1.0), 7.0, 0.0, 0.0, 0.0, contrast=False, arms_up=False)
TONSIL, NODE_II = (20.0, -5.0, -190.0), (42.0, 8.0, -200.0)
RX = Prescription(high_gy=70.0, middle_gy=60.0, low_gy=54.0, beams=9)
NECK_SKIN = Loft(((-320.0, 20.0, 58.0, 60.0), (-180.0, 5.0, 66.0, 75.0)))
Axes = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


def _canvas(*, arms_up: bool = False) -> Canvas:
    """Return a head, a neck with a windpipe, and shoulders, of plain tissue."""
    lattice = internal_lattices(bottom_mm=-350.0, top_mm=24.0)[0]
    canvas = new_canvas(lattice, STRAIGHT, np.random.default_rng(1))
    solids = [
        (Ellipsoid((0.0, 0.0, -95.0), (75.0, 95.0, 95.0)), 40.0),
        (NECK_SKIN, 40.0),
        (Ellipsoid((0.0, 45.0, -380.0), (200.0, 60.0, 85.0)), 40.0),
        (Capsule((0.0, -20.0, -180.0), (0.0, 5.0, -360.0), 8.0, 8.0), -1000.0),
    ]
    if arms_up:
        arms = [
            Capsule((s * 190.0, 30.0, -290.0), (s * 210.0, 20.0, 0.0), 40.0, 36.0) for s in (1, -1)
        ]
        solids += [(arm, 40.0) for arm in arms]
    for solid, hu in solids:
        canvas.paint(Tissue(solid, hu, 1.0))
    return canvas


def _mass(canvas: Canvas, centre: Point, radius: float, label: int) -> Mass:
    box = canvas.box((centre, centre), margin_mm=radius + 6)
    assert box is not None
    ball = Ellipsoid(centre, (radius, radius, radius))
    depth = ball.depth_mm(canvas.x_mm[box], canvas.y_mm[box], canvas.z_mm[box[0]])
    lesion = replace(draw_profile(0, 0).lesions[0], label=label, centre_mm=centre)
    return Mass(lesion, box, depth)


@cache
def _patient() -> tuple[Canvas, tuple[Mass, ...]]:
    canvas = _canvas()
    return canvas, (_mass(canvas, TONSIL, 13.0, PRIMARY), _mass(canvas, NODE_II, 11.0, NODE))


@cache
def _plan() -> ScanPlan:
    return draw_scan(np.random.default_rng(1), "CHUM", STRAIGHT, neck_only=True)


@cache
def _planning() -> tuple[PlanningScan, Planning]:
    canvas, masses = _patient()
    drawn = (
        draw_planning(np.random.default_rng(i), _plan(), canvas.lattice, "CHUM") for i in range(99)
    )
    scan = next(scan for scan in drawn if scan is not None)
    scan = replace(scan, prescription=RX)
    return scan, render_planning(canvas, masses, scan, np.random.default_rng(0))


def _dose() -> tuple[NDArray[np.float32], Lattice]:
    scan, planning = _planning()
    return sitk.GetArrayFromImage(planning.dose_gy), scan.dose


def _canonical(lattice: Lattice) -> Axes:
    """Return x, y, z of a grid in the canonical frame, warp included."""
    canvas = _patient()[0]
    x, y = (
        resample(field + np.float32(1e3), canvas.lattice, lattice) - 1e3
        for field in (canvas.x_mm, canvas.y_mm)
    )
    return x, y, np.broadcast_to(lattice.axis_mm(2)[:, None, None], x.shape)


def _away(lattice: Lattice) -> NDArray[np.float64]:
    """Return the distance from the nearest lesion."""
    x, y, z = _canonical(lattice)
    balls = ((TONSIL, 13.0), (NODE_II, 11.0))
    return np.min(
        [np.sqrt((x - a) ** 2 + (y - b) ** 2 + (z - c) ** 2) - r for (a, b, c), r in balls], axis=0
    )


def _body(lattice: Lattice) -> NDArray[np.float32]:
    canvas = _patient()[0]
    return resample(canvas.hu + np.float32(1000), canvas.lattice, lattice)


def test_montreal_and_half_of_houston_are_planned() -> None:
    plan, lattice = _plan(), _patient()[0].lattice
    rng = np.random.default_rng(5)
    share = {
        name: np.mean([draw_planning(rng, plan, lattice, name) is not None for _ in range(400)])
        for name in CENTRES
    }
    for name, value in share.items():
        assert value == pytest.approx(PLANNED_BY_CENTRE.get(name, 0.0), abs=0.07)
    total = sum(centre.patients for centre in CENTRES.values())
    overall = sum(share[name] * centre.patients for name, centre in CENTRES.items()) / total
    assert overall == pytest.approx(0.55, abs=0.05)


def test_grids_are_those_of_a_planning_department() -> None:
    plan, lattice = _plan(), _patient()[0].lattice
    rng = np.random.default_rng(6)
    scans = [draw_planning(rng, plan, lattice, "HGJ") for _ in range(60)]
    heights = lattice.axis_mm(2)
    for scan in scans:
        if scan is None:
            continue
        assert scan.ct.size_xyz[:2] == (512, 512)
        assert 0.97 < scan.ct.spacing_mm[0] == scan.ct.spacing_mm[1] <= 1.27
        assert scan.ct.spacing_mm[2] in (2.5, 3.0)
        assert len(set(scan.dose.spacing_mm)) == 1
        assert 2.5 <= scan.dose.spacing_mm[0] <= 4.0
        for grid in (scan.ct, scan.dose):
            axis = grid.axis_mm(2)
            assert heights[0] <= axis[0] < axis[-1] <= heights[-1]
            assert axis[-1] - axis[0] > 330
        offset = np.subtract(scan.world_mm, plan.world_mm)
        assert np.abs(offset).max() <= 5.0
        assert scan.prescription.high_gy > scan.prescription.middle_gy > scan.prescription.low_gy


def test_ct_and_dose_share_a_frame_near_that_of_the_pet_ct() -> None:
    scan, planning = _planning()
    assert planning.ct_hu.GetPixelID() == sitk.sitkInt16
    assert planning.dose_gy.GetPixelID() == sitk.sitkFloat32
    for image, grid in ((planning.ct_hu, scan.ct), (planning.dose_gy, scan.dose)):
        assert image.GetSize() == grid.size_xyz
        assert image.GetSpacing() == pytest.approx(grid.spacing_mm)
        assert np.subtract(image.GetOrigin(), grid.origin_mm) == pytest.approx(scan.world_mm)
    # The dose's body lies on that of the planning CT.
    ct = sitk.Resample(planning.ct_hu, planning.dose_gy, sitk.Transform(), sitk.sitkLinear, -1000.0)
    solid = sitk.GetArrayFromImage(ct) > -200
    treated = sitk.GetArrayFromImage(planning.dose_gy) > 20
    assert (solid & treated).sum() / treated.sum() > 0.93


def test_the_lesions_with_a_margin_get_the_prescribed_dose() -> None:
    dose, grid = _dose()
    away, body = _away(grid), _body(grid) > 500
    deep = ndimage.binary_erosion(body, iterations=round(7 / grid.spacing_mm[0]))
    target = dose[(away < 8) & deep]
    assert np.percentile(target, 5) == pytest.approx(70.0, rel=0.02)
    assert dose.max() <= 1.10 * 70.0
    assert dose[away < 0].min() > 0.9 * 70.0


def test_the_neck_gets_the_elective_dose_and_the_nodal_side_more() -> None:
    dose, grid = _dose()
    x, y, z = _canonical(grid)
    chain = (np.abs(np.abs(x) - 38) < 8) & (np.abs(y - 5) < 8) & (z < -240) & (z > -285)
    other, nodal = dose[chain & (x < 0)], dose[chain & (x > 0)]
    assert np.percentile(other, 5) > 0.95 * 54.0
    assert np.median(other) < 59.0
    assert np.percentile(nodal, 5) > 0.95 * 60.0
    assert np.median(nodal) < 66.0


def test_the_dose_falls_off_within_centimetres() -> None:
    dose, grid = _dose()
    x, y, z = _canonical(grid)
    # Upwards from the tonsil nothing else is treated.
    column = (np.abs(x - 20) < 5) & (np.abs(y + 5) < 5)
    means = [float(dose[column & (np.abs(z - at) < 3)].mean()) for at in (-168, -155, -140, -100)]
    assert means[0] > 60.0
    assert means[0] > means[1] > means[2] > means[3]
    assert means[2] < 30.0
    assert means[3] < 6.0


def test_the_cord_is_spared() -> None:
    dose, grid = _dose()
    x, y, z = _canonical(grid)
    heights, middles = zip(*cord_rows(), strict=True)
    cord = np.hypot(x, y - np.interp(z, heights, middles)) < 8
    assert dose[cord].max() < 45.0
    assert dose[cord & (np.abs(z + 200) < 20)].mean() > 10.0


@pytest.mark.parametrize("z_mm", [-170.0, -200.0, -240.0, -280.0, -330.0])
def test_the_spared_cord_is_the_painted_one(z_mm: float) -> None:
    uptake = Uptake.draw(np.random.default_rng(0), age=60.0, male=True)
    heights, middles = zip(*cord_rows(), strict=True)
    x, y = (np.full((1, 1, 1), v, np.float32) for v in (0.0, np.interp(z_mm, heights, middles)))
    z = np.full((1, 1, 1), z_mm, np.float32)
    cords = [
        tissue.shape for tissue in spine_tissues(STRAIGHT, uptake) if tissue.suv == uptake.cord
    ]
    assert max(float(shape.depth_mm(x, y, z).max()) for shape in cords) > 0


def test_a_node_beside_the_cord_gives_way_to_it() -> None:
    canvas = _patient()[0]
    mass = _mass(canvas, (24.0, 44.0, -220.0), 12.0, NODE)
    planned = plan_dose(canvas, [mass], RX, np.random.default_rng(0))
    x, y, z = (
        resample(field + np.float32(1e3), canvas.lattice, planned.lattice) - 1e3
        for field in (canvas.x_mm, canvas.y_mm, np.broadcast_to(canvas.z_mm, canvas.x_mm.shape))
    )
    inside = (np.abs(x) < 250) & (z > -330)
    heights, middles = zip(*cord_rows(), strict=True)
    cord = inside & (np.hypot(x, y - np.interp(z, heights, middles)) < 8)
    assert planned.gy[cord].max() <= CORD_LIMIT_GY + 0.01
    assert planned.gy.max() > 66.0


def test_there_is_no_dose_outside_the_body() -> None:
    dose, grid = _dose()
    body = _body(grid) > 500
    near = ndimage.binary_dilation(body, iterations=round(8 / grid.spacing_mm[0]))
    near = np.stack([ndimage.binary_fill_holes(section) for section in near])
    assert not dose[~near].any()
    assert (dose[ndimage.binary_erosion(body, iterations=3)] > 0).mean() > 0.97
    assert dose.min() >= 0


def test_beams_leave_a_bath_as_far_as_the_target_reaches() -> None:
    dose, grid = _dose()
    x, y, z = _canonical(grid)
    nape = (np.abs(x) < 15) & (np.abs(y - 66) < 5)
    at_target, above = (dose[nape & (np.abs(z - at) < 10)].mean() for at in (-215.0, -110.0))
    assert 5.0 < at_target < 35.0
    assert above < 0.3 * at_target


def test_without_a_lesion_the_elective_neck_is_treated() -> None:
    planned = plan_dose(_patient()[0], [], RX, np.random.default_rng(0))
    assert 54.0 < planned.gy.max() <= 1.10 * 54.0


def _planning_ct() -> tuple[NDArray[np.int64], Axes, PlanningScan]:
    scan, planning = _planning()
    ct = sitk.GetArrayFromImage(planning.ct_hu).astype(np.int64)
    return ct, (scan.ct.axis_mm(0), scan.ct.axis_mm(1), scan.ct.axis_mm(2)), scan


def test_the_couch_is_flat() -> None:
    ct, (x, y, z), scan = _planning_ct()
    top = scan.fixation.top_mm
    rows = (y > top - 1.5) & (y < top + 4)
    columns = np.abs(x) < 200
    below = z < -330
    skin = ct[below][:, rows][:, :, columns].mean(axis=0)
    peaks = y[rows][skin.argmax(axis=0)]
    assert np.abs(peaks - top).max() < 3.0
    assert skin.max(axis=0).min() > -600
    core = ct[:, (y > top + 10) & (y < top + 40)][:, :, columns]
    assert core.mean() == pytest.approx(-940, abs=5)


def test_a_mask_lies_on_the_face_and_not_inside_the_patient() -> None:
    ct, (x, y, z), scan = _planning_ct()
    fixation = scan.fixation
    body = _body(scan.ct) > 500
    body = np.stack([ndimage.binary_fill_holes(section) for section in body])
    face = (z > -150) & (z < -60)
    ahead = y < -20
    spacing = scan.ct.spacing_mm[1]
    away = ndimage.distance_transform_edt(
        ~body[face], sampling=(scan.ct.spacing_mm[2], spacing, spacing)
    )[:, ahead]
    part = ct[face][:, ahead]
    shell = (away > 0.5) & (away < fixation.gap_mm + fixation.mask_mm + 1.5)
    beyond = (away > 8) & (away < 40)
    peaks = np.where(shell, part, -2000).max(axis=1)
    columns = np.abs(x) < 40
    assert (peaks[:, columns] > -500).mean() > 0.95
    assert part[beyond].mean() == pytest.approx(-1000, abs=6)
    inner = ndimage.binary_erosion(body, iterations=6)
    inner[:, :, :] &= _body(scan.ct) > 1030
    assert ct[inner].mean() == pytest.approx(40, abs=2)


def test_the_mask_ends_below_the_chin_or_on_the_shoulders() -> None:
    canvas, masses = _patient()
    scan, _ = _planning()
    fixation = replace(scan.fixation, mask_from_mm=-240.0, mask_mm=2.5, mask_hu=100.0)
    planning = render_planning(
        canvas, masses, replace(scan, fixation=fixation), np.random.default_rng(0)
    )
    ct = sitk.GetArrayFromImage(planning.ct_hu)
    x, y, z = (scan.ct.axis_mm(axis) for axis in range(3))
    front = ct[:, y < -30][:, :, np.abs(x) < 90] > -500
    body = _body(scan.ct)[:, y < -30][:, :, np.abs(x) < 90] > 50
    outside = (front & ~body).sum(axis=(1, 2))
    assert outside[(z > -235) & (z < -195)].min() > 20
    assert outside[(z > -160) & (z < -60)].min() > 20
    assert outside[z < -244].max() < 5


def test_arms_do_not_lie_beside_the_head() -> None:
    canvas = _canvas(arms_up=True)
    down = arms_down(canvas)
    x, z = canvas.lattice.axis_mm(0), canvas.lattice.axis_mm(2)
    beside = (z > -280)[:, None] & (np.abs(x) > 140)[None, :]
    assert (canvas.hu.max(axis=1)[beside] > 0).any()
    assert (down.hu.max(axis=1)[beside] < -900).all()
    head = np.abs(x) < 85
    assert (down.hu[:, :, head] == canvas.hu[:, :, head]).all()
    assert arms_down(_patient()[0]) is _patient()[0]


def test_the_same_stream_makes_the_same_images() -> None:
    canvas, masses = _patient()
    scan, planning = _planning()
    again = render_planning(canvas, masses, scan, np.random.default_rng(0))
    for image, same in ((planning.ct_hu, again.ct_hu), (planning.dose_gy, again.dose_gy)):
        assert (sitk.GetArrayFromImage(image) == sitk.GetArrayFromImage(same)).all()
