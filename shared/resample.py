"""Bring an image onto a grid, once, from its native voxels."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Literal

import numpy as np
import SimpleITK as sitk

from shared.grid import Grid
from shared.separable import mean_onto

Interpolation = Literal["nearest", "linear", "bspline"]

MOST_POINTS = 4
"""Along an axis of a voxel, where its mean is one of points: 64 in all."""

_INTERPOLATORS = {
    "nearest": sitk.sitkNearestNeighbor,
    "linear": sitk.sitkLinear,
    "bspline": sitk.sitkBSpline,
}


def crop(image: sitk.Image, grid: Grid, *, margin: int = 2) -> sitk.Image | None:
    """Cut out the voxels of `image` that a resample onto `grid` can touch.

    Parameters
    ----------
    image : SimpleITK.Image
        A 3-D image.
    grid : Grid
        Where it will be resampled to.
    margin : int
        Extra voxels on each side, for the interpolation's reach.

    Returns
    -------
    SimpleITK.Image or None
        The part of the image, or None where the two do not touch.
    """
    index = Grid.of(image).to_index(grid.corners_mm())
    size = np.asarray(image.GetSize())
    start = np.clip(np.floor(index.min(axis=0)).astype(int) - margin, 0, size)
    stop = np.clip(np.ceil(index.max(axis=0)).astype(int) + margin + 1, 0, size)
    if np.any(stop <= start):
        return None
    return sitk.RegionOfInterest(image, (stop - start).tolist(), start.tolist())


def resample(
    image: sitk.Image, grid: Grid, *, interpolation: Interpolation, outside: float
) -> sitk.Image:
    """Read an image at the middle of each voxel of a grid, from its native voxels.

    Parameters
    ----------
    image : SimpleITK.Image
        A 3-D scalar image on any grid.
    grid : Grid
        The target.
    interpolation : {"nearest", "linear", "bspline"}
        B-splines overshoot: their result is clipped to the range of the input.
    outside : float
        Value of voxels that the image does not reach, in the image's unit. There is no default:
        0 HU is tissue, not air.

    Returns
    -------
    SimpleITK.Image
        float32 on `grid`; with `nearest`, in the type of the input.
    """
    if interpolation == "nearest":
        return _read(image, grid, "nearest", outside, image.GetPixelID())
    if interpolation == "linear":
        return _read(image, grid, "linear", outside, sitk.sitkFloat32)
    # Coefficients are made of all voxels that it is given.
    part = crop(image, grid)
    if part is None:
        return grid.image(np.full(grid.shape_zyx, outside, dtype=np.float32))
    low, high = _range(part)
    result = _read(part, grid, "bspline", outside, sitk.sitkFloat32)
    return sitk.Clamp(result, sitk.sitkFloat32, min(low, outside), max(high, outside))


def average(
    image: sitk.Image, grid: Grid, *, interpolation: Interpolation, outside: float
) -> sitk.Image:
    """Bring an image onto a grid as the mean of what it shows over the extent of each voxel.

    What the grid cannot hold is averaged away, and the same patient in finer voxels, with values
    between them by linear interpolation, gives the same.

    Parameters
    ----------
    image, grid
        As in `resample`.
    interpolation : {"nearest", "linear", "bspline"}
        How the image goes on between its voxels. `nearest` is read in the voxels' middle and not
        averaged; `bspline`, and `linear` between oblique axes, are averaged over as many points
        as native voxels fit into one of the target's, `MOST_POINTS` an axis at most.
    outside : float
        Value of the voxels that would come next on every side of the image, in its unit: so air
        around a scan changes nothing. Of `nearest`, that of voxels which the image does not reach.

    Returns
    -------
    SimpleITK.Image
        float32 on `grid`; with `nearest`, in the type of the input.
    """
    part = crop(image, grid)
    if part is None or interpolation == "nearest":
        return resample(image, grid, interpolation=interpolation, outside=outside)
    if interpolation == "linear":
        mean = mean_onto(part, grid, outside=outside)
        if mean is not None:
            return mean
        part = sitk.ConstantPad(sitk.Cast(part, sitk.sitkFloat32), (1,) * 3, (1,) * 3, outside)
    points = _points(Grid.of(part), grid)
    total = np.zeros(grid.shape_zyx, dtype=np.float32)
    for point in points:
        x, y, z = grid.to_mm(point).tolist()
        moved = replace(grid, origin_mm=(x, y, z))
        read = resample(part, moved, interpolation=interpolation, outside=outside)
        total += sitk.GetArrayViewFromImage(read)
    total /= len(points)
    return grid.image(total)


def _points(source: Grid, target: Grid) -> list[tuple[float, ...]]:
    """Return the points of a voxel over which it is averaged, in voxels from its middle."""
    axes = np.abs(np.reshape(source.direction, (3, 3)).T @ np.reshape(target.direction, (3, 3)))
    native_mm = np.asarray(source.spacing_mm)[axes.argmax(axis=0)]
    counts = np.clip(np.round(np.asarray(target.spacing_mm) / native_mm), 1, MOST_POINTS)
    return list(product(*((np.arange(0.5, n) / n - 0.5).tolist() for n in counts)))


def _read(
    image: sitk.Image,
    grid: Grid,
    interpolation: Interpolation,
    outside: float,
    pixel_type: int,
) -> sitk.Image:
    return sitk.Resample(
        image,
        grid.size_xyz,
        sitk.Transform(),
        _INTERPOLATORS[interpolation],
        grid.origin_mm,
        grid.spacing_mm,
        grid.direction,
        outside,
        pixel_type,
    )


def _range(image: sitk.Image) -> tuple[float, float]:
    # A named image: a view of a temporary one would dangle.
    view = sitk.GetArrayViewFromImage(image)
    return float(view.min()), float(view.max())
