"""autoPET IV: volumes missed and made up, and metrics over a user's clicks.

Defined as the challenge's published script means them. Four of its slips are not here: it reads
options it never declares; it demands as many predictions as clicks, although there is one more
(before the first click); its check of a type always holds; and it leaves labels above 1 as they
are. Here any voxel that isn't 0 is lesion, and the number of values is checked.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from evaluation.metrics.boxes import bounding_box
from evaluation.metrics.checks import same_shape
from evaluation.metrics.overlap import dice_where_present

CLICKS = 10
"""A user's clicks; there is a prediction before the first and after each."""

Mask = NDArray[Any]


def autopet_dice(prediction: Mask, *, truth: Mask) -> float:
    """Return the Dice coefficient; NaN where the truth is empty, as that challenge has it.

    Parameters
    ----------
    prediction, truth : ndarray, shape (z, y, x)
        Lesion where not 0.

    Raises
    ------
    ValueError
        If shapes differ.
    """
    return dice_where_present(prediction != 0, truth != 0)


def false_positive_ml(prediction: Mask, *, truth: Mask, voxel_ml: float) -> float:
    """Return the volume of predicted components that touch no lesion; 0 is best.

    A component's voxels share a face or an edge (18 neighbours). It is 0 for an empty prediction.

    Parameters
    ----------
    prediction, truth : ndarray, shape (z, y, x)
        Lesion where not 0.
    voxel_ml : float
        Volume of a voxel in ml.

    Raises
    ------
    ValueError
        If shapes differ or a voxel has no volume.
    """
    return _untouched(prediction != 0, truth != 0) * _positive(voxel_ml)


def false_negative_ml(prediction: Mask, *, truth: Mask, voxel_ml: float) -> float:
    """Return the volume of true components without a predicted voxel; NaN for an empty truth.

    0 is best. A component's voxels share a face or an edge (18 neighbours).

    Parameters
    ----------
    prediction, truth, voxel_ml
        As in `false_positive_ml`.

    Raises
    ------
    ValueError
        As `false_positive_ml`.
    """
    missed = _untouched(truth != 0, prediction != 0) * _positive(voxel_ml)
    return missed if truth.any() else float("nan")


def area_over_clicks(values: Sequence[float]) -> float:
    """Return the area under a metric over 0 to 10 clicks by the trapezoid rule.

    Of a Dice at most 10, higher is better; of a volume in ml, lower is better.

    Parameters
    ----------
    values : sequence of float
        The metric before the first click and after each of the 10; one NaN makes the area NaN.

    Raises
    ------
    ValueError
        If there are not 11 values.
    """
    if len(values) != CLICKS + 1:
        raise ValueError(f"expected {CLICKS + 1} values, found {len(values)}")
    return float(np.trapezoid(np.asarray(values, dtype=float)))


def after_last_click(values: Sequence[float]) -> float:
    """Return a metric after the last of the 10 clicks, the challenge's final value.

    Raises
    ------
    ValueError
        If there are not 11 values.
    """
    if len(values) != CLICKS + 1:
        raise ValueError(f"expected {CLICKS + 1} values, found {len(values)}")
    return float(values[-1])


def _untouched(mask: NDArray[np.bool_], other: NDArray[np.bool_]) -> int:
    """Return how many voxels lie in components of a mask that share no voxel with another mask."""
    same_shape(mask, other)
    box = bounding_box(mask)
    if box is None:
        return 0
    # Components end where the mask does, so its box holds all of them.
    inside, beside = mask[box], other[box]
    labels, number = ndimage.label(inside, ndimage.generate_binary_structure(3, 2))
    sizes = np.bincount(labels.ravel(), minlength=number + 1)
    sizes[0] = 0
    sizes[np.unique(labels[beside])] = 0
    return int(sizes.sum())


def _positive(voxel_ml: float) -> float:
    if not voxel_ml > 0.0:
        raise ValueError(f"voxel_ml: expected a volume above 0, found {voxel_ml}")
    return voxel_ml
