"""The bones of the pelvis, the sacrum, the hips and the thigh bones."""

from phantom.anatomy.tissue import BONE_HU, FAT_HU, MUSCLE_HU, Tissue, both, flat
from phantom.anatomy.tubes import Points, bend, filled, mirrored, narrowed, paired
from phantom.anatomy.uptake import Uptake
from phantom.geometry.combine import Common, Inset, Shell, Without
from phantom.geometry.shapes import Ellipsoid, Loft

_WING_SURFACE = Ellipsoid((50.0, -38.0, -708.0), (84.0, 118.0, 185.0))
_WING_REGION = Ellipsoid((92.0, 18.0, -770.0), (80.0, 74.0, 80.0), (-12.0, 0.0, 0.0))
WING = Common((Shell(_WING_SURFACE, 8.0), _WING_REGION))
_WING_MARROW = Common((Shell(Inset(_WING_SURFACE, 2.8), 3.0), Inset(_WING_REGION, 4.0)))
_HIP = (92.0, 0.0, -872.0)
_SACRUM = Loft(
    (
        (-852.0, 84.0, 14.0, 6.0),
        (-825.0, 86.0, 26.0, 9.0),
        (-795.0, 78.0, 40.0, 14.0),
        (-768.0, 66.0, 52.0, 20.0),
        (-745.0, 54.0, 54.0, 20.0),
        (-738.0, 48.0, 40.0, 17.0),
    ),
    squareness=0.3,
)
_CREST: Points = (
    (124.0, -46.0, -752.0),
    (134.0, -22.0, -722.0),
    (131.0, 8.0, -702.0),
    (116.0, 40.0, -702.0),
    (90.0, 64.0, -718.0),
    (58.0, 82.0, -745.0),
)


def pelvis_tissues(uptake: Uptake) -> list[Tissue]:
    """Return sacrum, hip bones and thigh bones."""
    marrow = uptake.marrow
    return flat(
        (
            _wings(marrow),
            _sacrum(marrow),
            _girdle(0.7 * marrow),
            _socket(0.7 * marrow),
            _femur(0.6 * marrow),
        )
    )


def pelvis_muscle_tissues(uptake: Uptake) -> list[Tissue]:
    """Return the muscles that line the pelvis."""
    muscle = uptake.muscle
    iliacus = Common(
        (
            Shell(Inset(_WING_SURFACE, 9.5), 13.0),
            Ellipsoid((96.0, 0.0, -775.0), (60.0, 52.0, 70.0), (-12.0, 0.0, 0.0)),
        )
    )
    obturator = Ellipsoid((62.0, -4.0, -898.0), (8.0, 34.0, 32.0), (0.0, 12.0, 8.0))
    levator = ((8.0, 56.0, -905.0), (34.0, 30.0, -900.0), (48.0, 4.0, -890.0))
    return flat(
        (
            both(iliacus, MUSCLE_HU, muscle),
            both(obturator, MUSCLE_HU, muscle),
            paired(levator, (4.0,), MUSCLE_HU, muscle),
        )
    )


def _wings(marrow: float) -> list[Tissue]:
    back = Ellipsoid((50.0, 78.0, -758.0), (9.0, 20.0, 30.0), (0.0, 0.0, 40.0))
    pillar = ((92.0, 14.0, -842.0), (76.0, 42.0, -800.0), (58.0, 66.0, -768.0))
    front = ((100.0, -16.0, -838.0), (116.0, -40.0, -800.0), (124.0, -46.0, -754.0))
    return flat(
        (
            both(WING, 560.0, 0.8 * marrow),
            paired(pillar, (13.0, 9.0, 7.0), 420.0, marrow),
            paired(front, (9.0, 5.0, 5.0), 450.0, marrow),
            both(back, 430.0, marrow),
            paired(_CREST, (5.0, 6.0, 6.0, 6.0, 6.0, 6.5), 430.0, marrow),
            both(_WING_MARROW, 200.0, marrow),
        )
    )


def _sacrum(marrow: float) -> list[Tissue]:
    canal = ((0.0, 84.0, -738.0), (0.0, 92.0, -775.0), (0.0, 92.0, -815.0))
    crest = ((0.0, 100.0, -748.0), (0.0, 106.0, -780.0), (0.0, 98.0, -825.0))
    tail = ((0.0, 84.0, -848.0), (0.0, 80.0, -868.0), (0.0, 70.0, -882.0))
    holes = ((20.0, 70.0, -758.0), (18.0, 80.0, -780.0), (16.0, 85.0, -800.0), (13.0, 88.0, -818.0))
    gap = Ellipsoid((53.0, 66.0, -775.0), (1.6, 22.0, 34.0), (0.0, -12.0, 38.0))
    return flat(
        (
            [Tissue(_SACRUM, 420.0, 0.8 * marrow), Tissue(_SACRUM.grown(-3.5), 170.0, marrow)],
            filled(bend(crest, (7.0, 7.0, 4.0)), 380.0, 0.8 * marrow),
            filled(bend(canal, (8.0, 6.0, 3.0)), 5.0, 0.7),
            filled(bend(tail, (6.0, 5.0, 3.5)), 300.0, 0.8 * marrow),
            *(both(Ellipsoid(hole, (4.5, 5.0, 4.0)), FAT_HU + 30.0, 0.6) for hole in holes),
            both(gap, 120.0, 0.8 * marrow),
        )
    )


def _girdle(marrow: float) -> list[Tissue]:
    upper = ((80.0, -16.0, -862.0), (44.0, -46.0, -872.0), (10.0, -58.0, -884.0))
    body = ((11.0, -58.0, -884.0), (11.0, -54.0, -902.0))
    lower = ((12.0, -54.0, -902.0), (32.0, -28.0, -922.0), (54.0, 18.0, -940.0))
    seat = ((84.0, 20.0, -880.0), (72.0, 36.0, -912.0), (60.0, 34.0, -938.0))
    spine = ((78.0, 30.0, -872.0), (54.0, 46.0, -876.0))
    shapes = (
        *bend(upper, (10.0, 7.0, 8.0)),
        *bend(body, (8.5, 8.0)),
        *bend(lower, (6.5, 5.0, 8.0)),
        *bend(seat, (14.0, 12.0, 13.0)),
        *bend(spine, (6.0, 2.5)),
    )
    sides = (*shapes, *mirrored(shapes))
    return [
        *filled(sides, 520.0, 0.8 * marrow),
        *filled(narrowed(sides, 3.0), 210.0, marrow),
        Tissue(Ellipsoid((0.0, -58.0, -892.0), (2.5, 8.0, 16.0)), 110.0, 0.8),
    ]


def _socket(marrow: float) -> list[Tissue]:
    x, y, z = _HIP
    cup = Without(
        Shell(Ellipsoid(_HIP, (36.0, 36.0, 35.0)), 8.0),
        Ellipsoid((x + 40.0, y - 10.0, z - 22.0), (42.0, 44.0, 40.0)),
    )
    return [
        *both(Ellipsoid(_HIP, (31.0, 31.0, 30.0)), 40.0, 0.8),
        *both(cup, 500.0, marrow),
    ]


def _femur(marrow: float) -> list[Tissue]:
    neck = ((92.0, 0.0, -872.0), (114.0, 6.0, -894.0), (124.0, 8.0, -908.0))
    shaft = (
        (124.0, 8.0, -908.0),
        (121.0, 8.0, -950.0),
        (116.0, 2.0, -1050.0),
        (104.0, 4.0, -1255.0),
    )
    trochanter = Ellipsoid((131.0, 14.0, -900.0), (14.0, 18.0, 23.0), (0.0, -14.0, 0.0))
    lesser = Ellipsoid((110.0, 20.0, -938.0), (10.0, 10.0, 12.0))
    bone = bend(shaft, (20.0, 16.0, 14.5, 15.5), step_mm=30.0)
    sides = (*bone, *mirrored(bone))
    return flat(
        (
            both(Ellipsoid(_HIP, (25.5, 25.5, 25.5)), 560.0, marrow),
            paired(neck, (17.0, 16.0, 19.0), 560.0, marrow),
            both(trochanter, 460.0, marrow),
            both(lesser, 500.0, marrow),
            filled(sides, BONE_HU, 0.4),
            both(Ellipsoid(_HIP, (22.5, 22.5, 22.5)), 300.0, marrow),
            paired(neck, (13.5, 12.5, 15.0), 230.0, marrow),
            both(Inset(trochanter, 3.5), 160.0, marrow),
            filled(narrowed(sides, 6.5), -10.0, 0.5 * marrow),
        )
    )
