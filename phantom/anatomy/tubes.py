"""Smooth curved rods and tubes, and the layers that muscles make under a surface."""

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from phantom.anatomy.tissue import Tissue
from phantom.geometry.combine import Common, Shell
from phantom.geometry.shapes import Capsule, Point, Shape, rod

Points = tuple[Point, ...]
Radii = tuple[float, ...]


def bend(points: Points, radii_mm: Radii, *, step_mm: float = 12.0) -> tuple[Capsule, ...]:
    """Return capsules along a smooth curve through the points.

    Parameters
    ----------
    points : tuple of Point
        Canonical millimetres, two or more.
    radii_mm : tuple of float
        One radius for all, or one at each point.
    step_mm : float
        About the length of a capsule.
    """
    corners = np.array(points)
    radii = np.broadcast_to(np.array(radii_mm), (len(points),))
    places = np.concatenate(([0.0], np.cumsum(np.linalg.norm(np.diff(corners, axis=0), axis=1))))
    count = max(int(np.ceil(places[-1] / step_mm)), 1) + 1
    table: NDArray[np.float64] = PchipInterpolator(places, np.column_stack((corners, radii)))(
        np.linspace(0.0, places[-1], count)
    )
    rows = table.tolist()
    return rod(tuple((x, y, z) for x, y, z, _ in rows), tuple(row[3] for row in rows))


def mirrored(shapes: tuple[Capsule, ...]) -> tuple[Capsule, ...]:
    """Return the capsules on the other side of the body."""
    return tuple(shape.mirrored() for shape in shapes)


def filled(shapes: tuple[Shape, ...], hu: float, suv: float) -> list[Tissue]:
    """Return the same tissue in each of the solids."""
    return [Tissue(shape, hu, suv) for shape in shapes]


def paired(
    points: Points, radii_mm: Radii, hu: float, suv: float, *, step_mm: float = 12.0
) -> list[Tissue]:
    """Return a smooth rod on the left (as given) and on the right."""
    left = bend(points, radii_mm, step_mm=step_mm)
    return filled((*left, *mirrored(left)), hu, suv)


def narrowed(shapes: tuple[Capsule, ...], by_mm: float) -> tuple[Capsule, ...]:
    """Return what is left of capsules inside a wall or a cortex of `by_mm`."""
    return tuple(
        Capsule(
            shape.start_mm,
            shape.end_mm,
            max(shape.radius_mm - by_mm, 0.3),
            max(shape.end_radius_mm - by_mm, 0.3),
        )
        for shape in shapes
    )


def sheet(surface: Shape, thickness_mm: float, region: Shape) -> Shape:
    """Return the part of a surface's outermost layer that lies in a region."""
    return Common((Shell(surface, thickness_mm), region))
