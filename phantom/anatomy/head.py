"""Skull, brain, face bones, sinuses and orbits."""

from phantom.anatomy.tissue import (
    AIR_HU,
    BONE_HU,
    FAT_HU,
    MARROW_HU,
    MUSCLE_HU,
    SOFT_HU,
    TOOTH_HU,
    Tissue,
    both,
    flat,
    line,
    rods,
)
from phantom.anatomy.uptake import Uptake
from phantom.combine import Clipped, Shell
from phantom.shapes import Ellipsoid, Loft, Shape

CRANIUM = Ellipsoid((0.0, 5.0, -82.0), (76.0, 96.0, 82.0))
FACE = Loft(
    (
        (-237.0, -52.0, 16.0, 20.0),
        (-228.0, -49.0, 32.0, 36.0),
        (-205.0, -44.0, 51.0, 49.0),
        (-170.0, -40.0, 63.0, 55.0),
        (-130.0, -40.0, 68.0, 57.0),
        (-80.0, -36.0, 70.0, 54.0),
    ),
    squareness=0.5,
)
NOSE = Ellipsoid((0.0, -97.0, -142.0), (13.0, 16.0, 24.0))
EAR = Ellipsoid((76.0, 12.0, -125.0), (6.0, 14.0, 28.0))
SKIN: tuple[Shape, ...] = (CRANIUM, FACE, NOSE, EAR, EAR.mirrored())
"""Solids whose union is the head with its skin."""

SKULL = Ellipsoid((0.0, 5.0, -82.0), (70.0, 90.0, 76.0))
BRAIN = Ellipsoid((0.0, 5.0, -82.0), (62.5, 82.5, 68.5))
UPPER_ARC = ((25.0, -44.0, -170.0), (17.0, -72.0, -170.0), (0.0, -82.0, -170.0))
MANDIBLE = (
    (47.0, -20.0, -198.0),
    (31.0, -62.0, -211.0),
    (14.0, -82.0, -216.0),
    (0.0, -86.0, -217.0),
)
RAMUS = ((52.0, -6.0, -132.0), (49.0, -16.0, -165.0), (47.0, -20.0, -198.0))


def _raised(
    points: tuple[tuple[float, float, float], ...], by_mm: float
) -> tuple[tuple[float, float, float], ...]:
    return tuple((x, y, z + by_mm) for x, y, z in points)


def brain_tissues(uptake: Uptake) -> list[Tissue]:
    """Return skull and brain: grey and white matter, ganglia, cerebellum, ventricles."""
    grey, white = 1.12 * uptake.brain, 0.42 * uptake.brain
    return [
        Tissue(Clipped(Shell(SKULL, 7.0), z_mm=-108.0), BONE_HU, 0.8),
        Tissue(Clipped(Shell(SKULL, 8.0), z_mm=-150.0, y_mm=25.0), BONE_HU, 0.8),
        Tissue(Clipped(BRAIN, z_mm=-126.0), 37.0, grey),
        Tissue(Clipped(Ellipsoid((0.0, 5.0, -84.0), (50.0, 70.0, 54.0)), z_mm=-118.0), 28.0, white),
        Tissue(Ellipsoid((0.0, 5.0, -55.0), (3.5, 74.0, 38.0)), 36.0, grey),
        *both(Ellipsoid((31.0, 4.0, -88.0), (8.0, 24.0, 14.0)), 37.0, grey),
        *both(Ellipsoid((20.0, -6.0, -84.0), (9.0, 20.0, 14.0)), 38.0, 1.25 * uptake.brain),
        *both(Ellipsoid((9.0, 12.0, -84.0), (8.0, 12.0, 9.0)), 38.0, 1.2 * uptake.brain),
        *both(Ellipsoid((10.0, 2.0, -68.0), (5.0, 32.0, 7.0)), 8.0, 1.0),
        *both(Ellipsoid((22.0, 50.0, -126.0), (29.0, 26.0, 19.0)), 36.0, uptake.brain),
        Tissue(Ellipsoid((0.0, 14.0, -128.0), (13.0, 12.0, 22.0)), 30.0, 0.6 * uptake.brain),
    ]


def face_tissues(uptake: Uptake) -> list[Tissue]:
    """Return the face: chewing muscles, bones, teeth, orbits and the air of nose and sinuses."""
    return flat(
        (
            both(Ellipsoid((66.0, -12.0, -108.0), (7.0, 30.0, 28.0)), MUSCLE_HU, 0.8),
            both(Ellipsoid((56.0, -20.0, -170.0), (8.0, 17.0, 28.0)), MUSCLE_HU, 0.9),
            both(Ellipsoid((37.0, -12.0, -166.0), (8.0, 13.0, 26.0)), MUSCLE_HU, 0.9),
            rods(((56.0, 18.0, -132.0), (14.0, -2.0, -128.0)), (9.0, 8.0), 700.0, 0.8),
            line(((0.0, -8.0, -120.0), (0.0, 12.0, -146.0)), (9.0, 7.0), 400.0, 1.2),
            both(Ellipsoid((38.0, -26.0, -124.0), (22.0, 20.0, 3.5)), 600.0, 0.8),
            [Tissue(Ellipsoid((0.0, -46.0, -98.0), (48.0, 36.0, 3.0)), 600.0, 0.8)],
            _nose_and_sinuses(),
            _jaws(),
            _orbit(uptake),
        )
    )


def _nose_and_sinuses() -> list[Tissue]:
    sinus = Ellipsoid((29.0, -52.0, -145.0), (14.0, 17.0, 17.0))
    return flat(
        (
            rods(((54.0, -58.0, -130.0), (64.0, -15.0, -130.0)), (5.0, 4.0), BONE_HU, 0.6),
            both(sinus, 600.0, 0.8),
            both(Ellipsoid((29.0, -52.0, -145.0), (11.5, 14.5, 14.5)), AIR_HU, 0.1),
            [
                Tissue(Ellipsoid((0.0, -55.0, -138.0), (16.0, 34.0, 24.0)), SOFT_HU, 1.5),
                Tissue(Ellipsoid((0.0, -55.0, -138.0), (1.8, 34.0, 22.0)), 250.0, 1.0),
                Tissue(Ellipsoid((0.0, -14.0, -124.0), (13.0, 12.0, 9.0)), AIR_HU, 0.1),
            ],
            both(Ellipsoid((5.0, -55.0, -145.0), (3.0, 36.0, 14.0)), AIR_HU, 0.1),
            both(Ellipsoid((8.0, -50.0, -114.0), (6.0, 22.0, 9.0)), AIR_HU, 0.1),
            both(Ellipsoid((12.0, -83.0, -90.0), (11.0, 5.0, 10.0)), AIR_HU, 0.1),
            both(Ellipsoid((57.0, 24.0, -138.0), (10.0, 12.0, 14.0)), 300.0, 0.6),
            both(Ellipsoid((57.0, 24.0, -136.0), (6.0, 8.0, 9.0)), -350.0, 0.4),
        )
    )


def _jaws() -> list[Tissue]:
    return flat(
        (
            [Tissue(Ellipsoid((0.0, -50.0, -162.5), (23.0, 30.0, 2.5)), 500.0, 0.8)],
            rods(UPPER_ARC, (6.0, 6.0, 6.0), 600.0, 1.0),
            rods(_raised(UPPER_ARC, -9.0), (4.0, 4.0, 3.5), TOOTH_HU, 0.5),
            rods(RAMUS, (6.0, 5.5, 6.0), BONE_HU, 0.8),
            rods(MANDIBLE, (7.0, 6.5, 7.0, 7.0), BONE_HU, 0.8),
            rods(_raised(MANDIBLE, 9.0), (5.5, 5.5, 5.5, 5.5), BONE_HU, 0.8),
            rods(MANDIBLE, (3.5, 3.5, 3.5, 3.5), MARROW_HU, 1.0),
            rods(_raised(MANDIBLE, 19.0)[1:], (3.5, 3.5, 3.5), TOOTH_HU, 0.5),
        )
    )


def _orbit(uptake: Uptake) -> list[Tissue]:
    apex, behind = (21.0, -42.0, -112.0), (31.0, -66.0, -112.0)
    return flat(
        (
            both(Shell(Ellipsoid((30.0, -66.0, -112.0), (21.0, 27.0, 21.0)), 3.0), 500.0, 0.6),
            both(Ellipsoid((30.0, -70.0, -112.0), (18.0, 28.0, 18.0)), FAT_HU, 0.4),
            both(Ellipsoid((31.0, -78.0, -112.0), (12.0, 12.0, 12.0)), 12.0, 0.8),
            rods((apex, behind), (2.0, 2.0), 35.0, 1.0),
            rods((apex, (42.0, -72.0, -112.0)), (2.5, 3.0), MUSCLE_HU, uptake.eye_muscle),
            rods((apex, (19.0, -72.0, -112.0)), (2.5, 3.0), MUSCLE_HU, uptake.eye_muscle),
            rods((apex, (31.0, -72.0, -99.0)), (2.5, 3.0), MUSCLE_HU, uptake.eye_muscle),
            rods((apex, (31.0, -72.0, -125.0)), (2.5, 3.0), MUSCLE_HU, uptake.eye_muscle),
        )
    )
