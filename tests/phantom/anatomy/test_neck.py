"""The neck on canonical millimetres: what lies where, and what looks like disease and is none."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from phantom.anatomy import head, neck
from phantom.anatomy.brown_fat import brown_fat_tissues
from phantom.anatomy.build import Build
from phantom.anatomy.mouth import mouth_tissues
from phantom.anatomy.neck import neck_tissues
from phantom.anatomy.spine import back_muscle_tissues, spine_levels, spine_tissues
from phantom.anatomy.tissue import FAT_HU, Tissue
from phantom.anatomy.uptake import Uptake
from phantom.disease.seats import LEVELS, SITES

BUILD = Build((1.0, 1.0, 1.0), 7.0, 0.0, 0.0, 0.0, contrast=False, arms_up=False)
UPTAKE = replace(
    Uptake.draw(np.random.default_rng(4), age=60.0, male=True),
    neck_muscle=(0.7, 0.7),
    longus=(0.7, 0.7),
    brown_fat=(0.0, 0.0),
)
EDGE_MM = 1.5
Axis = np.ndarray


def _painted(
    tissues: list[Tissue], z: Axis, y: Axis, x: Axis, *, under_hu: float = FAT_HU
) -> tuple[np.ndarray, np.ndarray]:
    """Return HU and SUV of shape (z, y, x) of the tissues over fat."""
    shape = (len(z), len(y), len(x))
    px, py = (
        np.broadcast_to(axis.astype(np.float32), shape)
        for axis in (x[None, None, :], y[None, :, None])
    )
    pz = z.astype(np.float32)[:, None, None]
    hu, suv = np.full(shape, under_hu, np.float32), np.full(shape, 0.3, np.float32)
    corners = [(axis.min() - EDGE_MM, axis.max() + EDGE_MM) for axis in (x, y, z)]
    for tissue in tissues:
        low, high = tissue.shape.bounds()
        if any(a > hi or b < lo for a, b, (lo, hi) in zip(low, high, corners, strict=True)):
            continue
        cover = np.clip(tissue.shape.depth_mm(px, py, pz) / EDGE_MM + 0.5, 0, 1)
        hu += cover * (np.float32(tissue.hu) - hu)
        suv += cover * (np.float32(tissue.suv) - suv)
    return hu, suv


def _all_tissues(build: Build = BUILD, uptake: Uptake = UPTAKE) -> list[Tissue]:
    return [
        *back_muscle_tissues(uptake),
        *neck_tissues(build, uptake),
        *mouth_tissues(uptake),
        *spine_tissues(build, uptake),
    ]


def _at(
    point: tuple[float, float, float], build: Build = BUILD, uptake: Uptake = UPTAKE
) -> tuple[float, float]:
    x, y, z = (np.array([value]) for value in point)
    hu, suv = _painted(_all_tissues(build, uptake), z, y, x)
    return float(hu[0, 0, 0]), float(suv[0, 0, 0])


def test_the_airway_is_one_from_nasopharynx_to_windpipe() -> None:
    z, y, x = (
        np.arange(-385.0, -140.0, 1.5),
        np.arange(-40.0, 40.0, 1.5),
        np.arange(-24.0, 25.0, 1.5),
    )
    hu, _ = _painted(_all_tissues(), z, y, x)
    parts, _ = ndimage.label(hu < -600)
    ends = [set(np.unique(parts[k])) - {0} for k in (0, -1)]
    assert len(ends[0] & ends[1]) == 1
    (air,) = ends[0] & ends[1]
    area = (parts == air).sum(axis=(1, 2)) * 1.5**2
    assert area.min() > 25
    # The glottis is its narrowest place.
    assert -268 < z[int(np.argmin(area))] < -255
    assert 150 < area[z < -300].mean() < 350


def test_epiglottis_and_sinuses_divide_the_air_of_the_throat() -> None:
    x = np.arange(-30.0, 30.5, 0.5)
    y = np.arange(-30.0, 12.5, 0.5)
    hu, _ = _painted(_all_tissues(), np.array([-221.0, -247.0]), y, x)
    _, count = ndimage.label(hu[0] < -500)
    assert count == 3, "two valleculae and the throat"
    _, count = ndimage.label(hu[1] < -500)
    assert count == 3, "the vestibule and two pyriform sinuses"
    leaf = hu[0][(y > -14) & (y < -4)][:, np.abs(x) < 1]
    assert leaf.max() > 30


def test_head_and_neck_outlines_join_without_a_gap() -> None:
    z, y, x = np.arange(-300.0, -200.0, 4.0), np.arange(-110.0, 110.0, 1.0), np.array([0.0])
    skin = [Tissue(solid, 10.0, 0.5) for solid in (*head.SKIN, *neck.SKIN)]
    hu, _ = _painted(skin, z, y, x, under_hu=-1000.0)
    for plane in hu[:, :, 0] > -500:
        assert ndimage.label(plane)[1] == 1
    front = np.array([y[np.argmax(plane)] for plane in hu[:, :, 0] > -500])
    at_chin, at_hyoid, at_larynx = (np.interp(level, z, front) for level in (-218, -244, -262))
    assert at_chin < at_hyoid - 15
    assert at_hyoid < at_larynx + 1


def test_fat_parts_the_layers_of_the_nape() -> None:
    y = np.arange(50.0, 84.0, 0.5)
    hu, _ = _painted(_all_tissues(), np.array([-222.0]), y, np.array([13.0]))
    muscle = hu[0, :, 0] > 20
    _, layers = ndimage.label(muscle)
    assert layers == 4, "multifidus, semispinalis, splenius and trapezius"
    assert hu[0, :, 0].min() < -60


@pytest.mark.parametrize("name", [*SITES, *LEVELS])
def test_a_lesion_finds_soft_tissue_at_its_seat(name: str) -> None:
    x, y, z = ({**SITES, **LEVELS})[name]
    around = np.arange(-8.0, 8.5, 1.0)
    hu, _ = _painted(_all_tissues(), z + around, y + around, x + around)
    radius2 = around[:, None, None] ** 2 + around[None, :, None] ** 2 + around**2
    ball = hu[radius2 <= 64]
    assert np.mean((ball > -250) & (ball < 230)) > 0.5


def test_vessels_brighten_with_contrast_and_the_right_jugular_is_wider() -> None:
    bright = replace(BUILD, contrast=True)
    for point in ((22.9, 4.0, -252.0), (32.0, 6.0, -246.0), (15.3, 24.0, -215.0)):
        assert _at(point)[0] == pytest.approx(44.0, abs=12)
        assert _at(point, bright)[0] > 120
    y, x = np.arange(-12.0, 20.0, 0.5), np.arange(-45.0, 45.5, 0.5)
    hu, _ = _painted(_all_tissues(bright), np.array([-250.0]), y, x)
    vein = np.abs(hu[0] - 155.0) < 8
    left, right = vein[:, x > 26].sum(), vein[:, x < -26].sum()
    assert right > 1.3 * left


def test_muscles_have_their_own_uptake_on_each_side() -> None:
    tense = replace(UPTAKE, neck_muscle=(3.0, 0.6), longus=(0.6, 2.5))
    assert _at((46.5, 2.0, -240.0), uptake=tense)[1] == pytest.approx(3.0, abs=0.2)
    assert _at((-46.5, 2.0, -240.0), uptake=tense)[1] == pytest.approx(0.6, abs=0.1)
    assert _at((-10.5, 11.6, -215.0), uptake=tense)[1] == pytest.approx(2.5, abs=0.3)
    assert _at((43.5, 46.0, -215.0), uptake=tense)[1] == pytest.approx(UPTAKE.muscle, abs=0.1)


def test_glands_have_their_hu() -> None:
    stout = replace(BUILD, fat_mm=14.0)
    parotid, thyroid = (56.0, 6.0, -172.0), (17.0, -9.0, -280.0)
    assert -30 < _at(parotid)[0] < 30
    assert _at(parotid, stout)[0] < _at(parotid)[0] - 15
    assert 80 < _at(thyroid)[0] < 120
    assert _at((36.0, -29.0, -213.0))[0] == pytest.approx(42.0, abs=10)


def test_the_spine_has_its_vertebrae_and_discs() -> None:
    levels = spine_levels(1.4)
    assert len(levels) == 24
    z = np.arange(-745.0, -168.0, 0.5)
    y = np.interp(z, [v.z for v in reversed(levels)], [v.y for v in reversed(levels)])
    tissues = spine_tissues(BUILD, UPTAKE)
    hu = np.array(
        [
            _painted(tissues, z[k : k + 1], y[k : k + 1], np.zeros(1))[0][0, 0, 0]
            for k in range(len(z))
        ]
    )
    _, bodies = ndimage.label(hu > 120)
    assert bodies == 23, "axis to the last of the loins"
    between = hu[(z > -700) & (z < -190)]
    assert 0.1 < np.mean(np.abs(between - 85) < 25) < 0.3
    assert hu[(z > -250)].max() > 250


def test_the_cord_lies_in_fluid_in_bone() -> None:
    levels = spine_levels(1.4)
    for level in (levels[3], levels[8]):
        row = [_at((x, level.canal_y, level.z)) for x in (0.0, 8.3)]
        assert row[0][0] == pytest.approx(38.0, abs=4)
        assert row[0][1] == pytest.approx(UPTAKE.cord, abs=0.1)
        assert row[1][0] < 25
        arch = np.arange(level.canal_y + 6.0, level.canal_y + 16.0, 0.5)
        hu, _ = _painted(_all_tissues(), np.array([level.z - 3.0]), arch, np.zeros(1))
        assert hu.max() > 400
    assert _at((0.0, levels[20].canal_y, levels[20].z))[0] < 20, "fluid alone below the cord"


def test_brown_fat_shows_about_the_suv_that_was_drawn() -> None:
    active = replace(UPTAKE, brown_fat=(6.0, 5.0))
    step = 2.0
    z, y, x = (np.arange(*ends, step) for ends in ((-345, -245), (-10, 80), (-130, 131)))
    hu, suv = _painted(brown_fat_tissues(active), z, y, x)
    seen = ndimage.gaussian_filter(suv, 6.5 / 2.3548 / step)
    assert seen[:, :, x > 0].max() == pytest.approx(6.0, rel=0.15)
    assert seen[:, :, x < 0].max() == pytest.approx(5.0, rel=0.15)
    assert -110 < np.median(hu[suv > 4.0]) < -60
    _, lumps = ndimage.label(suv[:, :, x > 0] > 3.0)
    assert lumps >= 4
    assert brown_fat_tissues(UPTAKE) == []
