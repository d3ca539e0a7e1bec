"""From calls and a table of HPV status to an evaluation."""

from pathlib import Path

import numpy as np
import pandas as pd

from evaluation.cases.errors import EvaluationError, Problem
from evaluation.cases.table import CENTRE, find_table, patient_table
from evaluation.cases.values import check_patients, read_answers
from evaluation.result import Evaluation, Missing, centre_of
from evaluation.task3.summary import summarise

STATUS = "HPV Status"


def evaluate(predictions: Path, truth: Path, *, missing: Missing = "exclude") -> Evaluation:
    """Score calls of HPV status; positive means HPV positive.

    Parameters
    ----------
    predictions : Path
        Folder of `hpv-status.json` files, or a CSV.
    truth : Path
        A cohort's folder, or the table with the column HPV Status.
    missing : {"exclude", "zero"}
        Patients without a usable prediction: left out, or called wrong.

    Raises
    ------
    EvaluationError
        There is nothing to score.
    """
    path = find_table(truth, task=3)
    table, problems = patient_table(path, numbers=(STATUS, CENTRE))
    if STATUS not in table.columns:
        raise EvaluationError(f"{path}: expected a column {STATUS}, found {list(table.columns)}")
    unknown = table.index[~table[STATUS].isin([0.0, 1.0])]
    problems += [Problem(str(name), f"truth without {STATUS}") for name in unknown]
    known = {str(name) for name in table.index} | {problem.patient for problem in problems}
    table = table.drop(unknown)
    answers = read_answers(predictions, task=3)
    problems += check_patients(answers, table.index, known=known)
    cases = _cases(table, answers.values, answers.probabilities)
    if cases["call"].isna().all():
        raise EvaluationError(f"expected predictions of the patients of {truth}, found none")
    if missing == "exclude":
        cases = cases.dropna(subset="call")
    else:
        wrong = ~cases["truth"]
        if cases["probability"].notna().any():
            # As wrong as can be, where others have a probability.
            absent = cases["call"].isna()
            cases["probability"] = cases["probability"].mask(absent, wrong.astype(float))
        cases["call"] = cases["call"].fillna(wrong)
    cases["call"] = cases["call"].astype(bool)
    return summarise(cases, problems=problems, missing=missing)


def _cases(
    table: pd.DataFrame, values: dict[str, float], probabilities: dict[str, float]
) -> pd.DataFrame:
    codes = table.get(CENTRE, pd.Series(np.nan, index=table.index))
    called = [bool(values[name]) if name in values else None for name in table.index]
    return pd.DataFrame(
        {
            "centre": [centre_of(str(name), code) for name, code in codes.items()],
            "truth": table[STATUS] > 0,
            "call": pd.array(called, dtype="boolean"),
            "probability": [probabilities.get(str(name), np.nan) for name in table.index],
        },
        index=table.index,
    )
