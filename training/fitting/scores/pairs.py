"""Who should score above whom, and how well one feature by itself says so."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from training.fitting.scores.table import Table

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class ComparablePairs(NamedTuple):
    """Pairs of n patients of whom it is known who should score above whom.

    Attributes
    ----------
    anchors : ndarray, shape (r,), int
        One patient of each pair: those who recurred, or HPV negatives, who are fewer.
    partners : ndarray, shape (r, n), bool
        With whom each anchor is compared.
    direction : float
        1 where anchors should score above their partners, -1 where below.
    """

    anchors: NDArray[np.intp]
    partners: Flags
    direction: float


def comparable_pairs(table: Table) -> ComparablePairs:
    """Return Harrell's comparable pairs of a risk, or positives against negatives.

    Whoever recurred earlier is above those followed for longer, and above whoever left at the
    same time.
    """
    outcome = table.outcome
    if table.role == "hpv":
        negatives = np.flatnonzero(~outcome)
        return ComparablePairs(negatives, np.tile(outcome, (len(negatives), 1)), -1.0)
    recurred = np.flatnonzero(outcome)
    time = table.time_days.numpy()
    later, same = time > time[recurred, None], time == time[recurred, None]
    return ComparablePairs(recurred, later | (same & ~outcome), 1.0)


def concordances(values: Floats, known: Flags, pairs: ComparablePairs, weights: Floats) -> Floats:
    """Return each feature's C-index or area under the ROC curve, in each of several samples.

    Parameters
    ----------
    values : ndarray, shape (n, features)
        Equal ones of a pair count half.
    known : ndarray, shape (n, features), bool
        A pair with a missing value does not count.
    pairs : ComparablePairs
        Who is compared.
    weights : ndarray, shape (samples, n)
        How often each patient is in a sample.

    Returns
    -------
    ndarray, shape (samples, features)
        NaN where no pair counts.
    """
    found = np.full((len(weights), values.shape[1]), np.nan)
    of_anchors = weights[:, pairs.anchors]
    for feature in range(values.shape[1]):
        x, there = values[:, feature], known[:, feature]
        compared = (pairs.partners & there[pairs.anchors, None] & there).astype(np.float64)
        apart = pairs.direction * (x[pairs.anchors, None] - x)
        right = compared * ((apart > 0) + 0.5 * (apart == 0))
        total = ((of_anchors @ compared) * weights).sum(1)
        with np.errstate(invalid="ignore"):
            found[:, feature] = ((of_anchors @ right) * weights).sum(1) / total
    return found
