"""Training patients whom a part of the fit does not see: for calibration, or one inner fold."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from training.data.patient import DataError
from training.fitting.scores.pairs import comparable_pairs
from training.fitting.scores.table import Table

INNER_FOLDS = 5
LEAST = 2

Indices = NDArray[np.intp]


def require_outcomes(outcome: NDArray[np.bool_], *, role: str) -> None:
    """Refuse training patients of whom no part could be kept apart.

    Raises
    ------
    DataError
        If fewer than two recurred (risk), or fewer than two are of either HPV status.
    """
    events, others = int(outcome.sum()), int((~outcome).sum())
    if role == "risk" and (events < LEAST or len(outcome) <= LEAST):
        raise DataError(
            f"training patients: expected {LEAST} who recurred and {LEAST + 1} in all or more, "
            f"found {events} of {len(outcome)}; scales are fitted on patients kept apart"
        )
    if role == "hpv" and min(events, others) < LEAST:
        raise DataError(
            f"training patients: expected {LEAST} of either HPV status or more, found {events} "
            f"positive and {others} negative; the threshold is fitted on patients kept apart"
        )


def require_rankable(calibration: Table) -> None:
    """Refuse to choose a state of the weights by patients who can't be ranked.

    Raises
    ------
    DataError
        If none of them can be compared with another: every state would be as good.
    """
    if not comparable_pairs(calibration).partners.any():
        raise DataError(
            f"training patients: expected some of the {len(calibration)} set aside for "
            "calibration to be comparable, as `keep: best` chooses the weights by them, found "
            "nobody who recurred before another left; `keep: last`, or a larger `aside`, would do"
        )


def split_calibration(
    outcome: NDArray[np.bool_], ids: Sequence[str], *, share: float, seed: int
) -> tuple[Indices, Indices]:
    """Keep some patients for calibration, as many of either outcome as their share, one at least.

    Parameters
    ----------
    outcome : ndarray, shape (n,), bool
        Recurred, or HPV positive.
    ids : sequence of str
        Names: who is chosen does not depend on the order of the patients.
    share : float
        Of the patients.
    seed : int
        Of the choice.

    Returns
    -------
    learning, calibration : ndarray of int
        Positions, ascending; of an outcome that one patient has, that patient is learned from.
    """
    kept: list[int] = []
    for members in _shuffled(outcome, ids, seed=seed):
        most = max(len(members) - 1, 0)
        kept += members[: min(max(round(share * len(members)), 1), most)]
    chosen = np.sort(np.array(kept, dtype=np.intp))
    return np.setdiff1d(np.arange(len(ids)), chosen), chosen


def inner_folds(
    outcome: NDArray[np.bool_], ids: Sequence[str], *, seed: int
) -> tuple[Indices, ...]:
    """Deal patients into five inner folds, fewer where an outcome is rarer.

    Parameters are those of `split_calibration`.

    Returns
    -------
    tuple of ndarray of int
        Positions of each fold's patients, ascending.
    """
    groups = _shuffled(outcome, ids, seed=seed)
    rarest = min(len(members) for members in groups if members)
    count = min(INNER_FOLDS, max(LEAST, rarest))
    dealt: list[list[int]] = [[] for _ in range(count)]
    for place, member in enumerate(member for members in groups for member in members):
        dealt[place % count].append(member)
    return tuple(np.sort(np.array(members, dtype=np.intp)) for members in dealt)


def _shuffled(outcome: NDArray[np.bool_], ids: Sequence[str], *, seed: int) -> list[list[int]]:
    """Return the positions of those with the outcome and without, each in an order of chance."""
    rng = np.random.default_rng(seed)
    by_name = sorted(range(len(ids)), key=lambda index: ids[index])
    groups = [[i for i in by_name if outcome[i] == wanted] for wanted in (True, False)]
    return [[members[i] for i in rng.permutation(len(members))] for members in groups]
