"""Figures as plain values, for JSON."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluation.metrics.intervals import bootstrap_mean
from evaluation.result import Evaluation, plain
from training.measure.statistics import STATISTICS, ends, with_interval

Row = dict[str, Any]


def metrics(found: Evaluation) -> Row:
    """Return each figure by its name, and its 95 % interval beside it."""
    result: Row = {}
    for name, figure in found.figures.items():
        result |= {name: plain(figure.value), **ends(name, figure)}
    return result


def mean(name: str, values: NDArray[np.float64]) -> Row:
    """Return the mean of the patients who have a value, one or more, and its 95 % interval."""
    interval = bootstrap_mean(values)
    return {name: plain(float(np.nanmean(values))), **ends(name, interval)}


def by_centre(found: Evaluation) -> Row:
    """Return the headline figures of each centre, and their 95 % intervals (`NAME_95`)."""
    rows: Row = {}
    for centre, row in found.centres.to_dict("index").items():
        part = found.cases[found.cases["centre"] == centre]
        headlines: Row = {}
        for name, statistic in STATISTICS[found.task].items():
            headlines |= with_interval(name, statistic, part)
        # What the evaluation says goes first: it has words for masks that are both empty.
        mine = {str(name): plain(value) for name, value in row.items()}
        rows[str(centre)] = mine | {name: headlines[name] for name in headlines if name not in mine}
    return rows


def by_patient(cases: pd.DataFrame) -> list[Row]:
    """Return a row a patient."""
    return [
        {str(name): plain(value) for name, value in row.items()}
        for row in cases.reset_index().to_dict("records")
    ]
