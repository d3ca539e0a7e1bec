"""Calls of HPV status: positive means HPV positive."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from grand_challenge_metrics.stats import calculate_confusion_matrix
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata

from evaluation.metrics.checks import flags, known, same_length

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Counts:
    """How many calls are true and false positives (tp, fp), true and false negatives (tn, fn)."""

    tp: int
    fp: int
    tn: int
    fn: int


def counts(call: ArrayLike, *, truth: ArrayLike) -> Counts:
    """Count true and false calls.

    Parameters
    ----------
    call : array_like, shape (n,)
        True where the call is HPV positive.
    truth : array_like, shape (n,)
        True where the patient is HPV positive.

    Raises
    ------
    ValueError
        If lengths differ or a value is neither 0 nor 1.
    """
    c, y = flags("call", call), flags("truth", truth)
    same_length(call=c, truth=y)
    (tn, fp), (fn, tp) = calculate_confusion_matrix(y, c, [False, True]).tolist()
    return Counts(tp=tp, fp=fp, tn=tn, fn=fn)


def sensitivity(call: ArrayLike, *, truth: ArrayLike) -> float:
    """Return the share of HPV positive patients who are called so; higher is better.

    Raises
    ------
    ValueError
        As `counts`; also if the truth has no positive.
    """
    found = counts(call, truth=truth)
    if found.tp + found.fn == 0:
        raise ValueError("expected a positive in the truth, found none")
    return found.tp / (found.tp + found.fn)


def specificity(call: ArrayLike, *, truth: ArrayLike) -> float:
    """Return the share of HPV negative patients who are called so; higher is better.

    Raises
    ------
    ValueError
        As `counts`; also if the truth has no negative.
    """
    found = counts(call, truth=truth)
    if found.tn + found.fp == 0:
        raise ValueError("expected a negative in the truth, found none")
    return found.tn / (found.tn + found.fp)


def balanced_accuracy(call: ArrayLike, *, truth: ArrayLike) -> float:
    """Return the mean of sensitivity and specificity; one call for all gives 0.5.

    Raises
    ------
    ValueError
        As `counts`; also if the truth has only one class.
    """
    both_classes(flags("truth", truth))
    return (sensitivity(call, truth=truth) + specificity(call, truth=truth)) / 2.0


def roc_auc(score: ArrayLike, *, truth: ArrayLike) -> float:
    """Return the area under the ROC curve: the chance that a positive scores above a negative.

    Equal scores count half.

    Parameters
    ----------
    score : array_like, shape (n,)
        Higher means HPV positive is likelier.
    truth : array_like, shape (n,)
        True where the patient is HPV positive.

    Raises
    ------
    ValueError
        If the truth has only one class, lengths differ or a value is NaN.
    """
    s, y = known("score", score), flags("truth", truth)
    same_length(score=s, truth=y)
    both_classes(y)
    # The ranks of the positives, ties sharing theirs, count the pairs (Mann and Whitney).
    positives, negatives = int(y.sum()), int((~y).sum())
    wins = rankdata(s)[y].sum() - positives * (positives + 1) / 2
    return float(wins / (positives * negatives))


@dataclass(frozen=True)
class RocCurve:
    """What a threshold on the score trades, from calling nobody positive to calling everybody.

    Attributes
    ----------
    false_positive_rate, sensitivity : ndarray, shape (m,)
        1 - specificity and sensitivity, both ascending from 0 to 1.
    threshold : ndarray, shape (m,)
        Scores of at least this are called positive; descending from infinity.
    """

    false_positive_rate: Floats
    sensitivity: Floats
    threshold: Floats


def roc_curve(score: ArrayLike, *, truth: ArrayLike) -> RocCurve:
    """Return the ROC curve with one point a distinct score.

    Parameters
    ----------
    score, truth : array_like, shape (n,)
        As in `roc_auc`.

    Raises
    ------
    ValueError
        As `roc_auc`.
    """
    s, y = known("score", score), flags("truth", truth)
    same_length(score=s, truth=y)
    both_classes(y)
    threshold = np.unique(s)[::-1]
    # Ascending scores: what lies at or above a threshold is the rest of its class.
    negative, positive = (
        1.0 - np.searchsorted(np.sort(mine), threshold) / mine.size for mine in (s[~y], s[y])
    )
    return RocCurve(
        np.append(0.0, negative), np.append(0.0, positive), np.append(np.inf, threshold)
    )


def both_classes(truth: NDArray[np.bool_]) -> None:
    """Check that a truth has positives and negatives.

    Raises
    ------
    ValueError
        If it has not.
    """
    if truth.all() or not truth.any():
        raise ValueError("expected positives and negatives in the truth, found one class")
