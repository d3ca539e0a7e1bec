from functools import cache

import numpy as np
import pytest

from phantom.anatomy import teeth
from phantom.anatomy.brain import CEREBRUM
from phantom.anatomy.jaw import MANDIBLE
from phantom.anatomy.mouth import mouth_tissues
from phantom.anatomy.skull import INNER, OUTER
from phantom.anatomy.tissue import AIR_HU, FAT_HU, MUSCLE_HU, Tissue
from phantom.anatomy.uptake import Uptake
from phantom.anatomy.whole_head import head_tissues
from phantom.geometry.shapes import Point, Shape
from phantom.geometry.solids import Hull, Wall

AXIS = np.arange(-30, 31, dtype=np.float32)


@cache
def _uptake() -> Uptake:
    return Uptake.draw(np.random.default_rng(4), age=60.0, male=True)


@cache
def _tissues() -> list[Tissue]:
    return [*head_tissues(_uptake()), *mouth_tissues(_uptake())]


def _depth(shape: Shape, point: Point) -> float:
    x, y, z = (np.full((1, 1, 1), c, dtype=np.float32) for c in point)
    return float(shape.depth_mm(x, y, z)[0, 0, 0])


def _seen(point: Point) -> tuple[float, float]:
    """Paint one point as the canvas does; return HU and SUV, over fat."""
    hu, suv = FAT_HU, 0.3
    for tissue in _tissues():
        low, high = tissue.shape.bounds()
        if all(a - 2 <= c <= b + 2 for a, c, b in zip(low, point, high, strict=True)):
            cover = float(np.clip(_depth(tissue.shape, point) / 2 + 0.5, 0, 1))
            hu, suv = hu + cover * (tissue.hu - hu), suv + cover * (tissue.suv - suv)
    return hu, suv


@pytest.mark.parametrize(
    ("point", "low", "high"),
    [
        ((26.0, 10.0, -60.0), 26.0, 30.0),  # white matter
        ((13.0, 25.0, -73.0), 5.0, 12.0),  # lateral ventricle
        ((31.5, -70.0, -112.0), 5.0, 12.0),  # vitreous
        ((32.5, -80.4, -111.5), 80.0, 110.0),  # lens
        ((30.0, -52.0, -116.0), -110.0, -60.0),  # fat between the eye's muscles
        ((27.0, -58.0, -145.0), AIR_HU, -950.0),  # maxillary sinus
        ((6.0, -30.0, -120.0), AIR_HU, -950.0),  # sphenoid sinus
        ((11.0, -79.0, -93.0), AIR_HU, -900.0),  # frontal sinus
        ((4.0, -50.0, -154.0), AIR_HU, -700.0),  # nasal meatus
        ((5.8, -22.0, -147.0), AIR_HU, -950.0),  # choana
        ((65.0, 5.0, -129.0), AIR_HU, -900.0),  # ear canal
        ((38.0, 12.0, -124.0), 1200.0, 2000.0),  # labyrinth's capsule
        ((52.0, -1.0, -130.0), 600.0, 1400.0),  # mandible's head
        ((31.5, -56.0, -205.0), 150.0, 300.0),  # mandible's marrow
        ((58.5, -25.0, -175.0), MUSCLE_HU - 3, MUSCLE_HU + 3),  # masseter
        ((29.0, -6.0, -172.0), FAT_HU - 1, FAT_HU + 1),  # parapharyngeal fat
        ((10.0, -45.0, -190.0), 40.0, 62.0),  # tongue
        ((0.0, 55.0, -130.0), 15.0, 40.0),  # cerebellum
    ],
)
def test_a_point_has_the_hu_of_its_structure(point: Point, low: float, high: float) -> None:
    for side in (1.0, -1.0):
        hu, _ = _seen((side * point[0], point[1], point[2]))
        assert low <= hu <= high


def test_the_brain_glows_as_it_should() -> None:
    brain = _uptake().brain
    white = _seen((26.0, 10.0, -60.0))[1]
    putamen = _seen((27.5, -4.5, -90.5))[1]
    cerebellum = _seen((30.0, 66.0, -128.0))[1]
    assert white < 0.5 * brain
    assert putamen > 1.3 * brain
    assert cerebellum == pytest.approx(brain, rel=0.25)
    assert _seen((13.0, 25.0, -73.0))[1] < 1.5


def test_the_tonsils_have_each_sides_uptake() -> None:
    left, right = (_seen((side * 18.0, -5.0, -189.0))[1] for side in (1.0, -1.0))
    assert (left, right) == pytest.approx(_uptake().tonsil, rel=0.02)


def test_the_cortex_is_folded() -> None:
    y, z = np.meshgrid(np.arange(-70, 85, 2.0), np.arange(-95, -20, 2.0))
    x = np.full_like(y, 45.0)
    volumes = tuple(c.astype(np.float32)[:, None, :] for c in (x, y, z))
    smooth, folded = CEREBRUM.brain.depth_mm(*volumes), CEREBRUM.depth_mm(*volumes)
    band = (smooth > 3) & (smooth < 14)
    assert 0.1 < (folded[band] < 1).mean() < 0.4
    assert (folded[band] > 3.5).mean() > 0.15


def test_the_vault_is_four_to_nine_millimetres_thick() -> None:
    for point in ((0.0, 5.0, 0.0), (1.0, 5.0, -60.0), (0.0, 1.0, -75.0), (0.0, -1.0, -75.0)):
        direction = np.array(point) - (0.0, 5.0, -80.0)
        direction /= np.linalg.norm(direction)
        way = np.arange(40.0, 110.0, 0.25)
        places = [(r * direction + (0.0, 5.0, -80.0)).tolist() for r in way]
        wall = [_depth(OUTER, p) > 0 >= _depth(INNER, p) for p in places]
        assert 4.0 <= 0.25 * sum(wall) <= 9.0


def test_teeth_stand_apart_in_their_arcs() -> None:
    for row in (teeth.UPPER_MM, teeth.LOWER_MM):
        assert len(row) == 7
        assert all(x > 0 for x, _, _ in row)
        gaps = np.linalg.norm(np.diff(np.array(row), axis=0), axis=1)
        assert (gaps > 4.5).all()
        assert (gaps < 12).all()
        assert all(_seen(place)[0] > 1500 for place in row)
    assert all(up[2] - low[2] > 8 for up, low in zip(teeth.UPPER_MM, teeth.LOWER_MM, strict=True))


def test_lower_roots_end_in_the_mandible() -> None:
    for x, y, z in teeth.LOWER_MM:
        assert _depth(MANDIBLE, (x, y, z - 12)) > -3


@pytest.mark.parametrize(
    ("shape", "volume_mm3"),
    [
        (Hull(tuple((x, y, z) for x in (-5, 9) for y in (-3, 8) for z in (-10, 6))), 14 * 11 * 16),
        (Wall(((-10.0, 0.0, -5.5, 5.5, 4.0), (10.0, 0.0, -5.5, 5.5, 4.0))), 11 * (160 + 50.3)),
    ],
)
def test_solids_have_their_volume_and_mirror_image(shape: Shape, volume_mm3: float) -> None:
    x = np.broadcast_to(AXIS[None, None, :], (61, 61, 61)).copy()
    y = np.broadcast_to(AXIS[None, :, None], (61, 61, 61)).copy()
    z = AXIS[:, None, None]
    depth = shape.depth_mm(x, y, z)
    cover = np.clip(depth + 0.5, 0, 1)
    assert cover.sum() == pytest.approx(volume_mm3, rel=0.06)
    mirror = shape.mirrored().depth_mm(x, y, z)
    np.testing.assert_allclose(mirror, depth[:, :, ::-1], atol=1e-3)
