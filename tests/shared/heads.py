"""A head on a neck in a few ellipsoids, on any grid: enough anatomy for localising and geometry."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from shared.case import Case
from shared.grid import Grid

# Middle of the brain; the neck runs down from it.
BRAIN_MM = (0.0, 0.0, 0.0)
BRAIN_RADII_MM = (68.0, 82.0, 62.0)


def points_of(grid: Grid) -> NDArray[np.float64]:
    """Voxel centres in mm, shape (z, y, x, 3)."""
    z, y, x = np.meshgrid(*(np.arange(n) for n in grid.shape_zyx), indexing="ij")
    return grid.to_mm(np.stack([x, y, z], axis=-1))


def _ellipsoid(
    points: NDArray[np.float64], centre: tuple[float, float, float], radii: tuple[float, ...]
) -> NDArray[np.float64]:
    return np.sqrt((((points - np.asarray(centre)) / np.asarray(radii)) ** 2).sum(axis=-1))


def head_ct(grid: Grid, *, neck_radius_mm: float = 60.0, padding_hu: int = -1024) -> sitk.Image:
    """A skull around a brain, a neck below, air around and scanner padding at the rim."""
    points = points_of(grid)
    brain = _ellipsoid(points, BRAIN_MM, BRAIN_RADII_MM)
    hu = np.full(grid.shape_zyx, -1000, dtype=np.int16)
    neck = (np.hypot(points[..., 0], points[..., 1]) < neck_radius_mm) & (points[..., 2] < 0.0)
    hu[neck | (brain < 1.2)] = 40
    hu[(brain >= 1.0) & (brain < 1.13)] = 900
    hu[:, :2] = padding_hu
    return grid.image(hu)


def head_pet(grid: Grid) -> sitk.Image:
    """A hot brain over a body at muscle's uptake."""
    points = points_of(grid)
    brain = _ellipsoid(points, BRAIN_MM, BRAIN_RADII_MM)
    suv = np.where(np.hypot(points[..., 0], points[..., 1]) < 90.0, 0.6, 0.02)
    suv[brain < 0.97] = 8.0
    return grid.image(suv.astype(np.float32))


def head_case(ct: Grid, pet: Grid, *, neck_radius_mm: float = 60.0) -> Case:
    """Both scans of the same head."""
    return Case.of(ct_hu=head_ct(ct, neck_radius_mm=neck_radius_mm), pet=head_pet(pet))


def balls(grid: Grid, lesions: list[tuple[int, tuple[float, float, float], float]]) -> sitk.Image:
    """Paint (label, centre in mm, volume in ml) as balls."""
    points = points_of(grid)
    labels = np.zeros(grid.shape_zyx, dtype=np.uint8)
    for label, centre, volume_ml in lesions:
        radius_mm = (volume_ml * 1000.0 * 3.0 / (4.0 * np.pi)) ** (1.0 / 3.0)
        labels[_ellipsoid(points, centre, (radius_mm,) * 3) < 1.0] = label
    return grid.image(labels)
