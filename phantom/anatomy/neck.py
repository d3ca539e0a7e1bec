"""Tongue, tonsils, glands, airway, larynx, muscles, vessels and the spine of the neck."""

from phantom.anatomy.build import Build
from phantom.anatomy.tissue import AIR_HU, MUSCLE_HU, SOFT_HU, Tissue, both, flat, line, rods
from phantom.anatomy.uptake import Uptake
from phantom.shapes import Ellipsoid, Loft, Shape, rod

NECK = Loft(
    (
        (-325.0, 24.0, 95.0, 66.0),
        (-300.0, 25.0, 78.0, 62.0),
        (-280.0, 22.0, 64.0, 58.0),
        (-240.0, 20.0, 59.0, 56.0),
        (-200.0, 24.0, 60.0, 56.0),
        (-150.0, 32.0, 64.0, 56.0),
        (-110.0, 36.0, 62.0, 54.0),
    )
)
SLOPE = ((36.0, 48.0, -240.0), (75.0, 48.0, -284.0), (130.0, 42.0, -325.0))
_SLOPES = rod(SLOPE, (18.0, 22.0, 28.0))
SKIN: tuple[Shape, ...] = (NECK, *_SLOPES, *(part.mirrored() for part in _SLOPES))
"""Solids whose union is the neck with its skin."""

AIRWAY = Loft(
    (
        (-392.0, 16.0, 9.0, 9.0),
        (-330.0, 2.0, 9.0, 9.0),
        (-280.0, -12.0, 8.0, 9.0),
        (-268.0, -14.0, 6.0, 9.0),
        (-262.0, -14.0, 3.0, 9.0),
        (-254.0, -12.0, 7.0, 9.0),
        (-238.0, -6.0, 12.0, 8.0),
        (-215.0, -1.0, 13.0, 7.0),
        (-185.0, 0.0, 11.0, 7.5),
        (-170.0, -2.0, 11.0, 7.0),
        (-150.0, -10.0, 13.0, 10.0),
        (-134.0, -14.0, 11.0, 7.0),
    )
)


def neck_tissues(build: Build, uptake: Uptake) -> list[Tissue]:
    """Return the tissues between skull base and shoulders, the airway last."""
    return flat(
        (
            _muscles(uptake),
            _vessels(build, uptake),
            _mouth(uptake),
            _glands(build, uptake),
            _larynx(uptake),
            _airway(uptake),
        )
    )


def _muscles(uptake: Uptake) -> list[Tissue]:
    muscle, active = uptake.muscle, uptake.neck_muscle
    deep = Loft(
        (
            (-330.0, 62.0, 26.0, 20.0),
            (-250.0, 56.0, 21.0, 18.0),
            (-190.0, 58.0, 23.0, 19.0),
            (-146.0, 62.0, 22.0, 14.0),
        ),
        centre_x_mm=23.0,
    )
    sternal = ((57.0, 22.0, -146.0), (50.0, 6.0, -215.0), (22.0, -18.0, -312.0))
    trapezius = ((13.0, 76.0, -170.0), (40.0, 55.0, -255.0), (125.0, 46.0, -315.0))
    levator = ((37.0, 34.0, -165.0), (48.0, 46.0, -240.0), (64.0, 56.0, -305.0))
    scalenes = ((26.0, 22.0, -195.0), (34.0, 20.0, -250.0), (50.0, 18.0, -315.0))
    return flat(
        (
            both(deep, MUSCLE_HU, muscle),
            rods(sternal, (8.0, 10.0, 8.0), MUSCLE_HU, active),
            rods(trapezius, (6.0, 8.0, 11.0), MUSCLE_HU, muscle),
            rods(levator, (8.0, 8.0, 9.0), MUSCLE_HU, muscle),
            rods(scalenes, (6.0, 8.0, 9.0), MUSCLE_HU, active),
            rods(((8.0, 12.0, -150.0), (9.0, 12.0, -310.0)), (5.0, 5.0), MUSCLE_HU, muscle),
            rods(((10.0, -30.0, -236.0), (9.0, -24.0, -315.0)), (5.0, 5.0), MUSCLE_HU, muscle),
        )
    )


def _vessels(build: Build, uptake: Uptake) -> list[Tissue]:
    hu = 165.0 if build.contrast else 44.0
    carotid = ((25.0, 6.0, -140.0), (27.0, 4.0, -215.0), (20.0, 6.0, -320.0), (14.0, 4.0, -350.0))
    jugular = ((33.0, 12.0, -145.0), (36.0, 9.0, -215.0), (29.0, 8.0, -320.0), (16.0, 0.0, -350.0))
    return flat(
        (
            rods(jugular, (5.0, 6.0, 6.5, 7.0), hu, uptake.blood),
            rods(carotid, (3.0, 4.0, 4.0, 5.0), hu, uptake.blood),
        )
    )


def _mouth(uptake: Uptake) -> list[Tissue]:
    tonsil = Ellipsoid((17.5, -5.0, -188.0), (7.0, 9.0, 13.0))
    return flat(
        (
            [
                Tissue(
                    Ellipsoid((0.0, -50.0, -212.0), (28.0, 31.0, 9.0)), MUSCLE_HU, uptake.muscle
                ),
                Tissue(Ellipsoid((0.0, -45.0, -192.0), (25.0, 36.0, 25.0)), 50.0, uptake.tongue),
                Tissue(Ellipsoid((0.0, -48.0, -167.0), (15.0, 24.0, 1.8)), AIR_HU, 0.2),
                Tissue(
                    Ellipsoid((0.0, -15.0, -204.0), (16.0, 6.0, 13.0)),
                    SOFT_HU,
                    uptake.lingual_tonsil,
                ),
                Tissue(
                    Ellipsoid((0.0, -17.0, -169.0), (15.0, 14.0, 4.5)), SOFT_HU, uptake.soft_palate
                ),
            ],
            rods(
                ((5.0, -72.0, -205.0), (19.0, -45.0, -207.0)), (4.0, 5.5), 30.0, uptake.sublingual
            ),
            both(Ellipsoid((20.0, -4.0, -190.0), (9.0, 12.0, 22.0)), SOFT_HU, 1.4),
            both(tonsil, SOFT_HU, uptake.tonsil),
        )
    )


def _glands(build: Build, uptake: Uptake) -> list[Tissue]:
    parotid_hu = -5.0 - 1.5 * (build.fat_mm - 7.0)
    thyroid_hu = 170.0 if build.contrast else 100.0
    return flat(
        (
            both(Ellipsoid((54.0, 4.0, -168.0), (11.0, 17.0, 25.0)), parotid_hu, uptake.parotid),
            both(Ellipsoid((34.0, -32.0, -212.0), (9.0, 15.0, 14.0)), 42.0, uptake.submandibular),
            both(Ellipsoid((16.0, -12.0, -288.0), (8.0, 10.0, 20.0)), thyroid_hu, uptake.thyroid),
            line(
                ((-12.0, -22.0, -292.0), (12.0, -22.0, -292.0)),
                (3.5, 3.5),
                thyroid_hu,
                uptake.thyroid,
            ),
        )
    )


def _larynx(uptake: Uptake) -> list[Tissue]:
    upper = ((19.0, 2.0, -247.0), (2.0, -29.0, -250.0))
    lower = ((18.0, 2.0, -263.0), (2.0, -29.0, -261.0))
    cricoid = ((0.0, 4.0, -274.0), (12.0, -8.0, -275.0), (0.0, -26.0, -277.0))
    hyoid = ((20.0, -6.0, -226.0), (14.0, -27.0, -230.0), (0.0, -33.0, -231.0))
    horn = ((19.0, 4.0, -234.0), (19.0, 4.0, -270.0))
    return flat(
        (
            [Tissue(Ellipsoid((0.0, -10.0, -256.0), (21.0, 22.0, 28.0)), MUSCLE_HU, 1.0)],
            rods(upper, (3.0, 3.0), 130.0, 0.7),
            rods(lower, (3.0, 3.0), 130.0, 0.7),
            rods(horn, (2.5, 2.5), 150.0, 0.7),
            rods(hyoid, (2.5, 3.5, 4.0), 450.0, 0.8),
            rods(cricoid, (4.5, 3.5, 3.0), 140.0, 0.7),
            both(Ellipsoid((5.5, -14.0, -262.0), (4.0, 10.0, 4.5)), MUSCLE_HU, uptake.cords),
        )
    )


def _airway(uptake: Uptake) -> list[Tissue]:
    epiglottis = ((0.0, -9.0, -218.0), (0.0, -16.0, -240.0))
    return [
        Tissue(AIRWAY.grown(4.5), SOFT_HU, 1.2),
        Tissue(AIRWAY, AIR_HU, 0.15),
        *both(Ellipsoid((13.0, 2.0, -245.0), (4.0, 5.0, 9.0)), AIR_HU, 0.2),
        *line(epiglottis, (2.5, 2.0), SOFT_HU, 1.3),
        Tissue(Ellipsoid((0.0, -2.0, -176.0), (6.0, 6.0, 7.0)), SOFT_HU, uptake.soft_palate),
    ]
