"""How much two segmentations share: Dice, and aggregated Dice over patients."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluation.metrics.boxes import bounding_box, union
from evaluation.metrics.checks import same_shape

GTVP, GTVN = 1, 2
"""Labels of the challenge: primary tumour and lymph nodes."""
TITLES = {GTVP: "GTVp", GTVN: "GTVn"}
"""What the challenge calls them."""
_LABELS = 3


def dice(prediction: NDArray[np.bool_], truth: NDArray[np.bool_]) -> float:
    """Return the Dice coefficient of two masks of one shape; 1 where both are empty.

    Higher is better. This is the primary convention for an absent primary: a patient without one
    scores 1 where none is predicted, else 0. The challenge has not published its own.

    Raises
    ------
    ValueError
        If the shapes differ.
    """
    same_shape(prediction, truth)
    both = int(prediction.sum()) + int(truth.sum())
    return 1.0 if both == 0 else 2.0 * int((prediction & truth).sum()) / both


def dice_where_present(prediction: NDArray[np.bool_], truth: NDArray[np.bool_]) -> float:
    """Return the Dice coefficient, or NaN where the truth is empty, for a mean that skips those.

    Raises
    ------
    ValueError
        If the shapes differ.
    """
    score = dice(prediction, truth)
    return score if truth.any() else float("nan")


@dataclass(frozen=True)
class Overlap:
    """What a prediction and the truth share of one label, in mm^3.

    Attributes
    ----------
    common_mm3, prediction_mm3, truth_mm3 : float
        Volumes of the intersection and of each side.
    """

    common_mm3: float
    prediction_mm3: float
    truth_mm3: float

    @property
    def dice(self) -> float:
        """Dice coefficient; 1 where both sides are empty."""
        return aggregated_dice(
            self.common_mm3, prediction_mm3=self.prediction_mm3, truth_mm3=self.truth_mm3
        )

    @property
    def dice_where_present(self) -> float:
        """Dice coefficient; NaN where the truth is empty."""
        return self.dice if self.truth_mm3 > 0 else float("nan")


def overlaps(
    prediction: NDArray[np.integer], truth: NDArray[np.integer], *, voxel_mm3: float
) -> dict[int, Overlap]:
    """Measure the overlap of each label.

    Parameters
    ----------
    prediction, truth : ndarray, shape (z, y, x), integer
        Labels 0 background, 1 GTVp, 2 GTVn, on one grid.
    voxel_mm3 : float
        Volume of a voxel.

    Returns
    -------
    dict of int to Overlap
        For the labels 1 and 2.

    Raises
    ------
    ValueError
        If the shapes differ or a label is outside {0, 1, 2}.
    """
    counts = confusion(prediction, truth)
    return {
        label: Overlap(
            common_mm3=float(counts[label, label]) * voxel_mm3,
            prediction_mm3=float(counts[:, label].sum()) * voxel_mm3,
            truth_mm3=float(counts[label].sum()) * voxel_mm3,
        )
        for label in (GTVP, GTVN)
    }


def confusion(prediction: NDArray[np.integer], truth: NDArray[np.integer]) -> NDArray[np.int64]:
    """Count the voxels of each pair of labels.

    Returns
    -------
    ndarray, shape (3, 3), int64
        Rows are the truth's labels, columns the prediction's, as in
        ``grand_challenge_metrics.stats.calculate_confusion_matrix``.

    Raises
    ------
    ValueError
        If the shapes differ or a label is outside {0, 1, 2}.
    """
    # `calculate_confusion_matrix` passes nine times over both arrays, whole-body scans included;
    # one count inside the box of all tumour gives the same (tested).
    same_shape(prediction, truth)
    counts = np.zeros((_LABELS, _LABELS), dtype=np.int64)
    box = union((bounding_box(prediction), bounding_box(truth)))
    if box is not None:
        mine, real = prediction[box], truth[box]
        for name, labels in (("prediction", mine), ("truth", real)):
            if labels.min() < 0 or labels.max() >= _LABELS:
                odd = sorted(set(np.unique(labels).tolist()) - set(range(_LABELS)))
                raise ValueError(f"expected labels 0, 1 and 2 in the {name}, found {odd}")
        # Plane by plane and without background: `bincount` widens its input to eight bytes each.
        for predicted, true in zip(mine, real, strict=True):
            pairs = _LABELS * true.astype(np.uint8) + predicted.astype(np.uint8)
            tumour = pairs[pairs > 0]
            counts += np.bincount(tumour, minlength=_LABELS**2).reshape(counts.shape)
    counts[0, 0] = prediction.size - counts.sum()
    return counts


def aggregated_dice(
    common_mm3: ArrayLike, *, prediction_mm3: ArrayLike, truth_mm3: ArrayLike
) -> float:
    """Return ``2 sum(common) / sum(prediction + truth)`` over patients; higher is better.

    A label that is absent everywhere, in predictions and truths, scores 1, as in the challenge's
    own ``DiceAggScore``.

    Parameters
    ----------
    common_mm3, prediction_mm3, truth_mm3 : array_like, shape (patients,) or scalar
        Volumes of the intersection and of each side.
    """
    both = float(np.sum(prediction_mm3) + np.sum(truth_mm3))
    return 1.0 if both == 0 else 2.0 * float(np.sum(common_mm3)) / both
