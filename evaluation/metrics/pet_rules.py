"""How far the oldest PET rules come: patients that they solve teach a network nothing.

One of them is no rule but a bound: the threshold that is best for the patient, by the truth.

Each rule is scored by its Dice on the PET's grid, where the labels were brought. Rules without
location can't tell a node from a primary: they are scored against GTVp alone, as the box rule is,
and against both labels together.
"""

import numpy as np
from numpy.typing import NDArray

from evaluation.metrics.boxes import Box, bounding_box, grown
from evaluation.metrics.components import cut_out
from evaluation.metrics.overlap import dice

Mask = NDArray[np.bool_]
Spacing = tuple[float, float, float]

FRACTION, FIXED_SUV = 0.41, 4.0
BOX_MM, NECK_MM = 15.0, 350.0
_HEAD_MM, _BRAIN_SUV = 110.0, 4.0

IN_BOX = "41 % of the maximum, box 15 mm around the true GTVp"
BEST_IN_BOX = "each patient's best threshold, chosen by the truth, same box"
FIXED = "SUV 4, no location"
OF_NECK = "41 % of the neck's maximum, no location"
FIXED_ALL, OF_NECK_ALL = (f"{rule}, against GTVp and GTVn" for rule in (FIXED, OF_NECK))


def score_rules(
    suv: NDArray[np.float32],
    labels: NDArray[np.uint8],
    spacing_zyx_mm: Spacing,
    *,
    has_head: bool = True,
) -> dict[str, float]:
    """Return the Dice of each rule that applies to a patient.

    Parameters
    ----------
    suv : ndarray, shape (z, y, x), float32
        The PET; z increases towards the head.
    labels : ndarray, shape (z, y, x), uint8
        1 primary, 2 nodes.
    spacing_zyx_mm : tuple of float
        Voxel size.
    has_head : bool
        Whether the rules without location look at the head and neck, brain left out, rather than
        at all of the scan.
    """
    scores: dict[str, float] = {}
    around = bounding_box(labels == 1)
    if around is not None:
        box = grown(around, BOX_MM, spacing_zyx_mm)
        scores[IN_BOX] = dice(_in_box(suv, box), labels == 1)
        scores[BEST_IN_BOX] = _best_dice(suv[box], labels[box] == 1)
    if (labels > 0).any():
        top = max(suv.shape[0] - round(NECK_MM / spacing_zyx_mm[0]), 0) if has_head else 0
        neck = suv[top:]
        if has_head:
            neck = np.where(brain(neck, spacing_zyx_mm), np.float32(0), neck)
        levels = (FIXED_SUV, FRACTION * float(neck.max()))
        for level, alone, both in zip(
            levels, (FIXED, OF_NECK), (FIXED_ALL, OF_NECK_ALL), strict=True
        ):
            hot = np.zeros(suv.shape, dtype=bool)
            hot[top:] = neck >= level
            scores[both] = dice(hot, labels > 0)
            if around is not None:
                scores[alone] = dice(hot, labels == 1)
    return scores


def _in_box(suv: NDArray[np.float32], box: Box) -> Mask:
    hot = np.zeros(suv.shape, dtype=bool)
    hot[box] = suv[box] >= FRACTION * suv[box].max()
    return hot


def _best_dice(suv: NDArray[np.float32], truth: Mask) -> float:
    """Return the Dice of the threshold that has the highest: what PET's level alone can tell."""
    hottest_first = np.argsort(-suv, axis=None, kind="stable")
    values = suv.ravel()[hottest_first]
    common = np.cumsum(truth.ravel()[hottest_first])
    # Voxels of one value are above a threshold together, or not at all.
    last = np.append(values[1:] != values[:-1], True)
    found = np.arange(1, values.size + 1)
    return float((2.0 * common / (found + common[-1]))[last].max())


def brain(suv: NDArray[np.float32], spacing_zyx_mm: Spacing) -> Mask:
    """Return a brain as a simple rule sees it.

    Of the components above SUV 4, the one with the most voxels in the top 110 mm.
    """
    head = max(suv.shape[0] - round(_HEAD_MM / spacing_zyx_mm[0]), 0)
    best, most = np.zeros(suv.shape, dtype=bool), 0
    for box, inside in cut_out(suv >= _BRAIN_SUV):
        voxels = int(inside[max(head - box[0].start, 0) :].sum())
        if voxels > most:
            best[...] = False
            best[box] = inside
            most = voxels
    return best
