"""From folders of masks to an evaluation."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from evaluation.cases.errors import EvaluationError, Problem
from evaluation.cases.masks import find_masks, task_root
from evaluation.cases.table import CENTRE, patient_table
from evaluation.result import Evaluation, Missing, centre_of
from evaluation.task1.patient import Job, Outcome, score
from evaluation.task1.summary import summarise
from jobs.workers import run

Progress = Callable[[int, int], None]


def evaluate(
    predictions: Path,
    truth: Path,
    *,
    missing: Missing = "exclude",
    workers: int = 1,
    progress: Progress = lambda done, total: None,
) -> Evaluation:
    """Score predicted masks.

    Parameters
    ----------
    predictions, truth : Path
        Folders of masks, on any layout of `evaluation.cases.masks`; the truth also the root of a
        cohort, whose Task 1 counts.
    missing : {"exclude", "zero"}
        Patients without a usable prediction: left out, or a Dice of 0 and each lesion missed.
    workers : int
        Processes.
    progress : callable
        Called with the number of patients scored and of all, at first and after each.

    Raises
    ------
    EvaluationError
        There is nothing to score.
    """
    jobs, problems = find_jobs(predictions, truth)
    codes = _codes(task_root(truth))
    outcomes: list[Outcome] = []

    def done(outcome: Outcome) -> None:
        outcomes.append(outcome)
        progress(len(outcomes), len(jobs))

    progress(0, len(jobs))
    run(score, jobs, workers=workers, done=done)
    problems += [
        Problem(outcome.patient, outcome.problem) for outcome in outcomes if outcome.problem
    ]
    used = [o for o in outcomes if o.row and (missing == "zero" or not o.problem)]
    if not used:
        raise EvaluationError(
            f"expected predictions below {predictions} of the patients below {truth}, found none"
            + (f" that can be scored ({problems[0]})" if problems else "")
        )
    return summarise(_table(used, codes), problems=problems, missing=missing)


def find_jobs(predictions: Path, truth: Path) -> tuple[list[Job], list[Problem]]:
    """Return what to score, and what can't be: doubled truths, patients without one.

    Raises
    ------
    EvaluationError
        A folder is missing or holds no mask.
    """
    predicted, truths = (find_masks(task_root(root)) for root in (predictions, truth))
    jobs, problems = [], []
    for patient, files in truths.items():
        if len(files) > 1:
            problems.append(Problem(patient, f"expected one true mask, found {len(files)}"))
            continue
        jobs.append(Job(patient, tuple(predicted.get(patient, ())), files[0]))
    unknown = sorted(set(predicted) - set(truths))
    problems += [Problem(name, "prediction of a patient not in the truth") for name in unknown]
    return jobs, problems


def _codes(root: Path) -> dict[str, float]:
    """Return the code of each patient's centre, where the cohort's table tells."""
    for folder in (root, root.parent):
        found = sorted(folder.glob("HECKTOR*Task_1.csv"))
        if found:
            table, _ = patient_table(found[0], numbers=(CENTRE,))
            if CENTRE in table.columns:
                return {str(name): float(code) for name, code in table[CENTRE].items()}
    return {}


def _table(outcomes: list[Outcome], codes: dict[str, float]) -> pd.DataFrame:
    rows = {
        outcome.patient: {"centre": centre_of(outcome.patient, codes.get(outcome.patient, np.nan))}
        | outcome.row
        for outcome in outcomes
    }
    return pd.DataFrame.from_dict(rows, orient="index")
