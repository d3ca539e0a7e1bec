"""Time to recurrence: ranking, Kaplan-Meier curves and the log-rank test."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import chi2, norm

from evaluation.metrics.checks import days, flags, known, same_length

Floats = NDArray[np.float64]
_BLOCK = 4_000_000
"""Pairs compared at a time, so that memory does not grow with the square of a cohort."""


def concordance_index(risk: ArrayLike, *, time_days: ArrayLike, event: ArrayLike) -> float:
    """Return Harrell's C-index of a risk; 1 when every earlier event has the higher risk.

    A pair is comparable where the earlier time is an event, or where times are equal and exactly
    one is an event (which then counts as earlier). Equal risks count half (Harrell 1996).

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
        If lengths differ, a value is NaN, or no pair is comparable.
    """
    r, t, e = known("risk", risk), known("time_days", time_days), flags("event", event)
    same_length(risk=r, time_days=t, event=e)
    pairs, concordant = 0, 0.0
    earlier, at_once = np.flatnonzero(e), max(_BLOCK // max(r.size, 1), 1)
    for start in range(0, earlier.size, at_once):
        i = earlier[start : start + at_once, None]
        comparable = (t > t[i]) | ((t == t[i]) & ~e)
        pairs += int(np.count_nonzero(comparable))
        concordant += np.count_nonzero(comparable & (r < r[i]))
        concordant += 0.5 * np.count_nonzero(comparable & (r == r[i]))
    if pairs == 0:
        raise ValueError("expected at least one comparable pair, found none")
    return float(concordant / pairs)


@dataclass(frozen=True)
class Curve:
    """The share still without recurrence, as steps that hold until the next time.

    Attributes
    ----------
    times_days : ndarray, shape (m,), days
        Day 0 and every distinct time, ascending.
    survival, low, high : ndarray, shape (m,)
        The share and its pointwise 95 % limits; the limits are NaN where the share is 0.
    at_risk, events : ndarray, shape (m,), int
        Patients observed up to each time, and how many of them recurred then.
    """

    times_days: Floats
    survival: Floats
    low: Floats
    high: Floats
    at_risk: NDArray[np.int64]
    events: NDArray[np.int64]

    def survival_at(self, day: float) -> float:
        """Return the share after a day; NaN past the last follow-up, unless nobody was left."""
        if day > self.times_days[-1] and self.survival[-1] > 0.0:
            return float("nan")
        return float(self.survival[np.searchsorted(self.times_days, day, side="right") - 1])

    def at_risk_at(self, day: float) -> int:
        """Return how many patients were observed up to a day."""
        index = int(np.searchsorted(self.times_days, day))
        return int(self.at_risk[index]) if index < self.at_risk.size else 0


def kaplan_meier(time_days: ArrayLike, event: ArrayLike) -> Curve:
    """Return the product-limit estimate (Kaplan and Meier 1958).

    Its limits are Greenwood's, taken on the log(-log) scale, so they stay within 0 and 1
    (Kalbfleisch and Prentice 2002).

    Parameters
    ----------
    time_days : array_like, shape (n,)
        Time to recurrence or to the last follow-up; 0 or more.
    event : array_like, shape (n,)
        True for a recurrence.

    Raises
    ------
    ValueError
        If there is no patient, lengths differ, a value is NaN or a time negative.
    """
    t, e = days("time_days", time_days), flags("event", event)
    same_length(time_days=t, event=e)
    if t.size == 0:
        raise ValueError("expected at least one patient, found none")
    times = np.union1d(0.0, t)
    at_risk, events = _counts(t, e, times)
    survival = np.cumprod(1.0 - events / at_risk, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        # Where the share is 1 or 0 this is 0 / 0 and gives NaN.
        variance = np.cumsum(events / (at_risk * (at_risk - events)))
        spread = norm.ppf(0.975) * np.sqrt(variance) / -np.log(survival)
    low, high = (survival ** np.exp(sign * spread) for sign in (1.0, -1.0))
    whole = survival == 1.0
    return Curve(
        times, survival, np.where(whole, 1.0, low), np.where(whole, 1.0, high), at_risk, events
    )


@dataclass(frozen=True)
class LogRank:
    """A log-rank test: its chi-square statistic, degrees of freedom and p value."""

    statistic: float
    degrees: int
    p_value: float


def log_rank(groups: ArrayLike, *, time_days: ArrayLike, event: ArrayLike) -> LogRank:
    """Test whether groups recur alike, over two or more groups (Mantel 1966; Peto 1972).

    Parameters
    ----------
    groups : array_like, shape (n,)
        Each patient's group, any labels.
    time_days, event : array_like, shape (n,)
        As in `kaplan_meier`.

    Raises
    ------
    ValueError
        If there are fewer than two groups or no event, lengths differ or a value is NaN.
    """
    t, e = days("time_days", time_days), flags("event", event)
    labels, group = np.unique(np.asarray(groups), return_inverse=True)
    same_length(groups=group, time_days=t, event=e)
    if labels.size < 2 or not e.any():
        raise ValueError(
            f"expected two groups and an event, found {labels.size} groups, {e.sum()} events"
        )
    times = np.unique(t[e])
    members = [group == index for index in range(labels.size)]
    counts = np.array([_counts(t[mine], e[mine], times) for mine in members])
    at_risk, events = counts[:, 0], counts[:, 1]
    risk, hit = at_risk.sum(axis=0), events.sum(axis=0)
    share = at_risk / risk
    # Hypergeometric: with a single patient at risk nothing can vary.
    weight = hit * (risk - hit) / np.maximum(risk - 1, 1)
    excess = (events - hit * share).sum(axis=1)[:-1]
    covariance = np.diag((weight * share).sum(axis=1)) - (weight * share) @ share.T
    # Groups that left before the first event make it singular; the pseudo-inverse skips them.
    inverse = np.linalg.pinv(covariance[:-1, :-1], hermitian=True)
    statistic = float(excess @ inverse @ excess)
    degrees = int(labels.size) - 1
    return LogRank(statistic, degrees, float(chi2.sf(statistic, degrees)))


def _counts(
    t: Floats, e: NDArray[np.bool_], times: Floats
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return how many are at risk and how many recur at each time."""
    every, hit = np.sort(t), np.sort(t[e])
    events = np.searchsorted(hit, times, side="right") - np.searchsorted(hit, times)
    return t.size - np.searchsorted(every, times), events
