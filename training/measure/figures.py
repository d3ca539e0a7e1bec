"""Figures as plain values, for JSON."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluation.metrics.intervals import bootstrap_mean
from evaluation.result import Evaluation, plain

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
    """Return the headline figures of each centre."""
    return {
        str(centre): {name: plain(value) for name, value in row.items()}
        for centre, row in found.centres.to_dict("index").items()
    }


def by_patient(cases: pd.DataFrame) -> list[Row]:
    """Return a row a patient."""
    return [
        {str(name): plain(value) for name, value in row.items()}
        for row in cases.reset_index().to_dict("records")
    ]
