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


def evaluate(
    predictions: Path,
    truth: Path,
    *,
    direction: Direction = Direction.RISK,
    missing: Missing = "exclude",
) -> Evaluation:
    """Score predicted risks.

    Parameters
    ----------
    predictions : Path
        Folder of `rfs.json` files, or a CSV.
    truth : Path
        A cohort's folder, or the table with the columns Relapse and RFS (days).
    direction : Direction
        Whether the numbers are risks (2025) or days (2026).
    missing : {"exclude", "zero"}
        Patients without a usable prediction: left out, or discordant in every pair.

    Raises
    ------
    EvaluationError
        There is nothing to score.
    """
    table, problems = _truth(truth)
    answers = read_answers(predictions, task=2)
    problems += check_patients(answers, table)
    cases = _cases(table, answers, direction)
    if missing == "exclude":
        cases = cases.dropna(subset="risk")
    if cases["risk"].isna().all():
        raise EvaluationError(f"expected predictions of the patients of {truth}, found none")
    return summarise(cases, problems=problems, missing=missing)


def _truth(root: Path) -> tuple[pd.DataFrame, list[Problem]]:
    path = find_table(root, task=2)
    table, problems = patient_table(path)
    absent = {"Relapse", "RFS"} - set(table.columns)
    if absent:
        raise EvaluationError(f"{path}: expected the columns Relapse and RFS, found no {absent}")
    unknown = table["Relapse"].isna() | table["RFS"].isna()
    problems += [
        Problem(str(name), "truth without Relapse or RFS") for name in table.index[unknown]
    ]
    return table[~unknown], problems


def _cases(table: pd.DataFrame, answers: Answers, direction: Direction) -> pd.DataFrame:
    submitted = np.array([answers.values.get(name, np.nan) for name in table.index])
    codes = table.get(CENTRE, pd.Series(np.nan, index=table.index))
    return pd.DataFrame(
        {
            "centre": [centre_of(str(name), code) for name, code in codes.items()],
            "risk": to_risk(submitted, direction),
            "time_days": table["RFS"],
            "event": table["Relapse"] > 0,
        },
        index=table.index,
    )
