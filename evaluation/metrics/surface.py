"""Distances between the surfaces of two masks: HD95 and surface Dice.

A surface is the voxels of a mask with a face towards its outside (or the array's edge), as in
``grand_challenge_metrics`` and in MONAI; distances are between their centres.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import KDTree

from evaluation.metrics.boxes import corner, pieces
from evaluation.metrics.checks import same_shape

TOLERANCE_MM = 2.0
_PERCENTILE = 0.95
_ROUNDING_MM = 1e-6
"""Distances that equal the tolerance but for their last digits are within it."""

Spacing = tuple[float, float, float]


@dataclass(frozen=True)
class SurfaceAgreement:
    """How near the surfaces of a prediction and of the truth are.

    Attributes
    ----------
    hd95_mm : float
        95th percentile Hausdorff distance, lower is better; NaN where either side is empty.
    surface_dice : float
        Part of both surfaces within the tolerance of the other, 0 to 1, higher is better; NaN
        where both sides are empty, 0 where one is.
    """

    hd95_mm: float
    surface_dice: float


def surface_agreement(
    prediction: NDArray[np.bool_],
    truth: NDArray[np.bool_],
    spacing_zyx_mm: Spacing,
    *,
    tolerance_mm: float = TOLERANCE_MM,
) -> SurfaceAgreement:
    """Measure HD95 and surface Dice from one set of distances.

    HD95 is ``percentile_hausdorff_distance`` of ``grand_challenge_metrics``: the larger of both
    directions' 95th percentiles, each the sorted distance at index ``int(0.95 (n - 1))``. Surface
    Dice is Nikolov's (J Med Internet Res 2021) with voxels for surface elements, as MONAI's
    ``compute_surface_dice`` without subvoxels. Where a side is empty no distance is defined, and
    none is made up: HD95 is NaN and the reader has to say how many patients have one.

    Parameters
    ----------
    prediction, truth : ndarray, shape (z, y, x), bool
        Masks on one grid.
    spacing_zyx_mm : tuple of float
        Distances of neighbouring voxels along z, y, x.
    tolerance_mm : float
        Distances up to this one are within it.

    Raises
    ------
    ValueError
        If the shapes differ or the spacing is not three positive numbers.
    """
    mine, real = surface_distances_mm(prediction, truth, spacing_zyx_mm)
    if not mine.size and not real.size:
        return SurfaceAgreement(hd95_mm=float("nan"), surface_dice=float("nan"))
    if np.isinf(mine).any() or np.isinf(real).any():
        return SurfaceAgreement(hd95_mm=float("nan"), surface_dice=0.0)
    near = sum(int((d <= tolerance_mm + _ROUNDING_MM).sum()) for d in (mine, real))
    return SurfaceAgreement(
        hd95_mm=max(float(np.sort(d)[int((d.size - 1) * _PERCENTILE)]) for d in (mine, real)),
        surface_dice=near / (mine.size + real.size),
    )


def hd95_mm(
    prediction: NDArray[np.bool_], truth: NDArray[np.bool_], spacing_zyx_mm: Spacing
) -> float:
    """Return the 95th percentile Hausdorff distance; see `surface_agreement`."""
    return surface_agreement(prediction, truth, spacing_zyx_mm).hd95_mm


def surface_dice(
    prediction: NDArray[np.bool_],
    truth: NDArray[np.bool_],
    spacing_zyx_mm: Spacing,
    *,
    tolerance_mm: float = TOLERANCE_MM,
) -> float:
    """Return the surface Dice at a tolerance; see `surface_agreement`."""
    return surface_agreement(
        prediction, truth, spacing_zyx_mm, tolerance_mm=tolerance_mm
    ).surface_dice


def surface_distances_mm(
    prediction: NDArray[np.bool_], truth: NDArray[np.bool_], spacing_zyx_mm: Spacing
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the distance of each surface voxel to the nearest one of the other side's surface.

    Returns
    -------
    tuple of ndarray, shape (surface voxels,), mm
        Of the prediction's voxels and of the truth's; infinite where the other side is empty.

    Raises
    ------
    ValueError
        If the shapes differ or the spacing is not three positive numbers.
    """
    same_shape(prediction, truth)
    if len(spacing_zyx_mm) != 3 or not all(0 < s < np.inf for s in spacing_zyx_mm):
        raise ValueError(f"expected a positive spacing along z, y, x, found {spacing_zyx_mm}")
    mine, real = _surface_mm(prediction, spacing_zyx_mm), _surface_mm(truth, spacing_zyx_mm)
    return _distances_mm(mine, real), _distances_mm(real, mine)


def _surface_mm(mask: NDArray[np.bool_], spacing_zyx_mm: Spacing) -> NDArray[np.float64]:
    """Return the centres of a mask's surface voxels, shape (n, 3), in mm from the first voxel."""
    voxels = [np.zeros((0, 3), dtype=np.intp)]
    for box in pieces(mask):
        inside = mask[box]
        # What is outside the box counts as background, which it is.
        surface = inside & ~ndimage.binary_erosion(inside)
        voxels.append(np.argwhere(surface) + np.array(corner(box)))
    return np.asarray(np.concatenate(voxels) * np.array(spacing_zyx_mm), dtype=np.float64)


def _distances_mm(points: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the distance of each point to the nearest of the others.

    A tree over the surfaces' few thousand voxels is quicker than a distance map over the box
    around both, and does not grow with an outlier far away.
    """
    if not len(others):
        return np.full(len(points), np.inf)
    distances, _ = KDTree(others).query(points)
    return np.asarray(distances, dtype=np.float64)
