"""A task's answer for one patient, by the containers' own code, beside what is known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

import pandas as pd
import SimpleITK as sitk

from evaluation.result import Evaluation
from evaluation.task1.patient import measures
from evaluation.task1.summary import summarise as summarise_masks
from evaluation.task2.summary import summarise as summarise_risks
from evaluation.task3.summary import summarise as summarise_calls
from jobs.collect import collected
from shared.ensemble import Members
from shared.limits import Deadline
from shared.manifest import find_weights
from shared.predictor import Predictor
from shared.spec import Box, Role
from training.data.making import one_thread
from training.data.patient import DataError, Loaded, Outcome, Patient
from training.measure.rules import RULES, rule_row

Row = dict[str, Any]

ROLES: dict[int, tuple[Role, ...]] = {
    1: ("segmentation",),
    2: ("segmentation", "risk"),
    3: ("segmentation", "hpv"),
}
_NO_HASTE_S = 3600.0


def predictor_of(task: int, weights: Path, *, threads: int) -> Predictor:
    """Return a weights folder's models as a container runs them."""
    found = find_weights(weights, Path("/nonexistent"), roles=ROLES[task])
    return Predictor({role: Members(files, threads=threads) for role, files in found.items()})


def answer(task: int, weights: Path, loaded: Loaded) -> Row:
    """Ask a weights folder for a patient.

    Parameters
    ----------
    task : int
        1, 2 or 3.
    weights : Path
        Loaded once a process.
    loaded : Loaded
        The patient; for Task 1 with labels.

    Returns
    -------
    dict
        Task 1: what the challenge measures of the mask, and the PET rules' scores. Task 2:
        `risk`, higher means earlier recurrence. Task 3: `probability` and `call`, positive True.
    """
    predictor, deadline, case = _asked(task, weights), Deadline(_NO_HASTE_S), loaded.case
    if task == 2:
        return {"risk": predictor.score("risk", case, deadline=deadline).value}
    if task == 3:
        score = predictor.score("hpv", case, deadline=deadline)
        return {"probability": score.value, "call": score.value > score.threshold}
    if loaded.labels is None:
        raise DataError(f"{case.patient_id}: expected labels to measure against, found none")
    labels = predictor.segment(case, deadline=deadline)
    truth = sitk.Resample(
        loaded.labels, labels, sitk.Transform(), sitk.sitkNearestNeighbor, 0, sitk.sitkUInt8
    )
    found = measures(
        sitk.GetArrayFromImage(labels), sitk.GetArrayFromImage(truth), labels.GetSpacing()[::-1]
    )
    return found | rule_row(labels, truth, case.pet_suv, has_head=_looks_at_heads(predictor))


@cache
def _asked(task: int, weights: Path) -> Predictor:
    """Return a weights folder's models on one thread, loaded once a process."""
    return predictor_of(task, weights, threads=1)


def _looks_at_heads(predictor: Predictor) -> bool:
    region = next(iter(predictor.members["segmentation"])).spec.region
    return isinstance(region, Box) and region.centre == "head_neck"


def measure_patients(
    task: int, weights: Path, patients: Sequence[Patient], *, workers: int
) -> pd.DataFrame:
    """Ask a weights folder for each patient, beside the patient's outcome.

    Returns
    -------
    DataFrame
        Indexed by `patient`, in the order given: `centre`, the answer, and for Task 2 `event` and
        `time_days`, for Task 3 `truth`.
    """
    one = partial(_one, task=task, weights=weights)
    rows = collected(one, patients, workers=workers, what="patients measured")
    return pd.DataFrame(rows).set_index("patient")


def _one(patient: Patient, *, task: int, weights: Path) -> Row:
    one_thread()
    row: Row = {"patient": patient.patient_id, "centre": patient.centre}
    return row | answer(task, weights, patient.load()) | _known(task, patient.outcome)


def _known(task: int, outcome: Outcome) -> Row:
    if task == 2:
        return {"event": outcome.relapse, "time_days": outcome.rfs_days}
    return {"truth": outcome.hpv_positive} if task == 3 else {}


def summarise(task: int, cases: pd.DataFrame) -> Evaluation:
    """Return the challenge's figures of measured patients, with intervals and by centre."""
    return _SUMMARY[task](cases)


def _of_masks(cases: pd.DataFrame) -> Evaluation:
    return summarise_masks(cases.drop(columns=RULES))


_SUMMARY: dict[int, Callable[[pd.DataFrame], Evaluation]] = {
    1: _of_masks,
    2: summarise_risks,
    3: summarise_calls,
}
