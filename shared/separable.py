"""Smoothing and linear resampling in one product an axis, where the axes of two grids are parallel.

ITK smooths every native voxel, then reads a few of them. Where the axes are parallel both steps are
one matrix an axis, and only what is read is computed. The products are BLAS's: their last digits
(5e-5 HU) depend on the kind of processor, not on the number of its cores.
"""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from shared.errors import InputError
from shared.grid import Grid

# Of directions' cosines: over a metre of scan it moves a point by a thousandth of a millimetre.
PARALLEL = 1e-6
KERNEL_WIDTH, KERNEL_ERROR = 64, 0.001
"""Of ITK's discrete Gaussian: its reach in voxels, and how much of the true one may be cut off."""

Matrix = NDArray[np.float32]


def smooth(image: sitk.Image, sigma_mm: NDArray[np.float64]) -> sitk.Image:
    """Smooth an image with ITK's discrete Gaussian; zero leaves an axis as it is."""
    return sitk.DiscreteGaussian(image, (sigma_mm**2).tolist(), KERNEL_WIDTH, KERNEL_ERROR, True)


def smooth_and_resample(
    image: sitk.Image, grid: Grid, *, sigma_mm: NDArray[np.float64], outside: float
) -> sitk.Image | None:
    """Do at once what `smooth` and a linear resample onto a grid do one after the other.

    Parameters
    ----------
    image : SimpleITK.Image
        A 3-D scalar image.
    grid : Grid
        The target.
    sigma_mm : ndarray, shape (3,)
        Width of the smoothing along each axis of the image.
    outside : float
        Value of voxels that the image does not reach.

    Returns
    -------
    SimpleITK.Image or None
        float32 on `grid`; None where the axes are not parallel.
    """
    source = Grid.of(image)
    order = _order(source, grid)
    if order is None:
        return None
    ways = [_way(source, grid, axis, order[axis], float(sigma_mm[axis])) for axis in range(3)]
    (x, in_x), (y, in_y), (z, in_z) = ways
    array = sitk.GetArrayViewFromImage(image).astype(np.float32)
    array = np.matmul(y, array @ x.T)
    array = (z @ array.reshape(array.shape[0], -1)).reshape(-1, *array.shape[1:])
    array[~(in_z[:, None, None] & in_y[:, None] & in_x)] = outside
    # Axes x, y, z of the image are axes 2, 1, 0 of its array; the target's come in its own order.
    towards = [2 - order.index(axis) for axis in (2, 1, 0)]
    return grid.image(np.ascontiguousarray(array.transpose(towards)))


def _order(source: Grid, target: Grid) -> tuple[int, ...] | None:
    """Return the target's axis that is parallel to each axis of the source; None if one is not."""
    cosines = np.abs(np.reshape(source.direction, (3, 3)).T @ np.reshape(target.direction, (3, 3)))
    order = tuple(int(axis) for axis in cosines.argmax(axis=1))
    unit = np.zeros((3, 3))
    unit[range(3), order] = 1.0
    parallel = len(set(order)) == 3 and np.allclose(cosines, unit, rtol=0.0, atol=PARALLEL)
    return order if parallel else None


def _way(
    source: Grid, target: Grid, axis: int, onto: int, sigma_mm: float
) -> tuple[Matrix, NDArray[np.bool_]]:
    """Return the matrix (target voxels, source voxels) of an axis, and which voxels are reached."""
    count = source.size_xyz[axis]
    steps = np.zeros((target.size_xyz[onto], 3))
    steps[:, onto] = np.arange(target.size_xyz[onto])
    position = source.to_index(target.to_mm(steps))[:, axis]
    reached = (position >= -0.5) & (position <= count - 0.5)
    position = np.clip(position, 0.0, count - 1.0)
    low = np.minimum(np.floor(position).astype(int), max(0, count - 2))
    share = position - low
    matrix = np.zeros((position.size, count))
    rows = np.arange(position.size)
    kernel = _kernel(sigma_mm, source.spacing_mm[axis])
    for shift, weight in enumerate(kernel, start=-(kernel.size // 2)):
        # Beyond the image its last voxel goes on, as in ITK.
        np.add.at(matrix, (rows, np.clip(low + shift, 0, count - 1)), weight * (1.0 - share))
        np.add.at(matrix, (rows, np.clip(low + 1 + shift, 0, count - 1)), weight * share)
    return matrix.astype(np.float32), reached


def _kernel(sigma_mm: float, spacing_mm: float) -> NDArray[np.float64]:
    """Ask ITK for its kernel: what a single bright voxel becomes.

    Raises
    ------
    InputError
        If the voxels are so fine that ITK has none: from 30 to a standard deviation on.
    """
    if sigma_mm == 0.0:
        return np.ones(1)
    line = np.zeros((1, 1, 2 * KERNEL_WIDTH + 1), dtype=np.float32)
    line[0, 0, KERNEL_WIDTH] = 1.0
    image = sitk.GetImageFromArray(line)
    image.SetSpacing((spacing_mm, 1.0, 1.0))
    blurred = sitk.GetArrayFromImage(smooth(image, np.array([sigma_mm, 0.0, 0.0])))
    if not np.isfinite(blurred).all():
        raise InputError(
            f"image: expected voxels at most 50 times finer than the network's, found "
            f"{spacing_mm:g} mm (is the spacing in another unit?)"
        )
    return np.asarray(blurred[0, 0], dtype=np.float64)
