"""Muscles of the neck with the thin planes of fat between them.

Each muscle is painted in a sheath of fat, so that neighbours press on one another and yet part.
"""

from collections.abc import Iterable

from phantom.anatomy import muscle_rows as table
from phantom.anatomy.build import Build
from phantom.anatomy.muscle_rows import Rows
from phantom.anatomy.tissue import FAT_HU, MUSCLE_HU, SOFT_HU, Tissue, both, flat, rods
from phantom.anatomy.uptake import Sides, Uptake
from phantom.geometry.combine import Common, Inset, Shell
from phantom.geometry.shapes import Ellipsoid, Loft, Point, Shape, Strand

_PLANE_MM = 1.1
"""Fat around each muscle."""
_PACKED = 1.16
"""The deep muscles fill the nape: this much wider than they would stand apart."""

_DEEP = (
    table.MULTIFIDUS,
    table.SEMISPINALIS,
    table.LONGISSIMUS,
    table.MIDDLE_SCALENE,
    table.LEVATOR,
    table.SPLENIUS,
)
_BACK = (table.RHOMBOID, table.TRAPEZIUS, table.TRAPEZIUS_EDGE)
_SIDE = (table.ANTERIOR_SCALENE, table.MASTOID_MUSCLE, table.STERNAL_HEAD, table.CLAVICULAR_HEAD)
_FRONT = (table.STERNOTHYROID, table.STERNOHYOID)
_ACTIVE = (*_SIDE, table.MIDDLE_SCALENE)
_SUBOCCIPITAL: tuple[tuple[tuple[Point, ...], tuple[float, ...]], ...] = (
    (((5.0, 54.0, -180.0), (31.0, 32.0, -161.0)), (5.0, 5.0)),
    (((5.0, 54.0, -178.0), (13.0, 63.0, -159.0)), (4.0, 6.5)),
    (((34.0, 34.0, -163.0), (31.0, 58.0, -157.0)), (4.5, 5.5)),
)
_DIGASTRIC_BACK = ((49.0, 25.0, -160.0), (38.0, 1.0, -192.0), (21.0, -22.0, -226.0))
_OMOHYOID = ((22.0, -22.0, -258.0), (34.0, -4.0, -288.0), (66.0, 24.0, -304.0))


def neck_muscle_tissues(build: Build, uptake: Uptake, skin: Loft) -> list[Tissue]:
    """Return the muscles of nape, sides and front of the neck.

    Parameters
    ----------
    build : Build
        Muscles are thinner where there is much fat.
    uptake : Uptake
        Gives the SUV; the side muscles and longus have their own.
    skin : Loft
        The neck's outline, which the platysma lies under.
    """
    bulk = min(max(1.08 - 0.012 * build.fat_mm, 0.88), 1.04)
    suvs: dict[Rows, Sides | float] = dict.fromkeys(_ACTIVE, uptake.neck_muscle)
    suvs[table.LONGUS] = uptake.longus
    rest = uptake.muscle

    def group(muscles: tuple[Rows, ...], width: float) -> list[Tissue]:
        return flat(_sheathed(rows, width, suvs.get(rows, rest)) for rows in muscles)

    return flat(
        (
            [Tissue(_INLET, FAT_HU, uptake.fat)],
            group((table.LONGUS,), bulk),
            group(_DEEP, _PACKED * bulk),
            *(rods(points, radii, MUSCLE_HU, rest) for points, radii in _SUBOCCIPITAL),
            group(_BACK, bulk),
            [Tissue(_NUCHAL_LIGAMENT, SOFT_HU, rest)],
            group((*_SIDE, *_FRONT), bulk),
            rods(_DIGASTRIC_BACK, (4.5, 4.0, 2.5), MUSCLE_HU, rest),
            rods(_OMOHYOID, (2.2, 1.8, 2.5), MUSCLE_HU, rest),
            [Tissue(_platysma(skin), MUSCLE_HU, rest)],
        )
    )


_NUCHAL_LIGAMENT = Loft(
    (
        (-300.0, 88.0, 0.9, 5.0),
        (-265.0, 77.0, 0.9, 5.0),
        (-235.0, 72.0, 0.9, 9.0),
        (-200.0, 73.0, 0.9, 11.0),
        (-150.0, 76.0, 0.9, 11.0),
    )
)
_INLET = Loft(((-327.0, 12.0, 18.0, 12.0), (-311.0, 13.0, 25.0, 18.0), (-293.0, 12.0, 25.0, 16.0)))
"""The open way from neck to chest between the first ribs."""


def _sheathed(rows: Rows, bulk: float, suv: Sides | float) -> Iterable[Tissue]:
    """Return a muscle on both sides, each in the fat that parts it from the one before."""
    return (
        *both(_strand(rows, bulk, _PLANE_MM), FAT_HU, 0.3),
        *both(_strand(rows, bulk, 0.0), MUSCLE_HU, suv),
    )


def _strand(rows: Rows, bulk: float, margin_mm: float) -> Strand:
    return Strand(
        tuple(
            (z, x, y, bulk * a + margin_mm, bulk * b + margin_mm, turn)
            for z, x, y, a, b, turn in reversed(rows)
        )
    )


def _platysma(skin: Loft) -> Shape:
    front = Ellipsoid((0.0, -30.0, -278.0), (74.0, 48.0, 36.0))
    return Common((Shell(Inset(skin, 4.5), 1.3), front))
