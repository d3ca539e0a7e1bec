"""What the phantom's generator knows of patients that measure weights, and how far weights come."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from phantom.profile import Profile
from phantom.report.visible import VISIBLE_SEED, visible_score
from shared.errors import ModelError
from training.measure.statistics import STATISTICS, Columns, share_of_the_way, with_interval

Row = dict[str, Any]

TRUE_RISK, VISIBLE = "true_log_risk", "visible_score"
"""Columns of what the generator knows: a log risk, and the log odds of HPV that can be seen."""


def require_apart(task: int, seed: int) -> None:
    """Refuse to measure on the patients on paper that the visible score is fitted on.

    Raises
    ------
    ModelError
        Naming the seed.
    """
    if task == 3 and seed == VISIBLE_SEED:
        raise ModelError(
            f"seed {seed}: expected one that the generator's visible score is not fitted on"
        )


def with_truth(task: int, cases: pd.DataFrame, profiles: Sequence[Profile]) -> pd.DataFrame:
    """Return measured patients beside what the generator knows of them, in the same order."""
    if task == 2:
        return cases.assign(**{TRUE_RISK: [profile.outcome.log_risk for profile in profiles]})
    if task == 3:
        return cases.assign(**{VISIBLE: visible_score().of(profiles)})
    return cases


def of_ceiling(task: int, cases: pd.DataFrame) -> Row:
    """Return what could be reached, and the share of the way from chance to it.

    Task 2: `c_index_of_true_risk` ranks by the log risk that outcomes were drawn from. Task 3:
    `auc_of_visible_score` is that of a regression on all that images and record show. Each has
    its interval; and `events`, or `negatives`, are counted.

    Parameters
    ----------
    task : int
        1, 2 or 3.
    cases : DataFrame
        What `with_truth` returned.
    """
    if task == 2:
        c_index = STATISTICS[2]["c_index"]

        def of_truth(columns: Columns) -> float:
            return c_index({**columns, "risk": columns[TRUE_RISK]})

        return {
            **with_interval("c_index_of_true_risk", of_truth, cases),
            **with_interval("share_of_the_way", share_of_the_way(c_index, of_truth), cases),
            "events": int(cases["event"].sum()),
        }
    if task == 3:
        auc = STATISTICS[3]["auc"]

        def of_visible(columns: Columns) -> float:
            return auc({**columns, "probability": columns[VISIBLE]})

        return {
            **with_interval("auc_of_visible_score", of_visible, cases),
            **with_interval("share_of_the_way", share_of_the_way(auc, of_visible), cases),
            "negatives": int((~cases["truth"]).sum()),
        }
    return {}
