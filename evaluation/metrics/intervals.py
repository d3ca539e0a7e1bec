"""Percentile bootstrap over patients (Efron 1979), the one that training and reports share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluation.metrics.checks import known, same_length

FEWEST_SHARE = 0.5
"""With a smaller share of usable draws an interval would speak of unusual samples only."""
_BLOCK = 1_000_000
"""Picks held at a time: 8 MB, however large the cohort."""


@dataclass(frozen=True)
class Interval:
    """A confidence interval.

    Attributes
    ----------
    low, high : float
        Its ends, in the statistic's unit; NaN where too few draws had a value.
    draws_used : int
        Draws that had a value.
    """

    low: float
    high: float
    draws_used: int


def bootstrap(
    statistic: Callable[[NDArray[np.int64]], float],
    n: int,
    *,
    draws: int = 2000,
    seed: int = 0,
    level: float = 0.95,
) -> Interval:
    """Return the percentile interval of any statistic of patients.

    Parameters
    ----------
    statistic : callable
        Takes the indices of the patients drawn, shape (n,), with repetitions, and returns a float.
        A draw on which it raises ValueError (one class only, no event) or returns NaN is left out.
    n : int
        Number of patients.
    draws, seed : int
        Number of resamples; the seed that makes them the same every time.
    level : float
        Confidence, between 0 and 1.

    Raises
    ------
    ValueError
        If there is no patient, no draw, or the level is not between 0 and 1.
    """
    values = [_value(statistic, pick) for block in _picks(n, draws, seed) for pick in block]
    return _interval(np.array(values), level)


def bootstrap_ratio(
    numerator: ArrayLike,
    denominator: ArrayLike,
    *,
    draws: int = 2000,
    seed: int = 0,
    level: float = 0.95,
) -> Interval:
    """Return the percentile interval of a ratio of sums over patients, all draws at once.

    Equals `bootstrap` of ``numerator[i].sum() / denominator[i].sum()``. With twice the common
    volumes over the sums of volumes it is the interval of an aggregated Dice.

    Parameters
    ----------
    numerator, denominator : array_like, shape (n,)
        Each patient's parts. A draw whose denominators sum to 0 has no value.
    draws, seed, level
        As in `bootstrap`.

    Raises
    ------
    ValueError
        As `bootstrap`; also if lengths differ or a part is NaN.
    """
    above, below = known("numerator", numerator), known("denominator", denominator)
    same_length(numerator=above, denominator=below)
    ratios = []
    for block in _picks(above.size, draws, seed):
        over, under = above[block].sum(axis=1), below[block].sum(axis=1)
        ratios.append(np.divide(over, under, out=np.full(len(block), np.nan), where=under != 0))
    return _interval(np.concatenate(ratios), level)


def bootstrap_mean(
    values: ArrayLike, *, draws: int = 2000, seed: int = 0, level: float = 0.95
) -> Interval:
    """Return the percentile interval of a mean over the patients who have a value.

    Parameters
    ----------
    values : array_like, shape (n,)
        One a patient; NaN where a patient has none. Such patients are drawn and then skipped.
    draws, seed, level
        As in `bootstrap`.

    Raises
    ------
    ValueError
        As `bootstrap`.
    """
    array = np.asarray(values, dtype=float)
    there = ~np.isnan(array)
    return bootstrap_ratio(np.where(there, array, 0.0), there, draws=draws, seed=seed, level=level)


def _picks(n: int, draws: int, seed: int) -> Iterator[NDArray[np.int64]]:
    """Yield the patients of each draw, in blocks of shape (draws of the block, n)."""
    if n < 1 or draws < 1:
        raise ValueError(f"expected patients and draws, found {n} patients, {draws} draws")
    rng = np.random.default_rng(seed)
    at_once = max(_BLOCK // n, 1)
    for start in range(0, draws, at_once):
        yield rng.integers(0, n, size=(min(at_once, draws - start), n))


def _value(statistic: Callable[[NDArray[np.int64]], float], pick: NDArray[np.int64]) -> float:
    try:
        return statistic(pick)
    except ValueError:
        return float("nan")


def _interval(values: NDArray[np.float64], level: float) -> Interval:
    if not 0.0 < level < 1.0:
        raise ValueError(f"level: expected a number between 0 and 1, found {level}")
    usable = values[~np.isnan(values)]
    if usable.size < FEWEST_SHARE * values.size:
        return Interval(float("nan"), float("nan"), int(usable.size))
    low, high = np.quantile(usable, [(1.0 - level) / 2.0, (1.0 + level) / 2.0])
    return Interval(float(low), float(high), int(usable.size))
