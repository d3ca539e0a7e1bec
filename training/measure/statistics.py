"""Headline figures as functions of patients: for intervals, and for paired differences."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluation.metrics.calls import balanced_accuracy, roc_auc, sensitivity, specificity
from evaluation.metrics.intervals import Interval, bootstrap
from evaluation.metrics.survival import concordance_index
from evaluation.result import Figure, plain

Row = dict[str, Any]
Columns = Mapping[str, NDArray[Any]]
"""Columns of a table of patients by their names."""
Statistic = Callable[[Columns], float]
"""Raises ValueError, or returns NaN, where patients don't allow it."""
DRAWS = 1000
INTERVAL = "_95"
"""What the name of a figure's 95 % interval ends in."""


def _risk(columns: Columns) -> float:
    return concordance_index(
        columns["risk"], time_days=columns["time_days"], event=columns["event"]
    )


def _auc(columns: Columns) -> float:
    return roc_auc(columns["probability"], truth=columns["truth"])


def _of_calls(metric: Callable[..., float]) -> Statistic:
    return lambda columns: metric(columns["call"], truth=columns["truth"])


def _ratio(numerator: Callable[[Columns], Any], denominator: Callable[[Columns], Any]) -> Statistic:
    def statistic(columns: Columns) -> float:
        below = float(np.sum(denominator(columns)))
        return float(np.sum(numerator(columns))) / below if below else math.nan

    return statistic


STATISTICS: dict[int, dict[str, Statistic]] = {
    1: {
        "gtvp_dice_mean": lambda c: float(np.mean(c["gtvp_dice"])),
        "gtvn_dice_aggregated": _ratio(
            lambda c: 2.0 * c["gtvn_common_ml"], lambda c: c["gtvn_ml"] + c["gtvn_true_ml"]
        ),
        "gtvn_f1_aggregated": _ratio(
            lambda c: 2 * c["gtvn_tp"], lambda c: 2 * c["gtvn_tp"] + c["gtvn_fp"] + c["gtvn_fn"]
        ),
    },
    2: {"c_index": _risk},
    3: {
        "balanced_accuracy": _of_calls(balanced_accuracy),
        "auc": _auc,
        "sensitivity": _of_calls(sensitivity),
        "specificity": _of_calls(specificity),
    },
}
"""By task and by the names of `evaluation`'s figures; higher is better of each."""


def with_interval(name: str, statistic: Statistic, cases: pd.DataFrame) -> Row:
    """Return a statistic of patients under its name, and its 95 % interval under `NAME_95`.

    The value is None, or the interval left out, where patients don't allow them.
    """
    columns = columns_of(cases)
    interval = bootstrap(
        lambda picked: statistic(_picked(columns, picked)), len(cases), draws=DRAWS
    )
    return {name: plain(_or_nan(statistic, columns)), **ends(name, interval)}


def difference(statistic: Statistic, mine: pd.DataFrame, theirs: pd.DataFrame) -> Row:
    """Return `difference`, mine minus theirs on the same patients, and its interval.

    Parameters
    ----------
    statistic : callable
        What is compared.
    mine, theirs : DataFrame
        The same patients in the same order; each draw picks the same of both.
    """
    one, other = columns_of(mine), columns_of(theirs)

    def apart(picked: NDArray[np.int64]) -> float:
        return statistic(_picked(one, picked)) - statistic(_picked(other, picked))

    interval = bootstrap(apart, len(mine), draws=DRAWS)
    value = _or_nan(statistic, one) - _or_nan(statistic, other)
    return {"difference": plain(value), **ends("difference", interval)}


def share_of_the_way(statistic: Statistic, ceiling: Statistic) -> Statistic:
    """Return how far a statistic is from chance, 0.5, to a ceiling on the same patients.

    0 is chance, 1 the ceiling; without a value where the ceiling itself is not above chance.
    """

    def share(columns: Columns) -> float:
        whole = ceiling(columns) - 0.5
        return (statistic(columns) - 0.5) / whole if whole > 0.0 else math.nan

    return share


def columns_of(cases: pd.DataFrame) -> Columns:
    """Return the columns of a table, whole rows of which can be picked fast."""
    return {str(name): cases[name].to_numpy() for name in cases.columns}


def _picked(columns: Columns, picked: NDArray[np.int64]) -> Columns:
    return {name: values[picked] for name, values in columns.items()}


def _or_nan(statistic: Statistic, columns: Columns) -> float:
    try:
        return statistic(columns)
    except ValueError:
        return math.nan


def ends(name: str, interval: Interval | Figure) -> Row:
    """Return an interval under `NAME_95`; nothing where there is none."""
    if math.isnan(interval.low):
        return {}
    return {f"{name}{INTERVAL}": [plain(interval.low), plain(interval.high)]}
