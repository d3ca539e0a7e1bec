"""The shape of a lesion: a bumpy solid of the drawn volume around its seat, never in bone.

A primary may grow a little into the airway, as exophytic tumours do; what it fills is tumour,
what stays open is not.
"""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy import ndimage

from phantom.disease.drawing import PRIMARY, Lesion
from phantom.geometry.canvas import Box, Canvas
from phantom.geometry.sampling import Volume

TISSUE_HU = (-250.0, 300.0)
"""What a lesion may replace or be: neither air nor bone."""
CONTOURED = 0.98
"""Share of a solid that its label keeps: edges at air and bone are cut off (measured)."""
EXOPHYTIC_MM = 4.5
"""How far a primary grows into the airway."""
_THROAT_MM = (-75.0, 30.0)
"""Canonical y of the enclosed airway, so that a lesion never grows out of the skin."""
_COARSE_SHARE, _FINE_SHARE = 0.85, 0.5


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


def bumps(shape: tuple[int, ...], scale_voxels: float, rng: Generator) -> Volume:
    """Return smooth random values of unit variance with grains of about `scale_voxels`."""
    noise: Volume = ndimage.gaussian_filter(
        rng.standard_normal(shape, dtype=np.float32), scale_voxels / 2, truncate=3.0
    )
    return noise / np.float32(noise.std() + 1e-6)


def shape_mass(
    canvas: Canvas, lesion: Lesion, taken: NDArray[np.bool_], rng: Generator
) -> Mass | None:
    """Return a lesion's solid, or None where nothing of it is scanned."""
    radius, centre = lesion.radius_mm, lesion.centre_mm
    box = canvas.box((centre, centre), margin_mm=1.8 * radius + 8)
    if box is None:
        return None
    x, y, z = canvas.x_mm[box], canvas.y_mm[box], canvas.z_mm[box[0]]
    offsets = zip((x, y, z), centre, canvas.scale_xyz, lesion.elongation, strict=True)
    squares = (((u - np.float32(c)) * np.float32(s / e)) ** 2 for u, c, s, e in offsets)
    distance = np.sqrt(sum(squares))
    free = _free(canvas.hu[box], y, lesion, step=canvas.step_mm) & ~taken[box]
    coarse = bumps(distance.shape, max(0.9 * radius, 7.0) / canvas.step_mm, rng)
    fine = bumps(distance.shape, max(0.35 * radius, 4.0) / canvas.step_mm, rng)
    border = np.float32(_COARSE_SHARE) * coarse + np.float32(_FINE_SHARE) * fine
    depth = np.float32(radius) * (1 + np.float32(lesion.irregularity) * border) - distance
    voxels = 1000 * lesion.volume_ml / CONTOURED / canvas.step_mm**3
    level = _level_of_volume(depth, free, voxels)
    if level is None:
        return None
    depth -= np.float32(level)
    depth[~free] = np.minimum(depth[~free], np.float32(-0.5 * canvas.step_mm))
    return Mass(lesion, box, depth)


def _free(hu: Volume, y_mm: Volume, lesion: Lesion, *, step: float) -> NDArray[np.bool_]:
    free: NDArray[np.bool_] = (hu > TISSUE_HU[0]) & (hu < TISSUE_HU[1])
    if lesion.label == PRIMARY:
        air = hu <= TISSUE_HU[0]
        lining = ndimage.distance_transform_edt(air) * step < EXOPHYTIC_MM
        free |= air & lining & (y_mm > _THROAT_MM[0]) & (y_mm < _THROAT_MM[1])
    return free


def _level_of_volume(depth: Volume, free: NDArray[np.bool_], voxels: float) -> float | None:
    """Return the depth above which connected free voxels hold the volume."""
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
