"""Who should score above whom, and how well one feature by itself says so."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from training.fitting.scores.table import Table

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class Pairs(NamedTuple):
    """Comparable pairs of n patients.

    Attributes
    ----------
    rows : ndarray, shape (r,), int
        One of each pair: those who recurred, or HPV negatives, who are fewer.
    others : ndarray, shape (r, n), bool
        Who is compared with them.
    direction : float
        1 where those of the rows should score above the others, -1 where below.
    """

    rows: NDArray[np.intp]
    others: Flags
    direction: float


def pairs_of(table: Table) -> Pairs:
    """Return Harrell's comparable pairs of a risk, or positives against negatives.

    Whoever recurred earlier is above those followed for longer, and above whoever left at the
    same time.
    """
    outcome = table.outcome
    if table.role == "hpv":
        negatives = np.flatnonzero(~outcome)
        return Pairs(negatives, np.tile(outcome, (len(negatives), 1)), -1.0)
    rows = np.flatnonzero(outcome)
    time = table.time_days.numpy()
    later, same = time > time[rows, None], time == time[rows, None]
    return Pairs(rows, later | (same & ~outcome), 1.0)


def concordances(values: Floats, known: Flags, pairs: Pairs, weights: Floats) -> Floats:
    """Return each feature's C-index or area under the ROC curve, in each of several samples.

    Parameters
    ----------
    values : ndarray, shape (n, features)
        Equal ones of a pair count half.
    known : ndarray, shape (n, features), bool
        A pair with a missing value does not count.
    pairs : Pairs
        Who is compared.
    weights : ndarray, shape (samples, n)
        How often each patient is in a sample.

    Returns
    -------
    ndarray, shape (samples, features)
        NaN where no pair counts.
    """
    found = np.full((len(weights), values.shape[1]), np.nan)
    of_rows = weights[:, pairs.rows]
    for feature in range(values.shape[1]):
        x, there = values[:, feature], known[:, feature]
        compared = (pairs.others & there[pairs.rows, None] & there).astype(np.float64)
        apart = pairs.direction * (x[pairs.rows, None] - x)
        right = compared * ((apart > 0) + 0.5 * (apart == 0))
        total = ((of_rows @ compared) * weights).sum(1)
        with np.errstate(invalid="ignore"):
            found[:, feature] = ((of_rows @ right) * weights).sum(1) / total
    return found
