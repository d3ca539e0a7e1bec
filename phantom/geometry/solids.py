"""More solids: hulls of a few points and walls on a bent line."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import spatial

from phantom.geometry.shapes import Bounds, Coordinates, Point


@dataclass(frozen=True)
class Hull:
    """The convex hull of some points, with flat faces: plates, pyramids, sinuses.

    Attributes
    ----------
    points : tuple of tuple of float
        At least four points that span a solid, (x, y, z) mm.
    round_mm : float
        How far edges are rounded off; not for plates thinner than thrice this.
    """

    points: tuple[Point, ...]
    round_mm: float = 0.0

    @cached_property
    def _faces(self) -> NDArray[np.float32]:
        """Return normal and offset of each face; coplanar triangles once."""
        equations = spatial.ConvexHull(np.array(self.points)).equations
        faces: NDArray[np.float32] = np.unique(np.round(equations, 4), axis=0).astype(np.float32)
        return faces

    def bounds(self) -> Bounds:
        """Return the box around it."""
        (x0, y0, z0), (x1, y1, z1) = (
            extreme(self.points, axis=0).tolist() for extreme in (np.min, np.max)
        )
        return (x0, y0, z0), (x1, y1, z1)

    def depth_mm(self, x: Coordinates, y: Coordinates, z: Coordinates) -> Coordinates:
        """Return the depth under the nearest face's plane, or a smooth minimum of all."""
        depth = np.full(np.broadcast_shapes(x.shape, z.shape), np.inf, dtype=np.float32)
        total = np.zeros_like(depth)
        for u, v, w, offset in self._faces:
            plane = u * x
            plane += v * y
            plane += w * z + offset
            np.minimum(depth, -plane, out=depth)
            if self.round_mm:
                total += np.exp(np.minimum(plane / np.float32(self.round_mm), 60))
        if self.round_mm:
            depth = np.float32(-self.round_mm) * np.log(np.maximum(total, 1e-30))
        return depth

    def mirrored(self) -> "Hull":
        """Return it on the other side."""
        return replace(self, points=tuple((-x, y, z) for x, y, z in self.points))


@dataclass(frozen=True)
class Wall:
    """An upright wall along a bent line of the (x, y) plane: jaws and the palate's rim.

    Attributes
    ----------
    stations : tuple of (x, y, bottom z, top z, half thickness)
        Points of the line with the wall's extent there, millimetres, linear between.
    """

    stations: tuple[tuple[float, float, float, float, float], ...]

    def bounds(self) -> Bounds:
        """Return the box around it."""
        x, y, bottom, top, half = np.array(self.stations).T
        low = (float((x - half).min()), float((y - half).min()), float(bottom.min()))
        return low, (float((x + half).max()), float((y + half).max()), float(top.max()))

    def depth_mm(self, x: Coordinates, y: Coordinates, z: Coordinates) -> Coordinates:
        """Return the depth from the nearer of sides, top and bottom, of the deepest stretch."""
        depth = np.full(np.broadcast_shapes(x.shape, z.shape), -np.inf, dtype=np.float32)
        for start, end in zip(self.stations, self.stations[1:], strict=False):
            np.maximum(depth, _stretch(start, end, x, y, z), out=depth)
        return depth

    def mirrored(self) -> "Wall":
        """Return it on the other side."""
        return Wall(tuple((-x, y, low, top, half) for x, y, low, top, half in self.stations))

    def both_sides(self) -> "Wall":
        """Return the wall that runs on from the last station through its mirror image."""
        return Wall(self.stations + self.mirrored().stations[::-1])


def _stretch(
    start: tuple[float, ...],
    end: tuple[float, ...],
    x: Coordinates,
    y: Coordinates,
    z: Coordinates,
) -> Coordinates:
    base = np.array(start, dtype=np.float32)
    dx, dy, d_bottom, d_top, d_half = np.array(end, dtype=np.float32) - base
    px, py = x - base[0], y - base[1]
    along = np.clip((px * dx + py * dy) / max(float(dx * dx + dy * dy), 1e-6), 0, 1)
    along = along.astype(np.float32)
    px -= along * dx
    py -= along * dy
    sides = base[4] + along * d_half - np.sqrt(px * px + py * py)
    ends = np.minimum(z - (base[2] + along * d_bottom), base[3] + along * d_top - z)
    result: Coordinates = np.minimum(sides, ends)
    return result
