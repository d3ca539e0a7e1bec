"""Axis-aligned grids, and separable sampling of one on another: linear, or under a Gaussian.

Every scan of the cohort has the identity direction, so a resample is three one-dimensional
ones. Beyond the source everything is zero.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Volume = NDArray[np.float32]


@dataclass(frozen=True)
class Lattice:
    """An axis-aligned grid in millimetres; the origin is the centre of the first voxel."""

    size_xyz: tuple[int, int, int]
    spacing_mm: tuple[float, float, float]
    origin_mm: tuple[float, float, float]

    @property
    def shape_zyx(self) -> tuple[int, int, int]:
        """Shape of an array on this grid."""
        nx, ny, nz = self.size_xyz
        return nz, ny, nx

    def axis_mm(self, axis_xyz: int) -> NDArray[np.float64]:
        """Return the voxel centres along x (0), y (1) or z (2)."""
        steps = np.arange(self.size_xyz[axis_xyz], dtype=np.float64)
        return self.origin_mm[axis_xyz] + self.spacing_mm[axis_xyz] * steps

    def moved(self, shift_mm: tuple[float, float, float]) -> "Lattice":
        """Return the same grid moved by `shift_mm` (x, y, z)."""
        x, y, z = (o + s for o, s in zip(self.origin_mm, shift_mm, strict=True))
        return Lattice(self.size_xyz, self.spacing_mm, (x, y, z))

    def thinned(self, every: int) -> "Lattice":
        """Return the grid of ``array[::every, ::every, ::every]``."""
        nx, ny, nz = (-(-n // every) for n in self.size_xyz)
        dx, dy, dz = (d * every for d in self.spacing_mm)
        return Lattice((nx, ny, nz), (dx, dy, dz), self.origin_mm)

    def part(self, box_zyx: tuple[slice, slice, slice]) -> "Lattice":
        """Return the grid of ``array[box_zyx]``."""
        sizes = zip(reversed(box_zyx), self.size_xyz, strict=True)
        ranges = [range(*s.indices(size)) for s, size in sizes]
        starts = [r.start for r in ranges]
        nx, ny, nz = (len(r) for r in ranges)
        x, y, z = (
            o + d * i for o, d, i in zip(self.origin_mm, self.spacing_mm, starts, strict=True)
        )
        return Lattice((nx, ny, nz), self.spacing_mm, (x, y, z))


@dataclass(frozen=True)
class Taps:
    """Which source samples, with which weights, make each target sample along one axis.

    Attributes
    ----------
    first, stop : int
        The target samples that the source reaches; all others are zero.
    total : int
        Number of target samples.
    indices, weights : ndarray, shape (stop - first, taps)
        Source indices and their weights.
    """

    first: int
    stop: int
    total: int
    indices: NDArray[np.intp]
    weights: Volume


def make_taps(source: Lattice, target: Lattice, axis_xyz: int, *, sigma_mm: float = 0.0) -> Taps:
    """Return the weights of linear sampling, or of sampling under a Gaussian of `sigma_mm`."""
    spacing = source.spacing_mm[axis_xyz]
    size = source.size_xyz[axis_xyz]
    position = (target.axis_mm(axis_xyz) - source.origin_mm[axis_xyz]) / spacing
    reach = int(np.ceil(2.8 * sigma_mm / spacing)) if sigma_mm > 0 else 0
    offsets = np.arange(-reach, reach + 2)
    indices = np.floor(position).astype(np.intp)[:, None] + offsets
    distance = indices - position[:, None]
    if sigma_mm > 0:
        weights = np.exp(-0.5 * (distance * spacing / sigma_mm) ** 2)
        weights /= weights.sum(axis=1, keepdims=True)
    else:
        weights = np.clip(1.0 - np.abs(distance), 0.0, None)
    weights[(indices < 0) | (indices >= size)] = 0.0
    reached = np.flatnonzero(weights.any(axis=1))
    first, stop = (int(reached[0]), int(reached[-1]) + 1) if reached.size else (0, 0)
    return Taps(
        first=first,
        stop=stop,
        total=len(position),
        indices=np.clip(indices, 0, size - 1)[first:stop],
        weights=weights[first:stop].astype(np.float32),
    )


def apply_taps(volume: Volume, taps: Taps, axis: int) -> Volume:
    """Sample `volume` along array axis `axis`, for the reached targets ``first:stop`` alone."""
    shape = [1] * volume.ndim
    shape[axis] = -1
    result: Volume | None = None
    for indices, weights in zip(taps.indices.T, taps.weights.T, strict=True):
        part: Volume = np.take(volume, indices, axis=axis)
        part *= weights.reshape(shape)
        if result is None:
            result = part
        else:
            result += part
    if result is None:
        raise ValueError("taps without a single weight")
    return result


def resample(volume: Volume, source: Lattice, target: Lattice, *, sigma_mm: float = 0.0) -> Volume:
    """Sample a volume on another grid.

    Parameters
    ----------
    volume : ndarray, shape (z, y, x), float32
        Values on `source`, taken as zero beyond it.
    source, target : Lattice
        The two grids, in one frame.
    sigma_mm : float
        Standard deviation of the Gaussian that each sample integrates under; 0 is linear.

    Returns
    -------
    ndarray, shape (z, y, x), float32
        Values on `target`.
    """
    result = np.zeros(target.shape_zyx, dtype=np.float32)
    all_taps = [make_taps(source, target, axis, sigma_mm=sigma_mm) for axis in (2, 1, 0)]
    if any(taps.first == taps.stop for taps in all_taps):
        return result
    part = volume
    for axis, taps in enumerate(all_taps):
        part = apply_taps(part, taps, axis)
    z, y, x = (slice(taps.first, taps.stop) for taps in all_taps)
    result[z, y, x] = part
    return result
