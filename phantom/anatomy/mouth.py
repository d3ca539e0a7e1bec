"""Tongue, floor of the mouth, soft palate and tonsils."""

from phantom.anatomy.teeth import teeth_tissues
from phantom.anatomy.tissue import (
    AIR_HU,
    FAT_HU,
    MUSCLE_HU,
    SOFT_HU,
    Tissue,
    both,
    flat,
    line,
    rods,
)
from phantom.anatomy.uptake import Uptake
from phantom.geometry.combine import Clipped
from phantom.geometry.shapes import Ellipsoid, Loft
from phantom.geometry.solids import Hull

_TONGUE_HU = 46.0
_SEPTUM_HU = -35.0
TONGUE = Loft(
    (
        (-214.0, -42.0, 13.0, 22.0),
        (-205.0, -43.0, 20.0, 31.0),
        (-195.0, -43.0, 26.0, 34.0),
        (-185.0, -43.5, 27.5, 34.5),
        (-177.0, -44.0, 25.0, 33.0),
        (-170.0, -45.0, 21.0, 30.0),
        (-166.0, -45.0, 15.0, 24.0),
        (-164.5, -45.0, 9.0, 16.0),
    )
)


def mouth_tissues(uptake: Uptake) -> list[Tissue]:
    """Return the mouth, from its floor up; the throat's air lies under it."""
    return flat((_floor(uptake), _tongue(uptake), _throat(uptake), _uvula(uptake), teeth_tissues()))


def _floor(uptake: Uptake) -> list[Tissue]:
    """Return the sling under the tongue, the bellies below it and the glands above it."""
    suv = uptake.muscle
    belly = ((9.0, -77.0, -223.0), (11.0, -56.0, -229.0), (15.0, -37.0, -231.0))
    sling = Hull(
        (
            (30.0, -50.0, -203.0),
            (33.0, -50.0, -205.0),
            (36.0, -30.0, -200.0),
            (38.0, -30.0, -202.0),
            (14.0, -76.0, -212.0),
            (14.0, -76.0, -215.0),
            (-0.5, -78.0, -220.0),
            (-0.5, -78.0, -223.0),
            (-0.5, -38.0, -226.0),
            (-0.5, -38.0, -229.0),
        )
    )
    return flat(
        (
            both(sling, MUSCLE_HU, suv),
            rods(belly, (4.5, 5.0, 3.0), MUSCLE_HU, suv),
            rods(((3.2, -78.0, -217.0), (3.6, -39.0, -226.5)), (3.0, 3.2), MUSCLE_HU, suv),
            rods(
                ((8.0, -72.0, -206.0), (18.0, -56.0, -205.0), (24.0, -42.0, -204.0)),
                (3.6, 5.0, 4.0),
                22.0,
                uptake.sublingual,
            ),
        )
    )


def _tongue(uptake: Uptake) -> list[Tissue]:
    """Return the tongue, its fan and its root, parted by fat, and the air above it."""
    fan = Hull(
        (
            (0.9, -79.0, -212.0),
            (3.0, -79.0, -212.0),
            (0.9, -66.0, -182.0),
            (8.0, -66.0, -182.0),
            (0.9, -40.0, -176.0),
            (9.0, -40.0, -176.0),
            (0.9, -16.0, -196.0),
            (9.0, -18.0, -196.0),
            (0.9, -26.0, -222.0),
            (7.0, -28.0, -222.0),
        )
    )
    hyoglossus = ((20.5, -30.0, -190.0), (20.0, -31.0, -225.0))
    suv = uptake.tongue
    return flat(
        (
            [
                Tissue(Ellipsoid((0.0, -47.0, -167.0), (20.0, 27.0, 2.8)), AIR_HU, 0.2),
                Tissue(Ellipsoid((0.0, -28.0, -207.0), (19.0, 17.0, 15.5)), _TONGUE_HU, suv),
                Tissue(TONGUE, _TONGUE_HU, suv),
                Tissue(Ellipsoid((0.0, -45.0, -200.0), (0.9, 28.0, 17.0)), _SEPTUM_HU, 0.7 * suv),
            ],
            both(fan, MUSCLE_HU + 3.0, 0.9 * suv),
            rods(((13.0, -62.0, -204.0), (15.0, -30.0, -206.0)), (1.4, 1.6), FAT_HU + 50.0, 0.6),
            rods(hyoglossus, (2.4, 2.4), MUSCLE_HU, uptake.muscle),
        )
    )


def _throat(uptake: Uptake) -> list[Tissue]:
    """Return lingual tonsil, palatine tonsils between their arches, soft palate."""
    lingual = Clipped(Ellipsoid((0.0, -17.0, -206.0), (17.0, 9.0, 15.0)), y_mm=-17.0)
    palate = Hull(
        tuple(
            (side * x, y, z)
            for side in (-1, 1)
            for x, y, z in (
                (15.0, -29.0, -161.0),
                (15.0, -29.0, -165.0),
                (15.0, -17.0, -162.5),
                (14.0, -17.0, -169.0),
                (11.0, -9.0, -167.0),
                (9.0, -9.0, -176.0),
            )
        )
    )
    front_arch = ((12.0, -16.0, -170.0), (20.0, -16.0, -186.0), (19.0, -20.0, -202.0))
    back_arch = ((11.0, -8.0, -172.0), (18.0, 3.0, -186.0), (17.0, 4.0, -205.0))
    return flat(
        (
            [
                Tissue(lingual, SOFT_HU, uptake.lingual_tonsil),
                Tissue(palate, SOFT_HU, uptake.soft_palate),
            ],
            rods(front_arch, (2.2, 2.2, 1.8), MUSCLE_HU, uptake.soft_palate),
            rods(back_arch, (2.2, 2.0, 1.8), MUSCLE_HU, 1.2),
            both(Ellipsoid((18.5, -5.5, -190.0), (7.5, 9.5, 15.0)), SOFT_HU, uptake.tonsil),
        )
    )


def _uvula(uptake: Uptake) -> list[Tissue]:
    """Return the uvula, which hangs in the air."""
    hook = ((0.0, -11.0, -171.0), (0.0, -7.0, -178.0), (0.0, -5.0, -188.0))
    return line(hook, (4.8, 4.2, 2.8), SOFT_HU, uptake.soft_palate)
