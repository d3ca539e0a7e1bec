"""The outline of the body: what is skin and fat before anything else is painted."""

from phantom.anatomy import head, neck, trunk
from phantom.anatomy.build import Build
from phantom.anatomy.tissue import FAT_HU, Tissue
from phantom.anatomy.uptake import Uptake
from phantom.geometry.combine import Inset
from phantom.geometry.shapes import Shape

SKIN_MM = 2.5
_SKIN_HU, _SKIN_SUV = 10.0, 0.5


def outline_tissues(build: Build, uptake: Uptake, swellings: tuple[Shape, ...]) -> list[Tissue]:
    """Return arms, skin, the fat under it and the trunk's muscle.

    Parameters
    ----------
    build : Build
        Gives the thickness of the fat and the arms' position.
    uptake : Uptake
        Gives the SUV.
    swellings : tuple of Shape
        Where a large lesion pushes the skin outwards.
    """
    solids: tuple[Shape, ...] = (*head.SKIN, *neck.SKIN, *trunk.skin(build), *swellings)
    return [
        *trunk.arm_tissues(build, uptake),
        *(Tissue(solid, _SKIN_HU, _SKIN_SUV) for solid in solids),
        *(Tissue(Inset(solid, SKIN_MM), FAT_HU, uptake.fat) for solid in solids),
        *trunk.trunk_muscle_tissues(build, uptake),
    ]
