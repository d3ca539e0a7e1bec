"""What containers answer to Tasks 2 and 3: a number or a truth value a patient.

A container writes ``rfs.json`` or ``hpv-status.json`` into each patient's folder; a team may also
have one CSV with the columns ``PatientID`` and ``Risk`` (or ``RFS``, predicted days), ``HPV
Status`` (0 or 1) and, if it likes, ``Probability``.
"""

import json
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from evaluation.cases.errors import EvaluationError, Problem
from evaluation.cases.names import owner, printable
from evaluation.cases.platform import platform_names
from evaluation.cases.table import patient_table
from evaluation.metrics.risk import Direction

FILES = {2: "rfs.json", 3: "hpv-status.json"}
COLUMNS: dict[int, dict[str, Direction | None]] = {
    2: {"Risk": Direction.RISK, "RFS": Direction.DAYS},
    3: {"HPV Status": None},
}
PROBABILITY = "Probability"


@dataclass(frozen=True)
class Answers:
    """What was predicted.

    Attributes
    ----------
    values : dict of str to float
        Task 2: the number as submitted; Task 3: 1 for HPV positive, 0 for negative.
    probabilities : dict of str to float
        Of HPV positive, where the predictions tell.
    problems : tuple of Problem
        Patients whose answer can't be used: not a finite number, not a truth value, doubled.
    direction : Direction or None
        What the numbers of Task 2 mean, where a column's name says so.
    """

    values: dict[str, float]
    probabilities: dict[str, float]
    problems: tuple[Problem, ...]
    direction: Direction | None = None


def read_answers(root: Path, *, task: int) -> Answers:
    """Read what was predicted below a folder, or in a CSV.

    Raises
    ------
    EvaluationError
        There is nothing to read.
    """
    if root.is_file():
        return _of_table(root, task)
    files = sorted(root.rglob(FILES[task])) if root.is_dir() else []
    if files:
        return _of_files(root, files, task)
    tables = sorted(root.glob("*.csv")) if root.is_dir() else []
    if len(tables) == 1:
        return _of_table(tables[0], task)
    raise EvaluationError(
        f"expected {FILES[task]} of each patient or one CSV below {root}, "
        f"found {len(tables) or 'no'} CSV"
    )


def check_patients(answers: Answers, patients: Iterable[str], *, known: set[str]) -> list[Problem]:
    """Return what is wrong with the predictions: unusable, missing, or of unknown patients.

    Parameters
    ----------
    answers : Answers
        What was predicted.
    patients : iterable of str
        Who is to be scored.
    known : set of str
        Whom the truth names, also those without an outcome.
    """
    problems = list(answers.problems)
    named = {problem.patient for problem in problems}
    for patient in patients:
        if patient not in answers.values and patient not in named:
            problems.append(Problem(patient, "expected a prediction, found none"))
    unknown = sorted(set(answers.values) - known)
    return problems + [
        Problem(name, "prediction of a patient not in the truth") for name in unknown
    ]


def _of_files(root: Path, files: list[Path], task: int) -> Answers:
    names = platform_names(root)
    values: dict[str, float] = {}
    problems = []
    for path in files:
        patient = owner(path.relative_to(root).parts[:-1], names) or printable(path.stem)
        if patient in values:
            problems.append(Problem(patient, f"expected one {path.name}, found several"))
            continue
        try:
            values[patient] = _PARSERS[task](json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, OverflowError, RecursionError) as error:
            # An integer of 400 digits is no float; brackets in brackets end the parser's stack.
            problems.append(Problem(patient, f"{path.name}: {error}"))
    doubled = {problem.patient for problem in problems}
    kept = {patient: value for patient, value in values.items() if patient not in doubled}
    return Answers(kept, {}, tuple(problems))


def _number(value: object) -> float:
    # In Python a bool is an int; for the platform it is no number.
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"expected a finite number, found {value!r}")
    return float(value)


def _truth_value(value: object) -> float:
    if not isinstance(value, bool):
        raise ValueError(f"expected true or false, found {value!r}")
    return float(value)


def _bit(value: object) -> float:
    number = _number(value)
    if number not in (0.0, 1.0):
        raise ValueError(f"expected 0 or 1, found {value!r}")
    return number


def _share(value: object) -> float:
    number = _number(value)
    if not 0.0 <= number <= 1.0:
        raise ValueError(f"expected a probability from 0 to 1, found {value!r}")
    return number


_PARSERS: dict[int, Callable[[object], float]] = {2: _number, 3: _truth_value}


def _of_table(path: Path, task: int) -> Answers:
    table, problems = patient_table(path, numbers=(*COLUMNS[task], PROBABILITY))
    column = next((name for name in COLUMNS[task] if name in table.columns), None)
    if column is None:
        raise EvaluationError(
            f"{path}: expected a column {' or '.join(COLUMNS[task])}, "
            f"found {', '.join(table.columns)}"
        )
    # A wrong cell is named already; blank ones are answers that are missing.
    wrong = {problem.patient for problem in problems if not problem.what.startswith(PROBABILITY)}
    values, found = _column(table[column].drop(list(wrong & set(table.index))), _PARSED[task])
    problems.extend(found)
    probabilities: dict[str, float] = {}
    if task == 3 and PROBABILITY in table.columns:
        # A patient without a probability still has a call.
        probabilities, found = _column(table[PROBABILITY].dropna(), _share)
        problems.extend(found)
    return Answers(values, probabilities, tuple(problems), COLUMNS[task][column])


def _column(
    column: "pd.Series[float]", parse: Callable[[object], float]
) -> tuple[dict[str, float], list[Problem]]:
    values, problems = {}, []
    for patient, value in column.items():
        try:
            values[str(patient)] = parse(value)
        except ValueError as error:
            problems.append(Problem(str(patient), f"{column.name}: {error}"))
    return values, problems


_PARSED: dict[int, Callable[[object], float]] = {2: _number, 3: _bit}
