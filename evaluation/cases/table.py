"""Tables with the flaws of files saved by hand: marks, odd spaces, blanks, short rows."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from evaluation.cases.errors import EvaluationError, Problem

PATIENT, CENTRE = "PatientID", "CenterID"
BLANK = frozenset({"", "nan", "na", "n/a", "null", "none"})
_FLAGS = {"true": 1.0, "false": 0.0}


def patient_table(path: Path, *, numbers: Sequence[str] = ()) -> tuple[pd.DataFrame, list[Problem]]:
    """Read a table with a row a patient.

    A byte order mark, spaces around names and values (non-breaking ones too) and other spellings
    of nothing are understood.

    Parameters
    ----------
    path : Path
        A CSV file.
    numbers : sequence of str
        Columns to read as numbers where the table has them; all others stay text.

    Returns
    -------
    table : DataFrame
        Indexed by patient, none of them doubled; numbers are NaN where blank or wrong.
    problems : list of Problem
        Patients that were in several rows, which are left out, and wrong cells.

    Raises
    ------
    EvaluationError
        There is no such table, or it names no patients, or names a column twice.
    """
    raw = text_table(path)
    if PATIENT not in raw.columns:
        raise EvaluationError(f"{path}: expected a column {PATIENT}, found {list(raw.columns)}")
    table = raw[raw[PATIENT] != ""]
    doubled = table[PATIENT].duplicated(keep=False)
    problems = [
        Problem(patient, f"expected one row in {path.name}, found several")
        for patient in sorted(set(table.loc[doubled, PATIENT]))
    ]
    table = table[~doubled].set_index(PATIENT)
    for name in table.columns.intersection(list(numbers)):
        values = [_number(cell) for cell in table[name]]
        problems += [
            Problem(str(patient), f"{name}: expected a number, found {cell!r}")
            for patient, cell, value in zip(table.index, table[name], values, strict=True)
            if value is None
        ]
        table[name] = np.array([math.nan if value is None else value for value in values])
    return table, problems


def text_table(path: Path) -> pd.DataFrame:
    """Read any table as text, spaces around names and values taken off.

    A cell that a short row lacks is blank.

    Parameters
    ----------
    path : Path
        A CSV file in UTF-8, with or without a byte order mark.

    Raises
    ------
    EvaluationError
        There is no such table, a row is longer than the header, or two columns differ in spaces
        alone.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        if "\0" in text:
            raise ValueError("a zero byte")
        # A row longer than the header would otherwise make the first column an index.
        raw = pd.read_csv(path, dtype=str, encoding="utf-8-sig", keep_default_na=False)
        if not isinstance(raw.index, pd.RangeIndex):
            raise ValueError("rows longer than the header")
    except (OSError, ValueError) as error:
        raise EvaluationError(f"{path}: expected a CSV table, found {error}") from error
    raw.columns = raw.columns.str.strip()
    if raw.columns.has_duplicates:
        twice = raw.columns[raw.columns.duplicated()][0]
        raise EvaluationError(f"{path}: expected one column {twice}, found several")
    return pd.DataFrame({name: raw[name].fillna("").str.strip() for name in raw.columns})


def _number(cell: str) -> float | None:
    """Return a cell's number, NaN for a blank one, None for a wrong one."""
    lower = cell.lower()
    if lower in BLANK:
        return math.nan
    if lower in _FLAGS:
        return _FLAGS[lower]
    try:
        return float(cell)
    except ValueError:
        return None


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
