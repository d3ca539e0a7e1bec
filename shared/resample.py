"""Bring an image onto a grid, once, from its native voxels."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from shared.grid import Grid
from shared.separable import smooth, smooth_and_resample

Interpolation = Literal["nearest", "linear", "bspline"]

# Anti-alias only where the target is over this many times coarser than the scan.
COARSER = 2.0
# Full width at half maximum of a Gaussian, in standard deviations.
FWHM_PER_SIGMA = 2.0 * math.sqrt(2.0 * math.log(2.0))

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
        Extra voxels on each side, for the interpolation's and the smoothing's reach.

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
    """Resample an image onto a grid, once, from its native voxels.

    A Gaussian removes what the target cannot hold where it is over twice coarser than the scan
    (its width adds to the scan's own up to the target's spacing), except with `nearest`.

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
        return _resampled(image, grid, interpolation, outside, image.GetPixelID())
    sigma_mm = _antialias_sigma_mm(Grid.of(image), grid)
    reach = int(np.ceil(np.max(4.0 * sigma_mm / np.asarray(image.GetSpacing()))))
    part = crop(image, grid, margin=2 + reach)
    pixel_type = sitk.sitkFloat32
    if part is None:
        empty = sitk.Image(grid.size_xyz, pixel_type) + outside
        empty.SetSpacing(grid.spacing_mm)
        empty.SetOrigin(grid.origin_mm)
        empty.SetDirection(grid.direction)
        return sitk.Cast(empty, pixel_type)
    if interpolation == "linear" and np.any(sigma_mm > 0.0):
        at_once = smooth_and_resample(part, grid, sigma_mm=sigma_mm, outside=outside)
        if at_once is not None:
            return at_once
    part = sitk.Cast(part, pixel_type)
    low, high = _range(part) if interpolation == "bspline" else (-math.inf, math.inf)
    if np.any(sigma_mm > 0.0):
        part = smooth(part, sigma_mm)
    result = _resampled(part, grid, interpolation, outside, pixel_type)
    if interpolation == "bspline":
        result = sitk.Clamp(result, pixel_type, min(low, outside), max(high, outside))
    return result


def _resampled(
    image: sitk.Image, grid: Grid, interpolation: Interpolation, outside: float, pixel_type: int
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


def _antialias_sigma_mm(source: Grid, target: Grid) -> NDArray[np.float64]:
    """Width of the smoothing along each axis of the source, in mm; zero where none is needed."""
    axes = np.abs(np.reshape(source.direction, (3, 3)).T @ np.reshape(target.direction, (3, 3)))
    # Step of the target along each axis of the source.
    step_mm = np.max(axes * np.asarray(target.spacing_mm), axis=1)
    native_mm = np.asarray(source.spacing_mm)
    sigma_mm = np.sqrt(np.maximum(step_mm**2 - native_mm**2, 0.0)) / FWHM_PER_SIGMA
    return np.where(step_mm > COARSER * native_mm, sigma_mm, 0.0)
