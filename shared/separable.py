"""The mean over each voxel of a target, in one product an axis, where two grids' axes are parallel.

A scan between its voxels is what linear interpolation makes of it, and beyond them is air; the mean
of that over a box is one matrix an axis. So it does not matter into how many voxels a scan is cut,
or how much air is around it. The products are BLAS's: their last digits (5e-5 HU) depend on the
kind of processor, not on the number of its cores.
"""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from shared.grid import Grid

# Of directions' cosines: over a metre of scan it moves a point by a thousandth of a millimetre.
PARALLEL = 1e-6

Matrix = NDArray[np.float32]


def claim_product_memory() -> None:
    """Have OpenBLAS take the memory of its products, which it keeps for later ones.

    Where there is none left it ends the process in words of its own, so it is asked before a model
    or a scan has taken it.
    """
    square = np.ones((256, 256), dtype=np.float32)
    square @ square


def mean_onto(image: sitk.Image, grid: Grid, *, outside: float) -> sitk.Image | None:
    """Return the mean of a linearly interpolated image over each voxel of a grid.

    Parameters
    ----------
    image : SimpleITK.Image
        A 3-D scalar image.
    grid : Grid
        The target.
    outside : float
        Value of the voxels that would come next on every side of the image.

    Returns
    -------
    SimpleITK.Image or None
        float32 on `grid`; None where the axes are not parallel.
    """
    source = Grid.of(image)
    order = _order(source, grid)
    if order is None:
        return None
    x, y, z = (_way(source, grid, axis, order[axis]) for axis in range(3))
    array = sitk.GetArrayViewFromImage(image).astype(np.float32)
    array -= np.float32(outside)
    array = np.matmul(y, array @ x.T)
    array = (z @ array.reshape(array.shape[0], -1)).reshape(-1, *array.shape[1:])
    array += np.float32(outside)
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


def _way(source: Grid, target: Grid, axis: int, onto: int) -> Matrix:
    """Return the matrix (target voxels, source voxels) of an axis."""
    faces = np.zeros((target.size_xyz[onto] + 1, 3))
    faces[:, onto] = np.arange(len(faces)) - 0.5
    position = source.to_index(target.to_mm(faces))[:, axis]
    before = _hat_before(position[:, None] - np.arange(source.size_xyz[axis]))
    matrix: Matrix = (np.diff(before, axis=0) / np.diff(position)[:, None]).astype(np.float32)
    return matrix


def _hat_before(offset: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how much of linear interpolation's hat, of area 1, lies before an offset."""
    offset = np.clip(offset, -1.0, 1.0)
    part: NDArray[np.float64] = 0.5 + offset - offset * np.abs(offset) / 2.0
    return part
