"""A tissue: a solid with what CT and PET see in it."""

from collections.abc import Iterable
from dataclasses import dataclass

from phantom.geometry.shapes import Point, Shape, rod

AIR_HU = -1000.0
FAT_HU = -100.0
MUSCLE_HU = 55.0
SOFT_HU = 42.0
BONE_HU = 900.0
MARROW_HU = 330.0
TOOTH_HU = 2300.0


@dataclass(frozen=True)
class Tissue:
    """A solid to paint.

    Attributes
    ----------
    shape : Shape
        Where, in the canonical frame.
    hu : float
        Hounsfield units.
    suv : float
        Uptake, SUV.
    """

    shape: Shape
    hu: float
    suv: float


def both(shape: Shape, hu: float, suv: tuple[float, float] | float) -> list[Tissue]:
    """Return a tissue on the left (x > 0, as given) and on the right, (left, right) uptake."""
    left, right = suv if isinstance(suv, tuple) else (suv, suv)
    return [Tissue(shape, hu, left), Tissue(shape.mirrored(), hu, right)]


def rods(
    points: tuple[Point, ...],
    radii_mm: tuple[float, ...],
    hu: float,
    suv: tuple[float, float] | float,
) -> list[Tissue]:
    """Return a bent rod on the left and on the right."""
    return flat(both(capsule, hu, suv) for capsule in rod(points, radii_mm))


def line(
    points: tuple[Point, ...], radii_mm: tuple[float, ...], hu: float, suv: float
) -> list[Tissue]:
    """Return one bent rod."""
    return [Tissue(capsule, hu, suv) for capsule in rod(points, radii_mm)]


def flat(groups: Iterable[Iterable[Tissue]]) -> list[Tissue]:
    """Return the groups one after the other."""
    return [tissue for group in groups for tissue in group]
