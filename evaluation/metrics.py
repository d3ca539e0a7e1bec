"""The three tasks' headline metrics."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata


def dice(prediction: NDArray[np.bool_], truth: NDArray[np.bool_]) -> float:
    """Return the Dice coefficient of two masks of one shape; 1 where both are empty."""
    if prediction.shape != truth.shape:
        raise ValueError(f"expected masks of one shape, found {prediction.shape}, {truth.shape}")
    both = int(prediction.sum()) + int(truth.sum())
    return 1.0 if both == 0 else 2.0 * int((prediction & truth).sum()) / both


def concordance_index(risk: ArrayLike, *, time_days: ArrayLike, event: ArrayLike) -> float:
    """Return Harrell's C-index of a risk; 1 when every earlier event has the higher risk.

    A pair is comparable where the earlier time is an event, or where times are equal and exactly
    one is an event (which then counts as earlier). Equal risks count half.

    Parameters
    ----------
    risk : array_like, shape (n,)
        Higher means earlier recurrence.
    time_days : array_like, shape (n,)
        Time to recurrence or to the last follow-up.
    event : array_like, shape (n,)
        True for a recurrence, False for a censored time.

    Raises
    ------
    ValueError
        If lengths differ or no pair is comparable.
    """
    r, t, e = np.asarray(risk, float), np.asarray(time_days, float), np.asarray(event, bool)
    if not r.shape == t.shape == e.shape or r.ndim != 1:
        raise ValueError(f"expected three equal lengths, found {r.shape}, {t.shape}, {e.shape}")
    pairs, concordant = 0, 0.0
    # Event by event: all pairs at once would take gigabytes for a large cohort.
    for i in np.flatnonzero(e):
        later = r[(t > t[i]) | ((t == t[i]) & ~e)]
        pairs += later.size
        concordant += (later < r[i]).sum() + 0.5 * (later == r[i]).sum()
    if pairs == 0:
        raise ValueError("expected at least one comparable pair, found none")
    return float(concordant / pairs)


def balanced_accuracy(call: ArrayLike, *, truth: ArrayLike) -> float:
    """Return the mean of sensitivity and specificity.

    Raises
    ------
    ValueError
        If the truth has only one class.
    """
    c, y = np.asarray(call, bool), np.asarray(truth, bool)
    if y.all() or not y.any():
        raise ValueError("expected positives and negatives in the truth, found one class")
    return float((c[y].mean() + (~c[~y]).mean()) / 2.0)


def roc_auc(score: ArrayLike, *, truth: ArrayLike) -> float:
    """Return the area under the ROC curve: the chance that a positive scores above a negative.

    Raises
    ------
    ValueError
        If the truth has only one class.
    """
    s, y = np.asarray(score, float), np.asarray(truth, bool)
    if y.all() or not y.any():
        raise ValueError("expected positives and negatives in the truth, found one class")
    # The ranks of the positives, ties sharing theirs, count the pairs (Mann and Whitney).
    positives, negatives = int(y.sum()), int((~y).sum())
    wins = rankdata(s)[y].sum() - positives * (positives + 1) / 2
    return float(wins / (positives * negatives))


def bootstrap_interval(
    values: NDArray[np.float64], *, seed: int = 0, draws: int = 2000
) -> tuple[float, float]:
    """Return the 95 % percentile bootstrap interval of a mean over patients."""
    rng = np.random.default_rng(seed)
    picks = rng.integers(0, len(values), size=(draws, len(values)))
    low, high = np.percentile(values[picks].mean(axis=1), [2.5, 97.5])
    return float(low), float(high)
