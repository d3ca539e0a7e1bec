"""From predicted risks and a table of outcomes to an evaluation."""

from pathlib import Path

import numpy as np
import pandas as pd

from evaluation.cases.errors import EvaluationError, Problem
from evaluation.cases.table import CENTRE, find_table, patient_table
from evaluation.cases.values import Answers, check_patients, read_answers
from evaluation.metrics.risk import Direction, to_risk
from evaluation.result import Evaluation, Missing, centre_of
from evaluation.task2.summary import summarise

LONGEST_DAYS = 100 * 365.25
"""Nobody is followed longer: such a time is in another unit."""


def evaluate(
    predictions: Path,
    truth: Path,
    *,
    direction: Direction | None = None,
    missing: Missing = "exclude",
) -> Evaluation:
    """Score predicted risks.

    Parameters
    ----------
    predictions : Path
        Folder of `rfs.json` files, or a CSV.
    truth : Path
        A cohort's folder, or the table with the columns Relapse and RFS (days).
    direction : Direction or None
        Whether the numbers are risks (2025) or days (2026); None takes what the CSV's column is
        called, and risks in files.
    missing : {"exclude", "zero"}
        Patients without a usable prediction: left out, or discordant in every pair.

    Raises
    ------
    EvaluationError
        There is nothing to score, or the CSV's column contradicts the direction.
    """
    table, known, problems = _truth(truth)
    answers = read_answers(predictions, task=2)
    if None not in (direction, answers.direction) and direction != answers.direction:
        raise EvaluationError(
            f"{predictions}: expected {direction}, found a column of {answers.direction}"
        )
    problems += check_patients(answers, table.index, known=known)
    cases = _cases(table, answers, direction or answers.direction or Direction.RISK)
    if missing == "exclude":
        cases = cases.dropna(subset="risk")
    if cases["risk"].isna().all():
        raise EvaluationError(f"expected predictions of the patients of {truth}, found none")
    return summarise(cases, problems=problems, missing=missing)


def _truth(root: Path) -> tuple[pd.DataFrame, set[str], list[Problem]]:
    """Return the patients whose outcome is known, all whom the table names, and what is wrong."""
    path = find_table(root, task=2)
    table, problems = patient_table(path, numbers=("Relapse", "RFS", CENTRE))
    absent = {"Relapse", "RFS"} - set(table.columns)
    if absent:
        raise EvaluationError(f"{path}: expected the columns Relapse and RFS, found no {absent}")
    days = table["RFS"]
    good = table["Relapse"].isin([0.0, 1.0]) & (days >= 0) & (days <= LONGEST_DAYS)
    problems += [
        Problem(
            str(name),
            f"truth: expected Relapse 0 or 1 and RFS in days, found {row['Relapse']:g} and "
            f"{row['RFS']:g}",
        )
        for name, row in table[~good].to_dict("index").items()
    ]
    known = {str(name) for name in table.index} | {problem.patient for problem in problems}
    return table[good], known, problems


def _cases(table: pd.DataFrame, answers: Answers, direction: Direction) -> pd.DataFrame:
    submitted = np.array([answers.values.get(name, np.nan) for name in table.index])
    codes = table.get(CENTRE, pd.Series(np.nan, index=table.index))
    return pd.DataFrame(
        {
            "centre": [centre_of(str(name), code) for name, code in codes.items()],
            "submitted": submitted,
            "risk": to_risk(submitted, direction),
            "time_days": table["RFS"],
            "event": table["Relapse"] > 0,
        },
        index=table.index,
    )
