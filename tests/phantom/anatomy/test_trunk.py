from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from phantom.anatomy.belly import belly_tissues, cavity_tissues
from phantom.anatomy.bowel import bowel_tissues
from phantom.anatomy.build import Build
from phantom.anatomy.outline import outline_tissues
from phantom.anatomy.pelvis import pelvis_tissues
from phantom.anatomy.ribs import rib_path
from phantom.anatomy.tissue import Tissue
from phantom.anatomy.torso import torso_tissues
from phantom.anatomy.trunk import skin
from phantom.anatomy.tubes import bend, narrowed, sheet
from phantom.anatomy.uptake import Uptake
from phantom.anatomy.wall import CAGE_MM, CHEST
from phantom.geometry.shapes import Ellipsoid, Point, Shape

PLAIN = Build((1.0, 1.0, 1.0), 7.0, 0.0, 0.0, 0.0, contrast=False, arms_up=False)
BRIGHT = replace(PLAIN, contrast=True)
RAISED = replace(PLAIN, arms_up=True)
UPTAKE = Uptake.draw(np.random.default_rng(4), age=60, male=True)
FAT, MUSCLE, BONE, AIR = (-120.0, -60.0), (40.0, 70.0), (150.0, 1000.0), (-1000.0, -780.0)

# What a radiologist names at a point of the left side (x > 0) or the right, and its HU.
PLACES: list[tuple[str, Point, tuple[float, float]]] = [
    ("marrow of the head of the arm", (164.0, 36.0, -340.0), BONE),
    ("deltoid", (206.0, 35.0, -380.0), MUSCLE),
    ("blade of the shoulder", (104.0, 82.0, -375.0), BONE),
    ("subscapularis", (98.0, 74.0, -380.0), MUSCLE),
    ("infraspinatus", (111.0, 92.0, -380.0), MUSCLE),
    ("pectoralis major", (70.0, -62.0, -400.0), MUSCLE),
    ("fat of the armpit", (138.0, -4.0, -410.0), FAT),
    ("collar bone", (-92.0, -16.0, -322.0), BONE),
    ("handle of the breast bone", (0.0, -48.0, -360.0), BONE),
    ("lung", (-90.0, 30.0, -500.0), AIR),
    ("main bronchus", (26.0, 21.0, -418.0), AIR),
    ("descending aorta", (24.0, 42.0, -440.0), (35.0, 50.0)),
    ("liver", (-80.0, -10.0, -560.0), (55.0, 65.0)),
    ("gall bladder", (-58.0, -52.0, -634.0), (0.0, 15.0)),
    ("spleen", (116.0, 44.0, -575.0), (45.0, 55.0)),
    ("gas in the stomach", (66.0, -38.0, -606.0), AIR),
    ("psoas", (46.0, 28.0, -710.0), MUSCLE),
    ("cortex of the kidney", (88.0, 44.0, -606.0), (30.0, 40.0)),
    ("fat under the skin", (0.0, -98.0, -620.0), FAT),
    ("oblique muscles", (128.0, -8.0, -660.0), MUSCLE),
    ("sacrum", (0.0, 66.0, -768.0), BONE),
    ("gluteus maximus", (-84.0, 84.0, -880.0), MUSCLE),
    ("gluteus medius", (138.0, 14.0, -790.0), MUSCLE),
    ("head of the thigh bone", (-92.0, 0.0, -872.0), BONE),
    ("pubic bone", (12.0, -57.0, -890.0), BONE),
    ("urine", (0.0, -28.0, -870.0), (0.0, 15.0)),
    ("shaft of the thigh bone", (104.0, 2.0, -1050.0), BONE),
    ("adductors", (50.0, 4.0, -1000.0), MUSCLE),
]


def _tissues(build: Build) -> list[Tissue]:
    return [
        *outline_tissues(build, UPTAKE, ()),
        *torso_tissues(build, UPTAKE),
        *pelvis_tissues(UPTAKE),
    ]


def _depth(shape: Shape, point: Point) -> float:
    x, y, z = (np.full((1, 1, 1), value, dtype=np.float32) for value in point)
    return float(shape.depth_mm(x, y, z)[0, 0, 0])


def _holds(shape: Shape, point: Point) -> bool:
    low, high = shape.bounds()
    within = all(a <= p <= b for a, p, b in zip(low, point, high, strict=True))
    return within and _depth(shape, point) > 0


def _seen(tissues: list[Tissue], point: Point) -> tuple[float, float]:
    """Return HU and SUV of what was painted last at a point."""
    last = next((t for t in reversed(tissues) if _holds(t.shape, point)), None)
    return (-1000.0, 0.0) if last is None else (last.hu, last.suv)


def _plane(tissues: list[Tissue], z: float) -> np.ndarray:
    """Return HU on an axial plane through the shoulders, 3 mm apart."""
    x, y = np.meshgrid(
        np.arange(-150, 151, 3, dtype=np.float32), np.arange(-45, 112, 3, dtype=np.float32)
    )
    hu = np.full(x.shape, -1000.0)
    for tissue in tissues:
        low, high = tissue.shape.bounds()
        if low[2] <= z <= high[2]:
            depth = tissue.shape.depth_mm(x[None], y[None], np.full((1, 1, 1), z, dtype=np.float32))
            hu[depth[0] > 0] = tissue.hu
    return hu


@pytest.fixture(scope="module")
def plain() -> list[Tissue]:
    return _tissues(PLAIN)


@pytest.mark.parametrize(("name", "point", "hu"), PLACES, ids=[place[0] for place in PLACES])
def test_each_structure_is_in_its_place(
    plain: list[Tissue], name: str, point: Point, hu: tuple[float, float]
) -> None:
    assert hu[0] <= _seen(plain, point)[0] <= hu[1], name


def test_shoulders_are_muscle_and_fat_in_layers(plain: list[Tissue]) -> None:
    for z in (-318.0, -334.0):
        hu = _plane(plain, z)
        body = hu > -200
        assert 0.2 < (body & (hu < -60)).sum() / body.sum() < 0.7
        assert 0.12 < (body & (hu > 30) & (hu < 80)).sum() / body.sum() < 0.6
        assert (hu > 200).sum() > 60


def test_the_heart_is_a_horseshoe_around_blood(plain: list[Tissue]) -> None:
    assert _seen(plain, (47.0, -35.0, -492.0))[1] == pytest.approx(UPTAKE.blood)
    walls = [(68.0, -34.0, -477.0), (24.0, -34.0, -511.0), (71.0, -60.0, -524.0)]
    assert [_seen(plain, wall)[1] for wall in walls] == pytest.approx([UPTAKE.heart] * 3)
    # Open towards the valves.
    assert _seen(plain, (22.0, -10.0, -466.0))[1] == pytest.approx(UPTAKE.blood)


def test_urine_is_hot_from_kidney_to_bladder(plain: list[Tissue]) -> None:
    assert _seen(plain, (57.0, 38.0, -604.0))[1] >= 5.0
    assert _seen(plain, (0.0, -28.0, -870.0))[1] == UPTAKE.bladder
    ureter = [t for t in plain if t.hu == 6.0 and t.shape.bounds()[1][2] < -640]
    assert max(t.suv for t in ureter if t.suv != UPTAKE.bladder) > 1.0
    assert min(t.suv for t in ureter) < 0.2 * max(UPTAKE.kidney)


def test_contrast_brightens_vessels_kidneys_and_liver(plain: list[Tissue]) -> None:
    bright = _tissues(BRIGHT)
    for point in ((24.0, 42.0, -440.0), (88.0, 44.0, -606.0), (-80.0, -10.0, -560.0)):
        assert _seen(bright, point)[0] > _seen(plain, point)[0] + 30
    assert _seen(bright, (46.0, 28.0, -710.0)) == _seen(plain, (46.0, 28.0, -710.0))


def test_arms_hang_or_are_raised(plain: list[Tissue]) -> None:
    raised = _tissues(RAISED)
    hanging, beside_head = (216.0, 48.0, -560.0), (208.0, 32.0, -190.0)
    assert _seen(plain, hanging)[0] > -200
    assert _seen(plain, beside_head)[0] == -1000.0
    assert _seen(raised, hanging)[0] == -1000.0
    assert _seen(raised, beside_head)[0] > -200


def test_twelve_ribs_run_in_the_wall_of_the_chest_and_slope_down() -> None:
    outside = CHEST.grown(CAGE_MM)
    paths = [rib_path(number) for number in range(1, 13)]
    for path in paths:
        assert all(a[2] > b[2] for a, b in pairwise(path))
        below_neck = [point for point in path if point[2] < -304]
        assert all(_depth(outside, point) > 0 > _depth(CHEST, point) for point in below_neck)
    assert all(a[0][2] > b[0][2] for a, b in pairwise(paths))
    assert paths[6][-1][1] < paths[11][-1][1] - 60


def test_fat_widens_the_body_and_leaves_the_back_on_the_couch() -> None:
    thin, fat = (skin(replace(PLAIN, fat_mm=value))[0].bounds() for value in (4.0, 14.0))
    assert fat[1][0] == pytest.approx(thin[1][0] + 13.0)
    assert fat[0][1] < thin[0][1] - 20
    assert abs(fat[1][1] - thin[1][1]) < 5


def test_the_bowel_differs_between_patients_and_stays_the_same_for_one() -> None:
    first, again = bowel_tissues(PLAIN, UPTAKE), bowel_tissues(PLAIN, UPTAKE)
    assert first == again
    other = bowel_tissues(replace(PLAIN, fat_mm=9.0), UPTAKE)
    assert {t.shape for t in first} != {t.shape for t in other}
    gas = [t for t in first if t.hu < -800]
    assert 0.02 < len(gas) / len(first) < 0.3
    walls = [t.suv for t in first if t.hu == 42.0]
    assert max(walls) > 2 * min(walls)


def test_the_bowel_and_the_organs_keep_within_the_belly() -> None:
    room = [tissue.shape for tissue in cavity_tissues(UPTAKE)]
    for tissue in belly_tissues(PLAIN, UPTAKE):
        (x0, y0, z0), (x1, y1, z1) = tissue.shape.bounds()
        middle = ((x0 + x1) / 2, (y0 + y1) / 2, (z0 + z1) / 2)
        if -830 < middle[2] < -560 and middle[1] < 40:
            assert max(_depth(shape, middle) for shape in room) > 0, tissue


def test_boxes_are_small_enough_to_paint() -> None:
    boxes = np.array([np.subtract(*reversed(t.shape.bounds())) for t in _tissues(PLAIN)])
    voxels = np.prod(np.maximum(boxes, 3.0) / 3.0, axis=1)
    assert voxels.sum() < 1.2e8
    assert np.abs(np.array([t.shape.bounds() for t in _tissues(PLAIN)])[..., 0]).max() < 272


def test_a_smooth_rod_ends_where_it_should_and_hides_a_narrower_one() -> None:
    points = ((0.0, 0.0, 0.0), (10.0, 0.0, 20.0), (10.0, 5.0, 50.0))
    parts = bend(points, (4.0, 5.0, 6.0), step_mm=8.0)
    assert parts[0].start_mm == pytest.approx(points[0])
    assert parts[-1].end_mm == pytest.approx(points[-1])
    assert parts[-1].end_radius_mm == pytest.approx(6.0)
    assert all(a.end_mm == b.start_mm for a, b in pairwise(parts))
    assert [p.radius_mm for p in narrowed(parts, 100.0)] == [0.3] * len(parts)


def test_a_sheet_is_the_outer_layer_in_its_region() -> None:
    ball = Ellipsoid((0.0, 0.0, 0.0), (20.0, 20.0, 20.0))
    layer = sheet(ball, 5.0, Ellipsoid((20.0, 0.0, 0.0), (15.0, 15.0, 15.0)))
    assert _holds(layer, (17.0, 0.0, 0.0))
    assert not _holds(layer, (12.0, 0.0, 0.0))
    assert not _holds(layer, (-17.0, 0.0, 0.0))
    assert not _holds(layer, (21.0, 0.0, 0.0))
