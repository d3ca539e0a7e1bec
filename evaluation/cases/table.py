"""The data set's tables, with the flaws of files saved by hand: marks, odd spaces, blanks."""

from pathlib import Path

import numpy as np
import pandas as pd

from evaluation.cases.errors import EvaluationError, Problem

PATIENT, CENTRE = "PatientID", "CenterID"
_TEXT = {PATIENT, "M-stage", "Centre"}


def patient_table(path: Path) -> tuple[pd.DataFrame, list[Problem]]:
    """Read a table with a row a patient.

    A byte order mark, spaces around names and values (non-breaking ones too) and other spellings
    of nothing are understood; every column but the texts is made of floats, NaN where blank.

    Returns
    -------
    table : DataFrame
        Indexed by patient, none of them doubled.
    problems : list of Problem
        Patients that were in several rows, which are left out.

    Raises
    ------
    EvaluationError
        There is no such table, or it names no patients, or a number is none.
    """
    try:
        raw = pd.read_csv(path, dtype=str, encoding="utf-8-sig", keep_default_na=False)
    except (OSError, ValueError) as error:
        raise EvaluationError(f"{path}: expected a CSV table, found {error}") from error
    raw.columns = raw.columns.str.strip()
    if PATIENT not in raw.columns:
        raise EvaluationError(f"{path}: expected a column {PATIENT}, found {list(raw.columns)}")
    table = raw.apply(lambda column: column.str.strip())
    for name in table.columns.difference([*_TEXT]):
        table[name] = _numbers(table[name], path)
    table = table[table[PATIENT] != ""]
    doubled = table[PATIENT].duplicated(keep=False)
    problems = [
        Problem(patient, f"expected one row in {path.name}, found several")
        for patient in sorted(set(table.loc[doubled, PATIENT]))
    ]
    return table[~doubled].set_index(PATIENT), problems


def _numbers(column: "pd.Series[str]", path: Path) -> "pd.Series[float]":
    blank = column.str.lower().isin(["", "nan", "na", "null", "none"])
    flags = column.str.lower().map({"true": "1", "false": "0"})
    numbers = pd.to_numeric(flags.fillna(column).mask(blank), errors="coerce")
    wrong = column[numbers.isna() & ~blank]
    if len(wrong):
        raise EvaluationError(
            f"{path}: column {column.name}: expected numbers, found {wrong.iloc[0]!r}"
        )
    return numbers.astype(np.float64)


def find_table(root: Path, *, task: int) -> Path:
    """Return the table of a task: the file itself, or the one below a cohort's or truth's folder.

    Raises
    ------
    EvaluationError
        There is none, or no single one.
    """
    if root.is_file():
        return root
    found = sorted(root.rglob(f"*Task_{task}.csv")) or sorted(root.glob("*.csv"))
    if len(found) != 1:
        listed = ", ".join(path.name for path in found) or "none"
        raise EvaluationError(f"expected one table *Task_{task}.csv below {root}, found {listed}")
    return found[0]
