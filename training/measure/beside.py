"""Other weights on the same patients: what they reach, and how far from it these weights are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from training.measure.statistics import STATISTICS, difference, with_interval

Row = dict[str, Any]

BESIDE = "beside"
"""Column of what other weights answer, by the name they are given."""


def beside_weights(task: int, cases: pd.DataFrame, names: Iterable[str]) -> list[Row]:
    """Summarise what other weights answered.

    Parameters
    ----------
    task : int
        1, 2 or 3.
    cases : DataFrame
        A row a patient, with the measured weights' answer and in `beside` the others'.
    names : iterable of str
        What the others are called.

    Returns
    -------
    list of dict
        A row for each weights and figure: `weights`, `figure`, its `value`, and `difference`, the
        measured weights' minus theirs on the same patients; each with its 95 % interval.
    """
    mine = cases.drop(columns=BESIDE)
    rows: list[Row] = []
    for name in names:
        answers = pd.DataFrame([others[name] for others in cases[BESIDE]], index=cases.index)
        theirs = mine.assign(**{str(column): answers[column] for column in answers})
        rows += [
            {
                "weights": name,
                "figure": figure,
                **with_interval("value", statistic, theirs),
                **difference(statistic, mine, theirs),
            }
            for figure, statistic in STATISTICS[task].items()
        ]
    return rows
