"""What containers answer to Tasks 2 and 3: a number or a truth value a patient.

A container writes ``rfs.json`` or ``hpv-status.json`` into each patient's folder; a team may also
have one CSV with the columns ``PatientID`` and ``Risk`` (or ``RFS``, predicted days), ``HPV
Status`` (0 or 1) and, if it likes, ``Probability``.
"""

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from evaluation.cases.errors import EvaluationError, Problem
from evaluation.cases.masks import owner, platform_names
from evaluation.cases.table import patient_table

FILES = {2: "rfs.json", 3: "hpv-status.json"}
COLUMNS = {2: ("Risk", "RFS"), 3: ("HPV Status",)}
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
    """

    values: dict[str, float]
    probabilities: dict[str, float]
    problems: tuple[Problem, ...]


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


def check_patients(answers: Answers, table: pd.DataFrame) -> list[Problem]:
    """Return what is wrong with the predictions: unusable, missing, or of unknown patients."""
    problems = list(answers.problems)
    named = {problem.patient for problem in problems}
    for patient in table.index:
        if patient not in answers.values and patient not in named:
            problems.append(Problem(patient, "expected a prediction, found none"))
    unknown = sorted(set(answers.values) - set(table.index))
    return problems + [
        Problem(name, "prediction of a patient not in the truth") for name in unknown
    ]


def _of_files(root: Path, files: list[Path], task: int) -> Answers:
    names = platform_names(root)
    values: dict[str, float] = {}
    problems = []
    for path in files:
        patient = owner(path.relative_to(root).parts[:-1], names) or path.stem
        if patient in values:
            problems.append(Problem(patient, f"expected one {path.name}, found several"))
            continue
        try:
            values[patient] = _PARSERS[task](json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError) as error:
            problems.append(Problem(patient, f"{path.name}: {error}"))
    return Answers(_without(values, problems), {}, tuple(problems))


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
    table, problems = patient_table(path)
    column = next((name for name in COLUMNS[task] if name in table.columns), None)
    if column is None:
        raise EvaluationError(
            f"{path}: expected a column {' or '.join(COLUMNS[task])}, "
            f"found {', '.join(table.columns)}"
        )
    values, wrong = _column(table[column], _number if task == 2 else _bit)
    problems.extend(wrong)
    probabilities: dict[str, float] = {}
    if task == 3 and PROBABILITY in table.columns:
        probabilities, wrong = _column(table[PROBABILITY], _share)
        problems.extend(wrong)
    return Answers(_without(values, problems), _without(probabilities, problems), tuple(problems))


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


def _without(values: dict[str, float], problems: list[Problem]) -> dict[str, float]:
    bad = {problem.patient for problem in problems}
    return {patient: value for patient, value in values.items() if patient not in bad}
