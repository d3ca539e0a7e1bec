"""Solids with an inner pattern: the folded cortex, the leaves of the cerebellum, air cells."""

from dataclasses import dataclass, replace

import numpy as np

from phantom.geometry.combine import Waves
from phantom.geometry.shapes import Bounds, Coordinates, Point, Shape


@dataclass(frozen=True)
class Folds:
    """A brain whose surface sinks into sulci: sheets where a wave field is zero, and fissures.

    The depth is the distance from the pia, on the convexity or down in a sulcus, so layers at
    constant depth are ribbons that follow the gyri.

    Attributes
    ----------
    brain : Shape
        The smooth solid.
    fissures : Shape
        Thin solids that cut into it.
    waves : Waves
        The field whose zero set makes the sulci, read on the surface under which a point lies.
    core : Shape
        Where no sulcus reaches.
    centre_mm : tuple of float
        Sulci sink from the surface towards this point and its mirror image.
    sulcus_mm : float
        How deep they sink.
    """

    brain: Shape
    fissures: Shape
    waves: Waves
    core: Shape
    centre_mm: Point
    sulcus_mm: float

    def bounds(self) -> Bounds:
        """Return the box around the brain."""
        return self.brain.bounds()

    def depth_mm(self, x: Coordinates, y: Coordinates, z: Coordinates) -> Coordinates:
        """Return the distance from the pia."""
        depth = self.brain.depth_mm(x, y, z)
        cx, cy, cz = (np.float32(c) for c in self.centre_mm)
        px, py, pz = x - np.copysign(cx, x), y - cy, z - cz
        length = np.sqrt(px * px + py * py + pz * pz)
        # Reading the field where the ray leaves the brain stands the sulci upright.
        out = 1 + np.maximum(depth, 0) / np.maximum(length, 8)
        field = self.waves.at(out * px, out * py, out * pz)
        field *= np.float32(self.waves.length_mm / (2 * np.pi))
        np.abs(field, out=field)
        pia = np.minimum(depth, np.maximum(field, depth - np.float32(self.sulcus_mm)))
        np.minimum(pia, -self.fissures.depth_mm(x, y, z), out=pia)
        result: Coordinates = np.maximum(pia, self.core.depth_mm(x, y, z))
        return result

    def mirrored(self) -> "Folds":
        """Return it on the other side."""
        return replace(
            self,
            brain=self.brain.mirrored(),
            fissures=self.fissures.mirrored(),
            core=self.core.mirrored(),
            waves=replace(self.waves, flip=-self.waves.flip),
        )


@dataclass(frozen=True)
class Leaves:
    """Thin parallel sheets in a solid, on spheres around a point: the furrows of the cerebellum.

    Attributes
    ----------
    solid : Shape
        Where they are.
    centre_mm : tuple of float
        Centre of the spheres.
    spacing_mm, thickness_mm : float
        From sheet to sheet, and of one.
    """

    solid: Shape
    centre_mm: Point
    spacing_mm: float
    thickness_mm: float

    def bounds(self) -> Bounds:
        """Return the box around the solid."""
        return self.solid.bounds()

    def depth_mm(self, x: Coordinates, y: Coordinates, z: Coordinates) -> Coordinates:
        """Return the depth in the nearest sheet."""
        cx, cy, cz = (np.float32(c) for c in self.centre_mm)
        px, py, pz = x - cx, y - cy, z - cz
        turns = np.sqrt(px * px + py * py + pz * pz) / np.float32(self.spacing_mm)
        away = np.abs(turns - np.rint(turns)) * np.float32(self.spacing_mm)
        sheet = np.float32(self.thickness_mm / 2) - away
        result: Coordinates = np.minimum(sheet, self.solid.depth_mm(x, y, z))
        return result

    def mirrored(self) -> "Leaves":
        """Return it on the other side."""
        x, y, z = self.centre_mm
        return replace(self, solid=self.solid.mirrored(), centre_mm=(-x, y, z))


@dataclass(frozen=True)
class Cells:
    """The air cells of a honeycombed bone: what lies off the zero set of a wave field.

    Attributes
    ----------
    solid : Shape
        The bone.
    waves : Waves
        Half their length is about a cell's width.
    wall_mm : float
        Thickness of the walls between cells and around them.
    """

    solid: Shape
    waves: Waves
    wall_mm: float

    def bounds(self) -> Bounds:
        """Return the box around the bone."""
        return self.solid.bounds()

    def depth_mm(self, x: Coordinates, y: Coordinates, z: Coordinates) -> Coordinates:
        """Return the depth in the nearest cell."""
        field = np.abs(self.waves.at(x, y, z)) * np.float32(self.waves.length_mm / (2 * np.pi))
        field -= np.float32(self.wall_mm / 2)
        rim = self.solid.depth_mm(x, y, z) - np.float32(self.wall_mm)
        result: Coordinates = np.minimum(field, rim)
        return result

    def mirrored(self) -> "Cells":
        """Return it on the other side."""
        waves = replace(self.waves, flip=-self.waves.flip)
        return replace(self, solid=self.solid.mirrored(), waves=waves)
