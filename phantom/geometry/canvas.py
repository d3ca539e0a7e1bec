"""The coarse internal grid of one patient: bent and warped coordinates, HU and SUV to paint on."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from phantom.anatomy.build import Build
from phantom.anatomy.tissue import AIR_HU, Tissue
from phantom.geometry.sampling import Lattice, Volume, resample
from phantom.geometry.shapes import Bounds

HEAD_STEP_MM, BODY_STEP_MM = 1.5, 3.0
"""Spacing of the internal grids; voxel centres lie on multiples of it, whatever is scanned."""
SEAM_MM = -372.0
"""Height, in the patient's millimetres, where the grid of head and neck ends."""
_OVERLAP_MM = 18.0
POSTURE_FROM_MM = -310.0
"""Height below which posture moves nothing."""
_HALF_WIDTH_MM = 288.0
_HALF_DEPTH_MM = 142.0
_TEXTURE_HU = 4.0
_TEXTURE_UPTAKE = 0.10
_WARP_MM = 3.0
_WARP_LATTICE = Lattice((17, 11, 35), (45.0, 45.0, 45.0), (-360.0, -225.0, -1380.0))
_TEXTURE_LATTICE = Lattice((84, 44, 190), (7.0, 7.0, 7.0), (-290.5, -150.5, -1280.0))

Box = tuple[slice, slice, slice]


@dataclass(frozen=True)
class Canvas:
    """A patient in the making.

    Attributes
    ----------
    lattice : Lattice
        The internal grid, in the patient's own millimetres (vertex about at z = 0).
    scale_xyz : tuple of float
        Patient millimetres for each canonical one.
    x_mm, y_mm : ndarray, shape (z, y, x), float32
        Canonical coordinates of each voxel.
    z_mm : ndarray, shape (z, 1, 1), float32
        Canonical height of each slice.
    reach_mm : ndarray, shape (2, z)
        Largest displacement of x and of y in each slice, canonical millimetres.
    hu, suv : ndarray, shape (z, y, x), float32
        What is painted so far.
    """

    lattice: Lattice
    scale_xyz: tuple[float, float, float]
    x_mm: Volume
    y_mm: Volume
    z_mm: Volume
    reach_mm: Volume
    hu: Volume
    suv: Volume

    @property
    def step_mm(self) -> float:
        """Spacing of the grid, over which a painted edge fades too, so that it stays in place."""
        return self.lattice.spacing_mm[0]

    def box(self, bounds: Bounds, *, margin_mm: float = BODY_STEP_MM) -> Box | None:
        """Return the array part that holds a canonical box, or None where it is outside."""
        (x0, y0, z0), (x1, y1, z1) = bounds
        heights = self.z_mm.ravel()
        first = int(np.searchsorted(heights, z0 - margin_mm))
        stop = int(np.searchsorted(heights, z1 + margin_mm))
        if first >= stop:
            return None
        reach_x, reach_y = self.reach_mm[:, first:stop].max(axis=1) + margin_mm
        x = self._range(0, x0 - reach_x, x1 + reach_x)
        y = self._range(1, y0 - reach_y, y1 + reach_y)
        if x.start >= x.stop or y.start >= y.stop:
            return None
        return slice(first, stop), y, x

    def _range(self, axis: int, low: float, high: float) -> slice:
        scale, origin = self.scale_xyz[axis], self.lattice.origin_mm[axis]
        first = int(np.ceil((low * scale - origin) / self.step_mm))
        stop = int(np.floor((high * scale - origin) / self.step_mm)) + 1
        return slice(max(first, 0), min(stop, self.lattice.size_xyz[axis]))

    def paint(self, tissue: Tissue) -> None:
        """Paint a tissue over what is there."""
        box = self.box(tissue.shape.bounds())
        if box is None:
            return
        depth = tissue.shape.depth_mm(self.x_mm[box], self.y_mm[box], self.z_mm[box[0]])
        depth *= np.float32(1 / self.step_mm)
        depth += np.float32(0.5)
        cover = np.clip(depth, 0, 1, out=depth)
        self.blend(box, cover, hu=tissue.hu, suv=tissue.suv)

    def blend(self, box: Box, cover: Volume, *, hu: Volume | float, suv: Volume | float) -> None:
        """Replace the fraction `cover` of each voxel of a box."""
        for volume, value in ((self.hu, hu), (self.suv, suv)):
            part = volume[box]
            part += cover * (value - part)

    def roughen(self, grain: Volume) -> None:
        """Give the tissues the texture of unit-variance values: 4 HU, 10 % of the uptake."""
        hu, suv = self.hu, self.suv
        hu += np.float32(_TEXTURE_HU) * grain
        suv += np.float32(_TEXTURE_UPTAKE) * grain * suv


def internal_lattices(*, bottom_mm: float, top_mm: float) -> tuple[Lattice, ...]:
    """Return the grid of head and neck and, where the scan goes below it, that of the body.

    Parameters
    ----------
    bottom_mm, top_mm : float
        What is scanned, in the patient's millimetres.
    """
    head = _lattice(max(bottom_mm, SEAM_MM - _OVERLAP_MM), top_mm, HEAD_STEP_MM)
    if bottom_mm >= SEAM_MM:
        return (head,)
    return head, _lattice(bottom_mm, SEAM_MM + _OVERLAP_MM, BODY_STEP_MM)


def split_at_seam(target: Lattice) -> tuple[slice, slice]:
    """Return the slices of a scan above the seam and those below it."""
    count = target.size_xyz[2]
    first = int(np.searchsorted(target.axis_mm(2), SEAM_MM))
    return slice(first, count), slice(0, first)


def _lattice(bottom_mm: float, top_mm: float, step: float) -> Lattice:
    first, last = int(np.floor(bottom_mm / step)), int(np.ceil(top_mm / step))
    half_x, half_y = int(_HALF_WIDTH_MM / step), int(_HALF_DEPTH_MM / step)
    return Lattice(
        (2 * half_x + 1, 2 * half_y + 1, last - first + 1),
        (step, step, step),
        (-half_x * step, -half_y * step, first * step),
    )


def new_canvas(lattice: Lattice, build: Build, rng: Generator) -> Canvas:
    """Return an empty canvas (air) with the patient's posture and a smooth random warp.

    The warp is drawn on a lattice of its own, so it does not depend on what is scanned.
    """
    sx, sy, sz = build.scale_xyz
    heights = lattice.axis_mm(2)[:, None, None]
    rise = np.clip((heights / sz - POSTURE_FROM_MM) / -POSTURE_FROM_MM, 0, 1)
    turn = np.clip((heights / sz + 300) / 100, 0, 1) * build.turn
    straight_x = lattice.axis_mm(0)[None, None, :]
    straight_y = lattice.axis_mm(1)[None, :, None]
    x, y = _warp(lattice, rng), _warp(lattice, rng)
    x += (straight_x - build.lean_mm * rise).astype(np.float32)
    x += (turn * (straight_y - 20.0)).astype(np.float32)
    y += (straight_y + build.bend_mm * rise**1.5).astype(np.float32)
    y -= (turn * straight_x).astype(np.float32)
    x /= np.float32(sx)
    y /= np.float32(sy)
    reach = [
        np.abs(field - (straight / scale).astype(np.float32)).max(axis=(1, 2))
        for field, straight, scale in ((x, straight_x, sx), (y, straight_y, sy))
    ]
    return Canvas(
        lattice=lattice,
        scale_xyz=build.scale_xyz,
        x_mm=x,
        y_mm=y,
        z_mm=(heights / sz).astype(np.float32),
        reach_mm=np.stack(reach),
        hu=np.full(lattice.shape_zyx, AIR_HU, dtype=np.float32),
        suv=np.zeros(lattice.shape_zyx, dtype=np.float32),
    )


def _warp(lattice: Lattice, rng: Generator) -> Volume:
    control = rng.standard_normal(_WARP_LATTICE.shape_zyx, dtype=np.float32) * np.float32(
        2 * _WARP_MM
    )
    between = Lattice((75, 40, 180), (8.0, 8.0, 8.0), (-296.0, -156.0, -1300.0))
    smooth = resample(control, _WARP_LATTICE, between, sigma_mm=30.0)
    return resample(smooth, between, lattice)


def texture(lattice: Lattice, rng: Generator) -> Volume:
    """Return smooth random values of about unit variance, the same whatever is scanned."""
    grain = rng.standard_normal(_TEXTURE_LATTICE.shape_zyx, dtype=np.float32)
    return resample(grain, _TEXTURE_LATTICE, lattice) * np.float32(1.8)
