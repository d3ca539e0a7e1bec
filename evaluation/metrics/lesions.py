"""Predicted lesions matched one to one with the true ones, and the detection score.

The challenge counts a node as detected where its IoU is above 0.30, and has published neither the
connectivity of a lesion nor whether one prediction may detect several. Chosen here, as the
community's evaluator does: 26-connected lesions, matched greedily by decreasing IoU, each at most
once. The greedy matching is the optimal (Hungarian) one above IoU 0.5, where no lesion has two
candidates; at 0.30 it may find one pair fewer.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluation.metrics.boxes import Box, Voxel, corner, intersection, moved
from evaluation.metrics.checks import same_shape
from evaluation.metrics.components import Components, Lesion, Piece, components

DETECTED_IOU = 0.30
"""A lesion is detected where its IoU is above this (the challenge's evaluation page)."""


@dataclass(frozen=True)
class Contact:
    """A predicted and a true lesion that share voxels.

    Attributes
    ----------
    predicted, true : Lesion
        The two.
    common_ml : float
        Volume of their intersection.
    iou : float
        Intersection over union, above 0 to 1.
    """

    predicted: Lesion
    true: Lesion
    common_ml: float
    iou: float


@dataclass(frozen=True)
class Matching:
    """Which predicted lesion detects which true one.

    Attributes
    ----------
    predicted, true : tuple of Lesion
        All lesions of each side.
    contacts : tuple of Contact
        All that share voxels, by true and predicted number.
    pairs : tuple of Contact
        The matched ones, each lesion at most once, highest IoU first.
    """

    predicted: tuple[Lesion, ...]
    true: tuple[Lesion, ...]
    contacts: tuple[Contact, ...]
    pairs: tuple[Contact, ...]

    @property
    def tp(self) -> int:
        """True lesions that are detected."""
        return len(self.pairs)

    @property
    def fp(self) -> int:
        """Predicted lesions that detect none."""
        return len(self.predicted) - len(self.pairs)

    @property
    def fn(self) -> int:
        """True lesions that are missed."""
        return len(self.true) - len(self.pairs)


def contacts(predicted: Components, true: Components) -> tuple[Contact, ...]:
    """List the pairs of lesions that share voxels, by true and predicted number.

    Both sides have to come from masks of one grid.
    """
    shared: dict[tuple[int, int], int] = {}
    # Two lesions lie in one piece each, so no pair is counted twice.
    for real, mine in product(true.pieces, predicted.pieces):
        shared |= _shared_voxels(real, mine)
    return tuple(
        _contact(predicted.lesions[p - 1], true.lesions[t - 1], common)
        for (t, p), common in sorted(shared.items())
    )


def _shared_voxels(true: Piece, predicted: Piece) -> dict[tuple[int, int], int]:
    """Count the voxels of each pair of numbers, (true, predicted)."""
    box = intersection(true.box, predicted.box)
    if box is None:
        return {}
    real = true.numbers[moved(box, _back(true.box))]
    mine = predicted.numbers[moved(box, _back(predicted.box))]
    both = (real > 0) & (mine > 0)
    # One number a pair: as columns of a table, they would take ten times as long to sort.
    base = int(mine.max()) + 1
    codes, counts = np.unique(real[both].astype(np.int64) * base + mine[both], return_counts=True)
    return {
        divmod(code, base): count
        for code, count in zip(codes.tolist(), counts.tolist(), strict=True)
    }


def _back(box: Box) -> Voxel:
    z, y, x = corner(box)
    return -z, -y, -x


def _contact(predicted: Lesion, true: Lesion, common: int) -> Contact:
    common_ml = common * (true.volume_ml / true.voxels)
    iou = common / (predicted.voxels + true.voxels - common)
    return Contact(predicted, true, common_ml, iou)


def pair(predicted: Components, true: Components, *, threshold: float = DETECTED_IOU) -> Matching:
    """Match lesions one to one, greedily by decreasing IoU, strictly above a threshold.

    Equal IoUs go to the true lesion of the lower number, then to the predicted one of the lower
    number, so a result depends on nothing but the masks.
    """
    found = contacts(predicted, true)
    pairs: list[Contact] = []
    taken_true: set[int] = set()
    taken_predicted: set[int] = set()
    # The sort is stable, and contacts come by true and predicted number.
    for contact in sorted(found, key=lambda contact: -contact.iou):
        t, p = contact.true.number, contact.predicted.number
        if contact.iou > threshold and t not in taken_true and p not in taken_predicted:
            pairs.append(contact)
            taken_true.add(t)
            taken_predicted.add(p)
    return Matching(predicted.lesions, true.lesions, found, tuple(pairs))


def match(
    prediction: NDArray[np.bool_],
    truth: NDArray[np.bool_],
    *,
    voxel_mm3: float,
    threshold: float = DETECTED_IOU,
) -> Matching:
    """Find and match the lesions of two masks, shape (z, y, x), on one grid; see `pair`.

    Raises
    ------
    ValueError
        If the shapes differ.
    """
    same_shape(prediction, truth)
    predicted = components(prediction, voxel_mm3=voxel_mm3)
    return pair(predicted, components(truth, voxel_mm3=voxel_mm3), threshold=threshold)


def aggregated_f1(tp: ArrayLike, *, fp: ArrayLike, fn: ArrayLike) -> float:
    """Return ``2 TP / (2 TP + FP + FN)`` of counts summed over patients; higher is better.

    Nothing true and nothing predicted anywhere scores 1, as the challenge's aggregated Dice does.

    Parameters
    ----------
    tp, fp, fn : array_like of int, shape (patients,) or scalar
        Detected, false and missed lesions.
    """
    hits, errors = 2.0 * float(np.sum(tp)), float(np.sum(fp) + np.sum(fn))
    return 1.0 if hits + errors == 0 else hits / (hits + errors)
