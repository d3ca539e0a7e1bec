"""Lesions as voxels: painted on the patient, and labelled on the CT's grid."""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy import ndimage

from phantom.disease.drawing import NODE, PRIMARY, REACTIVE, Lesion
from phantom.disease.masses import TISSUE_HU, Mass, bumps, shape_mass
from phantom.geometry.canvas import Box, Canvas
from phantom.geometry.sampling import Lattice, Volume, resample

SOLID_HU, ENHANCING_HU = (44.3, 9.0), (97.0, 40.0)
"""Mean and standard deviation between lesions, without and with contrast: our own estimate."""
CYST_HU, NECROSIS_HU, GRAIN_HU = 14.0, 26.0, 8.0
LUMEN_HU = -350.0
"""Below is airway, which no contour holds."""
CONTOUR_MARGIN_MM = (0.0, 1.5)
"""How far contours reach beyond the lesion: they are drawn on the anatomy, generously."""
QUIET_SUV = 1.6
QUIET_RIM = {PRIMARY: (3.6, 0.37), NODE: (9.0, 0.55), REACTIVE: (9.0, 0.55)}
"""The outer tissue that takes up no more than that: up to so many mm, and so much of the depth.

Our own estimate."""
_STEEPEST = 1.2
"""Power of the uptake's rise from rim to middle in the most peaked lesion; 0 is even."""


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
        mass = shape_mass(canvas, lesion, taken, lesion_rng)
        if mass is None:
            continue
        _paint_mass(canvas, mass, lesion_rng, sigma_mm=sigma_mm, contrast=contrast)
        gap = 2.0 if lesion.label == REACTIVE else 4.0
        taken[mass.box] |= mass.depth_mm > -gap
        masses.append(mass)
    return tuple(mass for mass in masses if mass.lesion.label != REACTIVE)


def _paint_mass(
    canvas: Canvas, mass: Mass, rng: Generator, *, sigma_mm: float, contrast: bool
) -> None:
    lesion, box, depth, step = mass.lesion, mass.box, mass.depth_mm, canvas.step_mm
    margin = min(rng.uniform(*CONTOUR_MARGIN_MM), 0.3 * float(depth.max()))
    cover = np.clip((depth - np.float32(margin)) / np.float32(step) + np.float32(0.5), 0, 1)
    base = rng.normal(*(ENHANCING_HU if contrast else SOLID_HU))
    profile, hu = _inside(lesion, depth, step, float(base), rng)
    widest_mm, share = QUIET_RIM[lesion.label]
    quiet = min(rng.uniform(0.0, widest_mm), share * float(depth.max()))
    avid = np.clip((depth - np.float32(quiet)) / np.float32(step) + np.float32(0.5), 0, 1)
    profile = profile * avid
    spread = sigma_mm / step
    rest = canvas.suv[box] * (1 - cover) + np.float32(QUIET_SUV) * (cover - cover * avid)
    bed = ndimage.gaussian_filter(rest, spread, truncate=3.0)
    unit = ndimage.gaussian_filter(cover * profile, spread, truncate=3.0)
    inside = (depth > 0) & (unit > 0.3 * unit.max())
    peak = float(((lesion.suv_max - bed[inside]) / unit[inside]).min()) if inside.any() else 1.0
    suv = np.float32(max(peak, 0.5)) * profile + np.float32(QUIET_SUV) * (1 - avid)
    canvas.blend(box, cover, hu=hu, suv=suv)


def _inside(
    lesion: Lesion, depth: Volume, step: float, base_hu: float, rng: Generator
) -> tuple[Volume, Volume]:
    """Return relative uptake and HU of a lesion with its core."""
    deepest = max(float(depth.max()), 1.0)
    rise = np.clip(depth / np.float32(0.85 * deepest), 0, 1)
    patches = bumps(depth.shape, max(0.7 * lesion.radius_mm, 5.0) / step, rng)
    grain = bumps(depth.shape, 8.0 / step, rng)
    peaked = rng.random()
    profile = 0.1 + 0.9 * rise ** np.float32(_STEEPEST * peaked**2)
    profile = profile * np.exp(np.float32(0.06 + 0.16 * peaked) * patches)
    hu = np.float32(base_hu) + np.float32(GRAIN_HU) * grain
    if lesion.core == "cystic":
        core = np.clip((depth - np.float32(0.3 * deepest)) / 2, 0, 1)
        profile = 0.9 * (1 + 0.15 * grain) * (1 - 0.9 * core)
        hu = hu + core * (np.float32(CYST_HU) - hu)
    elif lesion.core == "necrotic":
        dead = np.clip((depth - np.float32(0.2 * deepest)) / 3, 0, 1)
        dead = dead * np.clip(2 * (patches + np.float32(0.5)), 0, 1)
        profile = profile * (1 - 0.85 * dead)
        hu = hu + dead * (np.float32(NECROSIS_HU) - hu)
    return profile.astype(np.float32), hu.astype(np.float32)


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
        inside &= (hu > 3000 + LUMEN_HU) & (hu < 3000 + TISSUE_HU[1])
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
