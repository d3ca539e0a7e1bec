"""Solids made of other solids: layers, parts, unions, and solids with a rough surface."""

from dataclasses import dataclass, replace
from functools import cached_property, reduce

import numpy as np
from numpy.typing import NDArray

from phantom.geometry.shapes import Bounds, Coordinates, Shape


@dataclass(frozen=True)
class Shell:
    """The outer layer of a solid."""

    solid: Shape
    thickness_mm: float

    def bounds(self) -> Bounds:
        """Return the box around it."""
        return self.solid.bounds()

    def depth_mm(self, x: Coordinates, y: Coordinates, z: Coordinates) -> Coordinates:
        """Return the depth from the nearer of the two surfaces."""
        depth = self.solid.depth_mm(x, y, z)
        result: Coordinates = np.minimum(depth, np.float32(self.thickness_mm) - depth)
        return result

    def mirrored(self) -> "Shell":
        """Return it on the other side."""
        return replace(self, solid=self.solid.mirrored())


@dataclass(frozen=True)
class Clipped:
    """The part of a solid above a height `z_mm` and behind a depth `y_mm`."""

    solid: Shape
    z_mm: float = -1e4
    y_mm: float = -1e4

    def bounds(self) -> Bounds:
        """Return the box around it."""
        (x0, y0, z0), high = self.solid.bounds()
        return (x0, max(y0, self.y_mm), max(z0, self.z_mm)), high

    def depth_mm(self, x: Coordinates, y: Coordinates, z: Coordinates) -> Coordinates:
        """Return the depth from the solid's surface or from the nearer cut."""
        depth = np.minimum(self.solid.depth_mm(x, y, z), z - np.float32(self.z_mm))
        result: Coordinates = np.minimum(depth, y - np.float32(self.y_mm))
        return result

    def mirrored(self) -> "Clipped":
        """Return it on the other side."""
        return replace(self, solid=self.solid.mirrored())


@dataclass(frozen=True)
class Inset:
    """A solid less its outermost millimetres, or with more all around where `by_mm` is negative."""

    solid: Shape
    by_mm: float

    def bounds(self) -> Bounds:
        """Return a box around it."""
        more = max(-self.by_mm, 0.0)
        (x0, y0, z0), (x1, y1, z1) = self.solid.bounds()
        return (x0 - more, y0 - more, z0 - more), (x1 + more, y1 + more, z1 + more)

    def depth_mm(self, x: Coordinates, y: Coordinates, z: Coordinates) -> Coordinates:
        """Return the solid's depth less the margin."""
        return self.solid.depth_mm(x, y, z) - np.float32(self.by_mm)

    def mirrored(self) -> "Inset":
        """Return it on the other side."""
        return replace(self, solid=self.solid.mirrored())


def grown(solid: Shape, by_mm: float) -> Inset:
    """Return a solid with some millimetres more all around."""
    return Inset(solid, -by_mm)


@dataclass(frozen=True)
class Union:
    """What lies in any of several solids."""

    solids: tuple[Shape, ...]

    def bounds(self) -> Bounds:
        """Return the box around all of them."""
        lows, highs = zip(*(solid.bounds() for solid in self.solids), strict=True)
        (x0, y0, z0), (x1, y1, z1) = np.min(lows, axis=0).tolist(), np.max(highs, axis=0).tolist()
        return (x0, y0, z0), (x1, y1, z1)

    def depth_mm(self, x: Coordinates, y: Coordinates, z: Coordinates) -> Coordinates:
        """Return the largest of their depths."""
        return reduce(np.maximum, (solid.depth_mm(x, y, z) for solid in self.solids))

    def mirrored(self) -> "Union":
        """Return it on the other side."""
        return Union(tuple(solid.mirrored() for solid in self.solids))


@dataclass(frozen=True)
class Common:
    """What lies in all of several solids."""

    solids: tuple[Shape, ...]

    def bounds(self) -> Bounds:
        """Return the box that theirs have in common, a point where they have none."""
        lows, highs = zip(*(solid.bounds() for solid in self.solids), strict=True)
        low, high = np.max(lows, axis=0), np.min(highs, axis=0)
        (x0, y0, z0), (x1, y1, z1) = low.tolist(), np.maximum(low, high).tolist()
        return (x0, y0, z0), (x1, y1, z1)

    def depth_mm(self, x: Coordinates, y: Coordinates, z: Coordinates) -> Coordinates:
        """Return the smallest of their depths."""
        return reduce(np.minimum, (solid.depth_mm(x, y, z) for solid in self.solids))

    def mirrored(self) -> "Common":
        """Return it on the other side."""
        return Common(tuple(solid.mirrored() for solid in self.solids))


@dataclass(frozen=True)
class Without:
    """A solid less another."""

    solid: Shape
    hole: Shape

    def bounds(self) -> Bounds:
        """Return the box around the whole solid."""
        return self.solid.bounds()

    def depth_mm(self, x: Coordinates, y: Coordinates, z: Coordinates) -> Coordinates:
        """Return the depth from the solid's surface or from the hole's."""
        result: Coordinates = np.minimum(self.solid.depth_mm(x, y, z), -self.hole.depth_mm(x, y, z))
        return result

    def mirrored(self) -> "Without":
        """Return it on the other side."""
        return Without(self.solid.mirrored(), self.hole.mirrored())


@dataclass(frozen=True)
class Waves:
    """A smooth random field of the canonical frame: plane waves in fixed random directions.

    Attributes
    ----------
    length_mm : float
        Middle wavelength; they spread by 30 % about it.
    seed : int
        The same seed, the same field.
    count : int
        Number of waves.
    flip : float
        -1 reads the field mirrored.
    """

    length_mm: float
    seed: int
    count: int = 6
    flip: float = 1.0

    @cached_property
    def _terms(self) -> NDArray[np.float32]:
        rng = np.random.default_rng(self.seed)
        directions = rng.normal(size=(self.count, 3))
        directions /= np.linalg.norm(directions, axis=1, keepdims=True)
        numbers = 2 * np.pi / (self.length_mm * np.exp(rng.uniform(-0.3, 0.3, self.count)))
        phases = rng.uniform(0, 2 * np.pi, self.count)
        return np.column_stack((directions * numbers[:, None], phases)).astype(np.float32)

    def at(self, x: Coordinates, y: Coordinates, z: Coordinates) -> Coordinates:
        """Return the field, of unit variance and at most sqrt(2 count) in size."""
        total = np.zeros(np.broadcast_shapes(x.shape, y.shape, z.shape), dtype=np.float32)
        for u, v, w, phase in self._terms:
            total += np.sin(u * self.flip * x + v * y + w * z + phase)
        total *= np.float32(np.sqrt(2 / self.count))
        return total


@dataclass(frozen=True)
class Rough:
    """A solid whose surface bulges in and out.

    Attributes
    ----------
    solid : Shape
        The smooth solid.
    amplitude_mm : float
        Standard deviation of the surface's displacement.
    waves : Waves
        The field that displaces it.
    """

    solid: Shape
    amplitude_mm: float
    waves: Waves

    def bounds(self) -> Bounds:
        """Return a box around it."""
        reach = self.amplitude_mm * float(np.sqrt(2 * self.waves.count))
        (x0, y0, z0), (x1, y1, z1) = self.solid.bounds()
        low = (x0 - reach, y0 - reach, z0 - reach)
        return low, (x1 + reach, y1 + reach, z1 + reach)

    def depth_mm(self, x: Coordinates, y: Coordinates, z: Coordinates) -> Coordinates:
        """Return the solid's depth moved by the field."""
        field = self.waves.at(x, y, z)
        return self.solid.depth_mm(x, y, z) + np.float32(self.amplitude_mm) * field

    def mirrored(self) -> "Rough":
        """Return it on the other side."""
        waves = replace(self.waves, flip=-self.waves.flip)
        return Rough(self.solid.mirrored(), self.amplitude_mm, waves)
