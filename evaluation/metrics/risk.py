"""Which way a risk points, and patients grouped by it."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata

from evaluation.metrics.checks import known


class Direction(StrEnum):
    """What the numbers of a Task 2 submission mean.

    Attributes
    ----------
    RISK
        HECKTOR 2025: a risk; higher means earlier recurrence.
    DAYS
        HECKTOR 2026: predicted recurrence-free days; higher means later recurrence.
    """

    RISK = "risk"
    DAYS = "days"


def to_risk(values: ArrayLike, direction: Direction) -> NDArray[np.float64]:
    """Return predictions of either edition as a risk; higher means earlier recurrence.

    Parameters
    ----------
    values : array_like, shape (n,)
        What was submitted; NaN stays NaN.
    direction : Direction
        What the values mean.
    """
    array = np.asarray(values, dtype=float)
    return -array if Direction(direction) is Direction.DAYS else array


def risk_groups(risk: ArrayLike, groups: int = 3) -> NDArray[np.int64]:
    """Return each patient's group by rank: 0 for the lowest values, up to ``groups - 1``.

    Groups are as equal as ranks allow. Patients of one value share their mean rank and so their
    group: with many ties groups differ in size, and some may be empty.

    Parameters
    ----------
    risk : array_like, shape (n,)
        Any score.
    groups : int
        How many groups; 3 gives tertiles.

    Raises
    ------
    ValueError
        If a value is NaN or there are fewer than two groups.
    """
    if groups < 2:
        raise ValueError(f"expected at least two groups, found {groups}")
    values = known("risk", risk)
    # Twice a mean rank is whole, so whole numbers keep the borders exact.
    twice = np.rint(2.0 * rankdata(values)).astype(np.int64)
    return (twice - 1) * groups // max(2 * values.size, 1)
