"""The belly: diaphragm, fat, solid organs, stomach, great vessels."""

from phantom.anatomy.bowel import bowel_tissues
from phantom.anatomy.build import Build
from phantom.anatomy.chest import blood_hu
from phantom.anatomy.kidneys import kidney_tissues
from phantom.anatomy.tissue import AIR_HU, FAT_HU, MUSCLE_HU, SOFT_HU, Tissue, both, flat
from phantom.anatomy.tubes import bend, filled, narrowed, paired
from phantom.anatomy.uptake import Uptake
from phantom.anatomy.wall import BELLY
from phantom.geometry.combine import Common, Inset, Union, Without
from phantom.geometry.shapes import Ellipsoid, Shape, Strand

_RIGHT_DOME = Ellipsoid((-64.0, 4.0, -580.0), (66.0, 82.0, 88.0))
_LEFT_DOME = Ellipsoid((62.0, 6.0, -590.0), (66.0, 80.0, 82.0))
_MIDDLE_DOME = Ellipsoid((0.0, -8.0, -590.0), (96.0, 64.0, 68.0))
_DOMES: tuple[Shape, ...] = (_RIGHT_DOME, _LEFT_DOME, _MIDDLE_DOME)
_ROOM = Union((Inset(_RIGHT_DOME, 4.0), Inset(_MIDDLE_DOME, 4.0), Inset(BELLY, 3.0)))
_LIVER = Strand(
    (
        (-680.0, -106.0, 4.0, 6.0, 14.0, 0.0),
        (-660.0, -102.0, 4.0, 20.0, 40.0, -4.0),
        (-630.0, -88.0, 0.0, 42.0, 60.0, -8.0),
        (-600.0, -78.0, 0.0, 54.0, 72.0, -12.0),
        (-570.0, -70.0, -4.0, 66.0, 74.0, -14.0),
        (-540.0, -66.0, -4.0, 70.0, 74.0, -12.0),
        (-510.0, -60.0, -2.0, 68.0, 70.0, -8.0),
        (-486.0, -56.0, 0.0, 60.0, 60.0, 0.0),
    )
)
_LEFT_LOBE = Ellipsoid((0.0, -48.0, -560.0), (72.0, 30.0, 38.0), (0.0, -16.0, 6.0))


def cavity_tissues(uptake: Uptake) -> list[Tissue]:
    """Return the diaphragm and the fat of the belly, before bones and organs are painted."""
    return [
        *filled(_DOMES, MUSCLE_HU, uptake.muscle),
        *(Tissue(Inset(dome, 3.5), FAT_HU, uptake.fat) for dome in _DOMES),
        Tissue(BELLY, FAT_HU, uptake.fat),
    ]


def belly_tissues(build: Build, uptake: Uptake) -> list[Tissue]:
    """Return what lies below the diaphragm and above the pelvis."""
    return flat(
        (
            _psoas(uptake.muscle),
            _stomach(uptake),
            _liver(build, uptake),
            _spleen_and_pancreas(build, uptake),
            kidney_tissues(build, uptake),
            bowel_tissues(build, uptake),
            _great_vessels(build, uptake),
        )
    )


def _psoas(muscle: float) -> list[Tissue]:
    psoas = Strand(
        (
            (-935.0, 108.0, 0.0, 11.0, 11.0, 0.0),
            (-890.0, 96.0, -28.0, 17.0, 13.0, 0.0),
            (-840.0, 84.0, -28.0, 19.0, 15.0, 0.0),
            (-780.0, 64.0, 0.0, 18.0, 19.0, 0.0),
            (-710.0, 46.0, 28.0, 19.0, 22.0, 10.0),
            (-640.0, 35.0, 40.0, 14.0, 18.0, 20.0),
            (-580.0, 26.0, 48.0, 6.0, 10.0, 20.0),
        )
    )
    quadratus = Ellipsoid((72.0, 66.0, -655.0), (24.0, 9.0, 62.0), (0.0, 0.0, 8.0))
    crus = ((14.0, 38.0, -640.0), (14.0, 34.0, -585.0), (20.0, 14.0, -550.0))
    return flat(
        (
            both(quadratus, MUSCLE_HU, muscle),
            both(psoas, MUSCLE_HU, muscle),
            paired(crus, (4.0, 4.5, 4.0), MUSCLE_HU, muscle),
        )
    )


def _liver(build: Build, uptake: Uptake) -> list[Tissue]:
    liver_hu, blood = (105.0, 150.0) if build.contrast else (60.0, 42.0)
    suv = uptake.liver
    bodies = tuple(Common((body, _ROOM)) for body in (_LIVER, _LEFT_LOBE))
    portal = ((-12.0, -8.0, -602.0), (-36.0, -12.0, -582.0), (-72.0, -8.0, -570.0))
    veins = (
        ((-18.0, 16.0, -520.0), (-50.0, -6.0, -535.0), (-92.0, -18.0, -565.0)),
        ((-18.0, 14.0, -520.0), (-34.0, -24.0, -535.0), (-46.0, -56.0, -560.0)),
        ((-16.0, 12.0, -520.0), (4.0, -26.0, -538.0), (26.0, -44.0, -552.0)),
        ((-72.0, -8.0, -570.0), (-92.0, 14.0, -590.0), (-106.0, 26.0, -615.0)),
        (portal[1], (-24.0, -36.0, -570.0), (10.0, -48.0, -562.0)),
    )
    hilum = ((-10.0, -14.0, -612.0), (-34.0, -18.0, -594.0), (-58.0, -16.0, -586.0))
    fissure = ((-14.0, -76.0, -590.0), (-16.0, -52.0, -586.0), (-18.0, -30.0, -592.0))
    bladder = Ellipsoid((-58.0, -50.0, -636.0), (14.0, 17.0, 29.0), (25.0, 12.0, 0.0))
    return flat(
        (
            filled(bodies, liver_hu, suv),
            filled(bend(hilum, (9.0, 8.0, 4.0)), FAT_HU + 30.0, 0.6),
            filled(bend(fissure, (5.0, 3.0, 2.0)), FAT_HU, 0.6),
            *(filled(bend(vein, (5.0, 4.0, 2.5)), blood, 0.9 * suv) for vein in veins),
            filled(bend(portal, (7.5, 7.0, 5.0)), blood, uptake.blood),
            [Tissue(bladder, 35.0, 1.2), Tissue(Inset(bladder, 3.0), 8.0, 0.5)],
        )
    )


def _stomach(uptake: Uptake) -> list[Tissue]:
    path = (
        (62.0, 14.0, -552.0),
        (72.0, 2.0, -572.0),
        (66.0, -26.0, -606.0),
        (42.0, -48.0, -642.0),
        (8.0, -50.0, -652.0),
        (-20.0, -36.0, -638.0),
    )
    pouch = bend(path, (37.0, 38.0, 30.0, 24.0, 20.0, 13.0), step_mm=14.0)
    inside = narrowed(pouch, 5.0)
    bubble = Ellipsoid((64.0, -42.0, -600.0), (44.0, 24.0, 50.0))
    fold = Ellipsoid((52.0, 4.0, -585.0), (8.0, 22.0, 30.0), (0.0, 20.0, 20.0))
    return [
        *filled(pouch, SOFT_HU, 0.7 * uptake.bowel + 0.8),
        *filled(inside, 20.0, 0.8),
        Tissue(fold, 45.0, 1.2),
        *filled(tuple(Common((part, bubble)) for part in inside), AIR_HU + 30.0, 0.2),
    ]


def _spleen_and_pancreas(build: Build, uptake: Uptake) -> list[Tissue]:
    bright = 60.0 if build.contrast else 0.0
    spleen = Without(
        Ellipsoid((99.0, 38.0, -578.0), (28.0, 42.0, 54.0), (18.0, -12.0, 14.0)),
        Ellipsoid((68.0, 22.0, -584.0), (30.0, 32.0, 50.0)),
    )
    pancreas = (
        (-26.0, -8.0, -662.0),
        (-18.0, -12.0, -644.0),
        (6.0, -16.0, -632.0),
        (36.0, 0.0, -618.0),
        (74.0, 26.0, -600.0),
    )
    vein = ((-8.0, -4.0, -625.0), (36.0, 8.0, -615.0), (78.0, 32.0, -592.0))
    adrenal = ((36.0, 36.0, -566.0), (33.0, 24.0, -556.0), (42.0, 36.0, -550.0))
    return flat(
        (
            [Tissue(spleen, 50.0 + bright, uptake.spleen)],
            filled(bend(pancreas, (13.0, 13.0, 9.0, 9.0, 8.0)), 38.0 + 0.8 * bright, 1.4),
            filled(bend(vein, (5.0, 4.5, 4.0)), blood_hu(build), uptake.blood),
            paired(adrenal, (3.0,), 30.0, 1.6),
        )
    )


def _great_vessels(build: Build, uptake: Uptake) -> list[Tissue]:
    hu, suv = blood_hu(build), uptake.blood
    aorta = ((8.0, 30.0, -568.0), (5.0, 20.0, -600.0), (4.0, 8.0, -705.0))
    cava = (
        (-24.0, -2.0, -500.0),
        (-22.0, 12.0, -540.0),
        (-20.0, 16.0, -600.0),
        (-16.0, 10.0, -712.0),
    )
    mesenteric = ((4.0, 8.0, -615.0), (3.0, -12.0, -640.0), (-8.0, -34.0, -740.0))
    iliac = (
        (7.0, 8.0, -704.0),
        (30.0, 22.0, -750.0),
        (54.0, 0.0, -800.0),
        (72.0, -38.0, -862.0),
        (80.0, -62.0, -905.0),
        (82.0, -52.0, -1000.0),
        (76.0, -8.0, -1250.0),
    )
    iliac_vein = tuple((x + 1.0 - 0.12 * x, y + 11.0, z) for x, y, z in iliac)
    inner = ((40.0, 16.0, -770.0), (50.0, 46.0, -820.0))
    left_renal = ((-14.0, 12.0, -616.0), (8.0, 8.0, -614.0), (46.0, 32.0, -606.0))
    right_renal = ((-18.0, 14.0, -622.0), (-48.0, 34.0, -622.0))
    single = (
        (aorta, (10.5, 10.0, 9.0)),
        (cava, (11.0, 12.0, 12.0, 10.5)),
        (mesenteric, (4.0, 3.5, 2.0)),
        (left_renal, (4.0,)),
        (right_renal, (4.5,)),
    )
    return flat(
        (
            *(filled(bend(path, radii), hu, suv) for path, radii in single),
            paired(iliac, (6.5, 6.0, 5.0, 5.0, 4.5, 4.0, 3.0), hu, suv),
            paired(iliac_vein, (7.5, 7.0, 6.0, 6.0, 6.0, 5.0, 3.0), hu, suv),
            paired(inner, (4.5, 3.0), hu, suv),
        )
    )
