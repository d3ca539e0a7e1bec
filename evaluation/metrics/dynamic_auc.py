"""How well a risk tells who recurs by a day from who does not."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluation.metrics.checks import days, flags, known, same_length
from evaluation.metrics.survival import kaplan_meier

Floats = NDArray[np.float64]


def time_dependent_auc(
    risk: ArrayLike, *, time_days: ArrayLike, event: ArrayLike, at_days: ArrayLike
) -> Floats:
    """Return the cumulative/dynamic AUC at each day: 1 when all who recurred by then score higher.

    The chance that a patient who recurred by a day scores above one who was followed past it
    without recurrence; equal risks count half. Each recurrence weighs by the inverse of the chance
    of being uncensored at its time (Uno 2007; Hung and Chiang 2010), which is estimated from the
    same patients; at equal times recurrences come before censorings.

    Parameters
    ----------
    risk : array_like, shape (n,)
        Higher means earlier recurrence.
    time_days : array_like, shape (n,)
        Time to recurrence or to the last follow-up; 0 or more.
    event : array_like, shape (n,)
        True for a recurrence, False for a censored time.
    at_days : array_like, shape (m,)
        Days to look at.

    Returns
    -------
    ndarray, shape (m,)
        NaN where nobody recurred by that day or nobody was followed past it.

    Raises
    ------
    ValueError
        If there is no patient, lengths differ, a value is NaN or a time negative.
    """
    r, t, e = known("risk", risk), days("time_days", time_days), flags("event", event)
    same_length(risk=r, time_days=t, event=e)
    uncensored = _uncensored(t, e)
    return np.array([_auc_at(day, r, t, e, uncensored) for day in days("at_days", at_days)])


def _uncensored(t: Floats, e: NDArray[np.bool_]) -> Floats:
    """Return the chance of being uncensored at each patient's time, as censoring's own curve."""
    curve = kaplan_meier(t, e)
    stayed = curve.at_risk - curve.events
    censored = stayed - np.append(curve.at_risk[1:], 0)
    chance = np.cumprod(1.0 - censored / np.maximum(stayed, 1))
    found: Floats = chance[np.searchsorted(curve.times_days, t)]
    return found


def _auc_at(day: float, r: Floats, t: Floats, e: NDArray[np.bool_], uncensored: Floats) -> float:
    case, control = e & (t <= day), np.sort(r[t > day])
    if not case.any() or control.size == 0:
        return float("nan")
    # Someone was followed past the day, so no case's chance of being uncensored is 0.
    weight = 1.0 / uncensored[case]
    below = np.searchsorted(control, r[case])
    equal = np.searchsorted(control, r[case], side="right") - below
    return float(np.average((below + 0.5 * equal) / control.size, weights=weight))
