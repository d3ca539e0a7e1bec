"""The orbits: thin walls, fat, the globe with its lens, four straight muscles and the nerve."""

from phantom.anatomy.skull import THIN_HU
from phantom.anatomy.tissue import FAT_HU, MUSCLE_HU, SOFT_HU, Tissue, both, flat, rods
from phantom.anatomy.uptake import Uptake
from phantom.geometry.combine import Clipped, grown
from phantom.geometry.shapes import Ellipsoid, Point

ORBIT = Ellipsoid((27.0, -62.0, -112.0), (17.5, 28.0, 17.5), (-4.0, 0.0, 24.0))
GLOBE_MM: Point = (31.5, -71.5, -112.0)
_APEX: Point = (16.0, -39.0, -109.0)
_BONE_SUV = 0.6


def orbit_tissues(uptake: Uptake) -> list[Tissue]:
    """Return both orbits; the left as written."""
    x, y, z = GLOBE_MM
    return flat(
        (
            both(Clipped(grown(ORBIT, 2.2), y_mm=-76.0), THIN_HU + 250.0, _BONE_SUV),
            both(ORBIT, FAT_HU, uptake.fat),
            both(Ellipsoid((42.0, -72.0, -102.0), (4.0, 7.0, 6.0)), SOFT_HU, 1.6),
            both(Ellipsoid((x, y - 3.2, z), (13.0, 12.6, 12.8)), SOFT_HU, 0.8),
            both(Ellipsoid(GLOBE_MM, (12.2, 12.2, 12.2)), 48.0, 1.1),
            both(Ellipsoid(GLOBE_MM, (11.0, 11.0, 11.0)), 8.0, 0.6),
            both(Ellipsoid((x + 0.5, y - 8.6, z), (4.8, 2.4, 4.8)), 95.0, 0.6),
            rods((_APEX, (24.0, -53.0, -112.0), (x, y + 11.0, z)), (2.0, 2.0, 2.0), 36.0, 2.0),
            _muscles(uptake),
        )
    )


def _muscles(uptake: Uptake) -> list[Tissue]:
    """Return the four straight muscles: flat bellies beside the fat cone, thin at the globe."""
    suv = uptake.eye_muscle
    bends: tuple[tuple[Point, Point], ...] = (
        ((35.5, -55.0, -112.0), (43.5, -71.0, -112.0)),
        ((15.8, -57.0, -112.0), (19.8, -72.0, -112.0)),
        ((24.0, -55.0, -100.5), (30.5, -71.0, -99.5)),
        ((24.0, -55.0, -122.0), (30.5, -71.0, -124.5)),
    )
    return flat(rods((_APEX, belly, end), (1.6, 2.5, 1.3), MUSCLE_HU, suv) for belly, end in bends)
