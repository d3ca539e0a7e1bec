"""Lesions that nothing is wrong with: where they are, and how well they were outlined."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evaluation.metrics.boxes import Box, bounding_box, corner, intersection, moved
from evaluation.metrics.components import components
from evaluation.metrics.overlap import TITLES, dice

Labels = NDArray[np.uint8]


def agreeing(truth: Labels, findings: Sequence[Box]) -> list[tuple[int, Box]]:
    """Return label and box of the true lesions that lie in no finding's box, large ones first.

    Parameters
    ----------
    truth : ndarray, shape (z, y, x)
        Labels 0, 1, 2.
    findings : sequence of Box
        What is shown already.
    """
    around = bounding_box(truth)
    if around is None:
        return []
    found = [
        (lesion.voxels, label, moved(lesion.box, corner(around)))
        for label in TITLES
        for lesion in components(truth[around] == label, voxel_mm3=1.0).lesions
    ]
    found.sort(key=lambda lesion: -lesion[0])
    boxes = [(label, box) for _, label, box in found]
    return [
        (label, box)
        for label, box in boxes
        if not any(intersection(box, finding) == box for finding in findings)
    ]


def agreement(truth: Labels, prediction: Labels, label: int, voxel_ml: float) -> str:
    """Return a sentence on one lesion.

    Parameters
    ----------
    truth, prediction : ndarray, shape (z, y, x)
        Labels in the lesion's box.
    label : int
        1 GTVp, 2 GTVn.
    voxel_ml : float
        Volume of a voxel.
    """
    known = truth == label
    score = dice(prediction == label, known)
    millilitres = np.count_nonzero(known) * voxel_ml
    return f"{TITLES[label]} of {millilitres:.1f} ml found, Dice {score:.2f} in its box"
