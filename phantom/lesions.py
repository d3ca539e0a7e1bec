"""Lesions as voxels: a bumpy solid of the drawn volume around its seat, never in air or bone."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy import ndimage

from phantom.canvas import EDGE_MM, STEP_MM, Box, Canvas
from phantom.disease import REACTIVE, Lesion
from phantom.sampling import Lattice, Volume, resample

TISSUE_HU = (-250.0, 230.0)
"""What a lesion may replace or be: neither air nor bone."""
_CORE_HU = 15.0


@dataclass(frozen=True)
class Mass:
    """A lesion on the internal grid.

    Attributes
    ----------
    lesion : Lesion
        What was drawn.
    box : tuple of slice
        Its part of the canvas.
    depth_mm : ndarray, shape (z, y, x) of the box, float32
        Signed depth: positive inside.
    """

    lesion: Lesion
    box: Box
    depth_mm: Volume


def add_lesions(
    canvas: Canvas, lesions: tuple[Lesion, ...], rng: Generator, *, sigma_mm: float, contrast: bool
) -> tuple[Mass, ...]:
    """Paint the lesions and return those of the labels; the first drawn keep their place.

    Parameters
    ----------
    canvas : Canvas
        The healthy patient, changed in place.
    lesions : tuple of Lesion
        What to paint, the most important first.
    rng : Generator
        For borders and texture.
    sigma_mm : float
        Standard deviation of the PET's point spread, which the SUVmax is corrected for.
    contrast : bool
        Whether lesions enhance on the CT.
    """
    taken = np.zeros(canvas.lattice.shape_zyx, dtype=bool)
    masses = []
    for lesion, lesion_rng in zip(lesions, rng.spawn(len(lesions)), strict=True):
        mass = _shape_mass(canvas, lesion, taken, lesion_rng)
        if mass is None:
            continue
        _paint_mass(canvas, mass, lesion_rng, sigma_mm=sigma_mm, contrast=contrast)
        gap = 2.0 if lesion.label == REACTIVE else 3.0
        taken[mass.box] |= mass.depth_mm > -gap
        masses.append(mass)
    return tuple(mass for mass in masses if mass.lesion.label != REACTIVE)


def _bumps(shape: tuple[int, ...], scale_mm: float, rng: Generator) -> Volume:
    sigma = scale_mm / STEP_MM / 2
    noise: Volume = ndimage.gaussian_filter(
        rng.standard_normal(shape, dtype=np.float32), sigma, truncate=3.0
    )
    return noise / np.float32(noise.std() + 1e-6)


def _shape_mass(
    canvas: Canvas, lesion: Lesion, taken: NDArray[np.bool_], rng: Generator
) -> Mass | None:
    radius, centre = lesion.radius_mm, lesion.centre_mm
    margin = 1.7 * radius + 8
    box = canvas.box((centre, centre), margin_mm=margin)
    if box is None:
        return None
    sx, sy, sz = canvas.scale_xyz
    ex, ey, ez = lesion.elongation
    x = (canvas.x_mm[box] - np.float32(centre[0])) * np.float32(sx / ex)
    y = (canvas.y_mm[box] - np.float32(centre[1])) * np.float32(sy / ey)
    z = (canvas.z_mm[box[0]] - np.float32(centre[2])) * np.float32(sz / ez)
    distance = np.sqrt(x * x + y * y + z * z)
    bumps = _bumps(distance.shape, max(0.8 * radius, 7.0), rng)
    depth = np.float32(radius) * (1 + np.float32(lesion.irregularity) * bumps) - distance
    hu = canvas.hu[box]
    free = (hu > TISSUE_HU[0]) & (hu < TISSUE_HU[1]) & ~taken[box]
    level = _level_of_volume(depth, free, lesion.volume_ml)
    if level is None:
        return None
    depth -= np.float32(level)
    depth[~free] = np.minimum(depth[~free], np.float32(-0.5 * EDGE_MM))
    return Mass(lesion, box, depth)


def _level_of_volume(depth: Volume, free: NDArray[np.bool_], volume_ml: float) -> float | None:
    """Return the depth above which connected free voxels hold the volume."""
    voxels = 1000 * volume_ml / STEP_MM**3
    reachable = free
    level = 0.0
    for _ in range(2):
        values = np.sort(depth[reachable])[::-1]
        if len(values) < 8:
            return None
        count = min(voxels, len(values) - 1.5)
        level = float(np.interp(count - 0.5, np.arange(len(values)), values))
        parts, number = ndimage.label(free & (depth > level - 3))
        if number < 2:
            break
        sizes = np.bincount(parts.ravel(), weights=(depth > level).ravel())
        sizes[0] = 0
        reachable = parts == int(np.argmax(sizes))
        depth[free & ~reachable] = -50
    return level


def _paint_mass(
    canvas: Canvas, mass: Mass, rng: Generator, *, sigma_mm: float, contrast: bool
) -> None:
    lesion, box, depth = mass.lesion, mass.box, mass.depth_mm
    deepest = max(float(depth.max()), 1.0)
    cover = np.clip(depth / np.float32(EDGE_MM) + np.float32(0.5), 0, 1)
    grain = _bumps(depth.shape, 8.0, rng)
    rise = np.clip(depth / np.float32(0.8 * deepest), 0, 1)
    profile = (0.35 + 0.65 * rise) * (1 + 0.15 * grain)
    hu = np.float32(rng.normal(88.0 if contrast else 46.0, 8.0)) + 4 * grain
    if lesion.cystic:
        core = np.clip((depth - np.float32(0.3 * deepest)) / 2, 0, 1)
        profile = 0.9 * (1 + 0.15 * grain) * (1 - 0.8 * core)
        hu = hu + core * (np.float32(_CORE_HU) - hu)
    spread = sigma_mm / STEP_MM
    bed = ndimage.gaussian_filter(canvas.suv[box] * (1 - cover), spread, truncate=3.0)
    unit = ndimage.gaussian_filter(cover * profile, spread, truncate=3.0)
    inside = (depth > 0) & (unit > 0.3 * unit.max())
    peak = float(((lesion.suv_max - bed[inside]) / unit[inside]).min()) if inside.any() else 1.0
    suv = np.maximum(np.float32(max(peak, 0.5)) * profile, np.float32(0.3))
    canvas.blend(box, cover, hu=hu, suv=suv)


def label_volume(canvas: Canvas, masses: tuple[Mass, ...], ct: Lattice) -> NDArray[np.uint8]:
    """Return the labels on the CT's grid.

    Parameters
    ----------
    canvas : Canvas
        The painted patient, which says where air and bone are.
    masses : tuple of Mass
        The labelled lesions.
    ct : Lattice
        The CT's grid in the patient's millimetres.

    Returns
    -------
    ndarray, shape (z, y, x), uint8
        0 background, 1 primary, 2 node; one connected component a lesion.
    """
    labels = np.zeros(ct.shape_zyx, dtype=np.uint8)
    for mass in masses:
        source = canvas.lattice.part(mass.box)
        window = _overlap(source, ct)
        if window is None:
            continue
        target = ct.part(window)
        depth = resample(mass.depth_mm + np.float32(100), source, target)
        hu = resample(canvas.hu[mass.box] + np.float32(3000), source, target)
        inside = depth > 100
        inside &= (hu > 3000 + TISSUE_HU[0] + 50) & (hu < 3000 + TISSUE_HU[1])
        parts, number = ndimage.label(inside)
        if number == 0:
            continue
        sizes = np.bincount(parts.ravel())
        sizes[0] = 0
        part = labels[window]
        part[(parts == int(np.argmax(sizes))) & (part == 0)] = mass.lesion.label
    return labels


def _overlap(source: Lattice, target: Lattice) -> Box | None:
    """Return the part of `target` whose centres lie within those of `source`."""
    slices = []
    for axis in (2, 1, 0):
        low = source.origin_mm[axis]
        high = low + source.spacing_mm[axis] * (source.size_xyz[axis] - 1)
        positions = target.axis_mm(axis)
        first = int(np.searchsorted(positions, low))
        stop = int(np.searchsorted(positions, high, side="right"))
        if first >= stop:
            return None
        slices.append(slice(first, stop))
    return slices[0], slices[1], slices[2]
