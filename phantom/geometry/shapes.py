"""Simple solids, each a signed depth in millimetres: positive inside, about zero on the surface."""

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Coordinates = NDArray[np.float32]
Point = tuple[float, float, float]
Bounds = tuple[Point, Point]


class Shape(Protocol):
    """A solid in the patient's frame."""

    def bounds(self) -> Bounds:
        """Return the lowest and highest corner of a box around the solid, (x, y, z) mm."""
        ...

    def depth_mm(self, x: Coordinates, y: Coordinates, z: Coordinates) -> Coordinates:
        """Return the signed depth; x and y of shape (z, y, x), z of shape (z, 1, 1)."""
        ...

    def mirrored(self) -> "Shape":
        """Return the solid on the other side of the body (x to -x)."""
        ...


def _flip(point: Point) -> Point:
    return (-point[0], point[1], point[2])


@dataclass(frozen=True)
class Ellipsoid:
    """An ellipsoid, along the axes or turned.

    Attributes
    ----------
    centre_mm, radii_mm : tuple of float
        Centre and half axes along x, y and z before it is turned.
    turn_degrees : tuple of float
        Turned by these angles about x, then about y, then about z.
    taper : float
        By what share of its x radius it is broader at the back and narrower in front, before
        it is turned: an egg.
    """

    centre_mm: Point
    radii_mm: Point
    turn_degrees: Point = (0.0, 0.0, 0.0)
    taper: float = 0.0

    def bounds(self) -> Bounds:
        """Return a box around it."""
        radii = np.array(self.radii_mm) * (1 + abs(self.taper), 1, 1)
        reach = np.sqrt(((self._axes() * radii) ** 2).sum(axis=1)).tolist()
        (x, y, z), (a, b, c) = self.centre_mm, reach
        return (x - a, y - b, z - c), (x + a, y + b, z + c)

    def _axes(self) -> NDArray[np.float64]:
        """Return the directions of the three half axes as columns."""
        (sx, sy, sz), (cx, cy, cz) = (f(np.radians(self.turn_degrees)) for f in (np.sin, np.cos))
        about_x = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
        about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
        about_z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
        axes: NDArray[np.float64] = about_z @ about_y @ about_x
        return axes

    def depth_mm(self, x: Coordinates, y: Coordinates, z: Coordinates) -> Coordinates:
        """Return k (1 - k) / |gradient of k^2 / 2|, first-order exact but for the taper."""
        (cx, cy, cz), (a, b, c) = self.centre_mm, self.radii_mm
        px, py, pz = x - cx, y - cy, z - cz
        if any(self.turn_degrees):
            px, py, pz = (
                np.float32(u) * px + np.float32(v) * py + np.float32(w) * pz
                for u, v, w in self._axes().T
            )
        py, pz = py / b, pz / c
        breadth: Coordinates | float = a
        if self.taper:
            breadth = np.float32(a) * (1 + np.float32(self.taper) * np.clip(py, -1, 1))
        px = px / breadth
        radius = np.sqrt(px * px + py * py + pz * pz)
        px, py, pz = px / breadth, py / b, pz / c
        slope = np.sqrt(px * px + py * py + pz * pz)
        # The ratio is 0 / 0 at the very centre, where it stands for the smallest radius.
        tiny = np.float32(1e-6)
        depth: Coordinates = (1 - radius) * (radius + tiny * min(a, b, c)) / (slope + tiny)
        return depth

    def mirrored(self) -> "Ellipsoid":
        """Return it on the other side."""
        about_x, about_y, about_z = self.turn_degrees
        turn = (about_x, -about_y, -about_z)
        return replace(self, centre_mm=_flip(self.centre_mm), turn_degrees=turn)


@dataclass(frozen=True)
class Capsule:
    """A round rod from one point to another, tapering between two radii."""

    start_mm: Point
    end_mm: Point
    radius_mm: float
    end_radius_mm: float

    def bounds(self) -> Bounds:
        """Return the box around it."""
        r = max(self.radius_mm, self.end_radius_mm)
        pairs = list(zip(self.start_mm, self.end_mm, strict=True))
        x0, y0, z0 = (min(p) - r for p in pairs)
        x1, y1, z1 = (max(p) + r for p in pairs)
        return (x0, y0, z0), (x1, y1, z1)

    def depth_mm(self, x: Coordinates, y: Coordinates, z: Coordinates) -> Coordinates:
        """Return the radius at the nearest point of the axis less the distance to it."""
        sx, sy, sz = self.start_mm
        dx, dy, dz = (e - s for e, s in zip(self.end_mm, self.start_mm, strict=True))
        px, py, pz = x - sx, y - sy, z - sz
        length2 = max(dx * dx + dy * dy + dz * dz, 1e-6)
        t = np.clip((px * dx + py * dy + pz * dz) / length2, 0, 1)
        px, py, pz = px - t * dx, py - t * dy, pz - t * dz
        radius = self.radius_mm + t * (self.end_radius_mm - self.radius_mm)
        depth: Coordinates = radius - np.sqrt(px * px + py * py + pz * pz)
        return depth

    def mirrored(self) -> "Capsule":
        """Return it on the other side."""
        return replace(self, start_mm=_flip(self.start_mm), end_mm=_flip(self.end_mm))


@dataclass(frozen=True)
class Loft:
    """Cross-sections stacked along z: ellipses, squarer with `squareness` (0 to 1).

    Attributes
    ----------
    rows : tuple of (z, centre y, radius x, radius y)
        Cross-sections in millimetres, z ascending, linear between.
    centre_x_mm : float
        Where the stack stands.
    squareness : float
        0 for ellipses, towards 1 for rectangles (the squircle of Fernandez-Guasti, 1992).
    """

    rows: tuple[tuple[float, float, float, float], ...]
    centre_x_mm: float = 0.0
    squareness: float = 0.0

    def bounds(self) -> Bounds:
        """Return the box around it."""
        z, y, a, b = np.array(self.rows).T
        cx = self.centre_x_mm
        low = (cx - float(a.max()), float((y - b).min()), float(z[0]))
        return low, (cx + float(a.max()), float((y + b).max()), float(z[-1]))

    def depth_mm(self, x: Coordinates, y: Coordinates, z: Coordinates) -> Coordinates:
        """Return (1 - k) times the smaller radius, and not more than the depth from the ends."""
        rows_z, *columns = np.array(self.rows).T
        cy, a, b = (
            np.interp(z.ravel(), rows_z, column).astype(np.float32).reshape(z.shape)
            for column in columns
        )
        u, v = (x - np.float32(self.centre_x_mm)) / a, (y - cy) / b
        u *= u
        v *= v
        k2: Coordinates = u + v
        if self.squareness:
            u *= v
            u *= np.float32(-4 * self.squareness**2)
            u += k2 * k2
            np.maximum(u, 0, out=u)
            k2 = (k2 + np.sqrt(u)) / 2
        depth = (1 - np.sqrt(k2)) * np.minimum(a, b)
        ends = np.minimum(z - np.float32(rows_z[0]), np.float32(rows_z[-1]) - z)
        result: Coordinates = np.minimum(depth, ends)
        return result

    def mirrored(self) -> "Loft":
        """Return it on the other side."""
        return replace(self, centre_x_mm=-self.centre_x_mm)

    def grown(self, by_mm: float) -> "Loft":
        """Return the stack with all radii changed by `by_mm`, none under 0.5 mm."""
        rows = tuple((z, y, max(a + by_mm, 0.5), max(b + by_mm, 0.5)) for z, y, a, b in self.rows)
        return replace(self, rows=rows)


@dataclass(frozen=True)
class Strand:
    """Elliptic cross-sections stacked along z that wander and turn, as a muscle's do.

    Attributes
    ----------
    rows : tuple of (z, centre x, centre y, radius x, radius y, turn in degrees)
        Cross-sections in millimetres, z ascending, linear between; a positive turn takes the
        x radius towards the back (+y).
    """

    rows: tuple[tuple[float, float, float, float, float, float], ...]

    def bounds(self) -> Bounds:
        """Return the box around it."""
        z, x, y, a, b, _ = np.array(self.rows).T
        reach = np.maximum(a, b)
        low = (float((x - reach).min()), float((y - reach).min()), float(z[0]))
        return low, (float((x + reach).max()), float((y + reach).max()), float(z[-1]))

    def depth_mm(self, x: Coordinates, y: Coordinates, z: Coordinates) -> Coordinates:
        """Return (1 - k) times the smaller radius, and not more than the depth from the ends."""
        rows_z, *columns = np.array(self.rows).T
        cx, cy, a, b, turn = (
            np.interp(z.ravel(), rows_z, column).astype(np.float32).reshape(z.shape)
            for column in columns
        )
        cos, sin = np.cos(np.radians(turn)), np.sin(np.radians(turn))
        px, py = x - cx, y - cy
        u, v = (cos * px + sin * py) / a, (cos * py - sin * px) / b
        depth = (1 - np.sqrt(u * u + v * v)) * np.minimum(a, b)
        ends = np.minimum(z - np.float32(rows_z[0]), np.float32(rows_z[-1]) - z)
        result: Coordinates = np.minimum(depth, ends)
        return result

    def mirrored(self) -> "Strand":
        """Return it on the other side."""
        return Strand(tuple((z, -x, y, a, b, -turn) for z, x, y, a, b, turn in self.rows))


def rod(points: tuple[Point, ...], radii_mm: tuple[float, ...]) -> tuple[Capsule, ...]:
    """Return the capsules along a bent line of points with a radius at each."""
    return tuple(
        Capsule(start, end, r0, r1)
        for start, end, r0, r1 in zip(points, points[1:], radii_mm, radii_mm[1:], strict=False)
    )
