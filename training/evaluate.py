"""Measure weights on phantom patients that no fit has seen, with the containers' own code."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import SimpleITK as sitk
from rich.console import Console

from evaluation.result import Evaluation, plain
from evaluation.task1.patient import measures
from evaluation.task1.summary import summarise as summarise_masks
from evaluation.task2.summary import c_index
from evaluation.task2.summary import summarise as summarise_risks
from evaluation.task3.summary import summarise as summarise_calls
from jobs.progress import shown
from jobs.workers import run
from phantom import VERSION
from phantom.patient import Patient, make_patient
from shared.ensemble import Members
from shared.limits import Deadline
from shared.manifest import find_weights
from shared.predictor import Predictor
from shared.spec import Role
from training.data import case_of, one_thread

Row = dict[str, Any]

ROLES: dict[int, tuple[Role, ...]] = {
    1: ("segmentation",),
    2: ("segmentation", "risk"),
    3: ("segmentation", "hpv"),
}


def evaluate(task: int, weights: Path, *, seed: int, patients: int, workers: int) -> Row:
    """Run a task's models on unseen patients and summarise.

    Returns
    -------
    dict
        `data`, `metrics` and one row a patient in `patients`.
    """
    rows: list[Row] = []
    with shown(Console(stderr=True), f"task {task}") as progress:

        def done(row: Row) -> None:
            rows.append(row)
            progress(len(rows), patients)

        progress(0, patients)
        one = partial(_one, task=task, weights=weights, seed=seed)
        run(one, range(patients), workers=workers, done=done)
    rows.sort(key=lambda row: int(row["patient"].rpartition("-")[2]))
    return {
        "data": {"source": "phantom", "generator": VERSION, "seed": seed, "patients": patients},
        "metrics": _SUMMARY[task](pd.DataFrame(rows).set_index("patient")),
        "patients": rows,
    }


_PREDICTORS: dict[Path, Predictor] = {}


def _predictor(task: int, weights: Path) -> Predictor:
    if weights not in _PREDICTORS:
        found = find_weights(weights, Path("/nonexistent"), roles=ROLES[task])
        _PREDICTORS[weights] = Predictor(
            {role: Members(files, threads=1) for role, files in found.items()}
        )
    return _PREDICTORS[weights]


def _one(index: int, *, task: int, weights: Path, seed: int) -> Row:
    one_thread()
    patient = make_patient(seed, index, neck_only=True, planning=False)
    case, predictor, deadline = case_of(patient), _predictor(task, weights), Deadline(3600.0)
    row: Row = {"patient": patient.patient_id, "centre": patient.centre}
    if task == 1:
        return row | _measures(predictor.segment(case, deadline=deadline), patient)
    if task == 2:
        risk = predictor.score("risk", case, deadline=deadline).value
        outcome = {"event": bool(patient.relapse), "time_days": float(patient.rfs_days)}
        return row | {"risk": risk, **outcome, "true_log_risk": float(patient.true_log_risk)}
    score = predictor.score("hpv", case, deadline=deadline)
    call = score.value > score.threshold
    return row | {"probability": score.value, "call": call, "truth": bool(patient.hpv_true)}


def _measures(labels: sitk.Image, patient: Patient) -> Row:
    found, truth = sitk.GetArrayFromImage(labels), sitk.GetArrayFromImage(patient.labels)
    return measures(found, truth, patient.labels.GetSpacing()[::-1])


def _metrics(found: Evaluation) -> Row:
    """Return each figure by its name, and its 95 % interval beside it."""
    metrics: Row = {}
    for name, figure in found.figures.items():
        metrics[name] = plain(figure.value)
        if not math.isnan(figure.low):
            metrics[f"{name}_95"] = [plain(figure.low), plain(figure.high)]
    return metrics


def _of_overlap(cases: pd.DataFrame) -> Row:
    return _metrics(summarise_masks(cases))


def _of_risk(cases: pd.DataFrame) -> Row:
    true_risk = c_index(cases.assign(risk=cases["true_log_risk"]))
    return {
        **_metrics(summarise_risks(cases)),
        "c_index_of_true_risk": true_risk,
        "events": int(cases["event"].sum()),
    }


def _of_calls(cases: pd.DataFrame) -> Row:
    return {
        **_metrics(summarise_calls(cases)),
        "negatives": int((~cases["truth"]).sum()),
    }


_SUMMARY: dict[int, Callable[[pd.DataFrame], Row]] = {1: _of_overlap, 2: _of_risk, 3: _of_calls}
