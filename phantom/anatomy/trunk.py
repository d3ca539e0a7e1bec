"""The outline of trunk and limbs."""

from phantom.anatomy.build import Build
from phantom.anatomy.tissue import FAT_HU, MUSCLE_HU, Tissue, both, flat, rods
from phantom.anatomy.uptake import Uptake
from phantom.combine import Inset
from phantom.shapes import Loft, Shape

TORSO = Loft(
    (
        (-965.0, 4.0, 174.0, 105.0),
        (-920.0, 4.0, 180.0, 108.0),
        (-850.0, 5.0, 174.0, 110.0),
        (-740.0, 5.0, 152.0, 106.0),
        (-660.0, 5.0, 155.0, 108.0),
        (-560.0, 8.0, 162.0, 114.0),
        (-460.0, 10.0, 168.0, 114.0),
        (-400.0, 14.0, 182.0, 106.0),
        (-360.0, 22.0, 200.0, 92.0),
        (-332.0, 28.0, 192.0, 78.0),
        (-312.0, 34.0, 158.0, 68.0),
        (-298.0, 32.0, 112.0, 62.0),
        (-286.0, 30.0, 66.0, 54.0),
    ),
    squareness=0.72,
)
THIGH = Loft(
    ((-1250.0, 6.0, 70.0, 74.0), (-960.0, 6.0, 86.0, 92.0), (-930.0, 6.0, 86.0, 92.0)),
    centre_x_mm=88.0,
)
SKIN: tuple[Shape, ...] = (TORSO, THIGH, THIGH.mirrored())
"""Solids whose union is trunk and thighs with their skin."""


def arm_tissues(build: Build, uptake: Uptake) -> list[Tissue]:
    """Return the arms, beside the head or beside the trunk."""
    if build.arms_up:
        points = ((185.0, 35.0, -335.0), (205.0, 30.0, -180.0), (150.0, 20.0, 60.0))
    else:
        points = ((190.0, 35.0, -340.0), (215.0, 40.0, -600.0), (215.0, 10.0, -860.0))
    return flat(
        (
            rods(points, (52.0, 42.0, 34.0), FAT_HU, uptake.fat),
            rods(points, (45.0, 34.0, 27.0), MUSCLE_HU, uptake.muscle),
            rods(points, (12.0, 11.0, 10.0), 800.0, 0.6),
        )
    )


def trunk_muscle_tissues(build: Build, uptake: Uptake) -> list[Tissue]:
    """Return what lies under the fat of trunk and thighs before any organ is painted."""
    under_mm = 2.0 + 1.5 * build.fat_mm
    return [
        *both(Inset(THIGH, under_mm), MUSCLE_HU, uptake.muscle),
        Tissue(Inset(TORSO, under_mm), MUSCLE_HU, uptake.muscle),
    ]
