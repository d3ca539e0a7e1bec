"""Figures as plain values, for JSON."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluation.metrics.intervals import bootstrap_mean
from evaluation.result import Evaluation, plain
from training.measure.statistics import STATISTICS, with_interval

Row = dict[str, Any]


def metrics(found: Evaluation) -> Row:
    """Return each figure by its name, and its 95 % interval beside it."""
    result: Row = {}
    for name, figure in found.figures.items():
        result[name] = plain(figure.value)
        if not math.isnan(figure.low):
            result[f"{name}_95"] = [plain(figure.low), plain(figure.high)]
    return result


def mean(name: str, values: NDArray[np.float64]) -> Row:
    """Return the mean of the patients who have a value, one or more, and its 95 % interval."""
    interval = bootstrap_mean(values)
    return {
        name: plain(float(np.nanmean(values))),
        f"{name}_95": [plain(interval.low), plain(interval.high)],
    }


def by_centre(found: Evaluation) -> Row:
    """Return the headline figures of each centre, and their 95 % intervals (`NAME_95`)."""
    rows: Row = {}
    for centre, row in found.centres.to_dict("index").items():
        part = found.cases[found.cases["centre"] == centre]
        told: Row = {}
        for name, statistic in STATISTICS[found.task].items():
            told |= with_interval(name, statistic, part)
        # What the evaluation says goes first: it has words for masks that are both empty.
        mine = {str(name): plain(value) for name, value in row.items()}
        rows[str(centre)] = mine | {name: told[name] for name in told if name not in mine}
    return rows


def by_patient(cases: pd.DataFrame) -> list[Row]:
    """Return a row a patient."""
    return [
        {str(name): plain(value) for name, value in row.items()}
        for row in cases.reset_index().to_dict("records")
    ]
