"""Measure weights on phantom patients that no fit has seen, with the containers' own code."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk
from rich.progress import track

from evaluation.metrics import (
    balanced_accuracy,
    bootstrap_interval,
    concordance_index,
    dice,
    roc_auc,
)
from phantom import VERSION
from phantom.patient import Patient, make_patient
from shared.ensemble import Members
from shared.limits import Deadline
from shared.manifest import find_weights
from shared.predictor import Predictor
from shared.spec import Role
from training.data import case_of

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
    run = partial(_one, task=task, weights=weights, seed=seed)
    with ProcessPoolExecutor(workers, get_context("spawn"), initializer=_quiet) as pool:
        rows = list(
            track(pool.map(run, range(patients)), total=patients, description=f"task {task}")
        )
    summary: dict[int, Callable[[list[Row]], Row]] = {1: _overlap, 2: _ranking, 3: _calls}
    return {
        "data": {"source": "phantom", "generator": VERSION, "seed": seed, "patients": patients},
        "metrics": summary[task](rows),
        "patients": rows,
    }


def _quiet() -> None:
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    logging.disable(logging.WARNING)


_PREDICTORS: dict[Path, Predictor] = {}


def _predictor(task: int, weights: Path) -> Predictor:
    if weights not in _PREDICTORS:
        found = find_weights(weights, Path("/nonexistent"), roles=ROLES[task])
        _PREDICTORS[weights] = Predictor(
            {role: Members(files, threads=1) for role, files in found.items()}
        )
    return _PREDICTORS[weights]


def _one(index: int, *, task: int, weights: Path, seed: int) -> Row:
    patient = make_patient(seed, index, neck_only=True, planning=False)
    case, predictor, deadline = case_of(patient), _predictor(task, weights), Deadline(3600.0)
    row: Row = {"patient": patient.patient_id, "centre": patient.centre}
    if task == 1:
        return row | _dices(predictor.segment(case, deadline=deadline), patient)
    if task == 2:
        risk = predictor.score("risk", case, deadline=deadline).value
        outcome = {"event": bool(patient.relapse), "time_days": float(patient.rfs_days)}
        return row | {"risk": risk, **outcome, "true_log_risk": float(patient.true_log_risk)}
    score = predictor.score("hpv", case, deadline=deadline)
    call = score.value > score.threshold
    return row | {"probability": score.value, "call": call, "truth": bool(patient.hpv_true)}


def _dices(labels: sitk.Image, patient: Patient) -> Row:
    called, truth = sitk.GetArrayFromImage(labels), sitk.GetArrayFromImage(patient.labels)
    voxel_ml = float(np.prod(patient.labels.GetSpacing())) / 1000.0
    row: Row = {}
    for name, label in (("gtvp", 1), ("gtvn", 2)):
        mine, real = called == label, truth == label
        row[f"{name}_dice"] = dice(mine, real)
        row[f"{name}_ml"] = float(mine.sum()) * voxel_ml
        row[f"{name}_true_ml"] = float(real.sum()) * voxel_ml
        row[f"{name}_common_ml"] = float((mine & real).sum()) * voxel_ml
    return row


def _overlap(rows: list[Row]) -> Row:
    table = {name: np.array([row[name] for row in rows]) for name in rows[0] if "_" in name}
    low, high = bootstrap_interval(table["gtvp_dice"])
    volumes = table["gtvn_ml"].sum() + table["gtvn_true_ml"].sum()
    return {
        "gtvp_dice_mean": float(table["gtvp_dice"].mean()),
        "gtvp_dice_95": [low, high],
        "gtvp_dice_mean_where_present": float(table["gtvp_dice"][table["gtvp_true_ml"] > 0].mean()),
        "gtvn_dice_aggregated": float(2.0 * table["gtvn_common_ml"].sum() / volumes),
    }


def _resampled(rows: list[Row], metric: Callable[[list[Row]], float]) -> list[float]:
    """Return the 95 % percentile bootstrap interval of a metric over patients."""
    rng, values = np.random.default_rng(0), []
    for _ in range(1000):
        picked = [rows[i] for i in rng.integers(0, len(rows), len(rows))]
        try:
            values.append(metric(picked))
        except ValueError:
            # A draw without an event, or with one class only, has no value.
            continue
    return [float(value) for value in np.percentile(values, [2.5, 97.5])]


def _c_index(rows: list[Row], score: str = "risk") -> float:
    return concordance_index(
        [row[score] for row in rows],
        time_days=[row["time_days"] for row in rows],
        event=[row["event"] for row in rows],
    )


def _ranking(rows: list[Row]) -> Row:
    return {
        "c_index": _c_index(rows),
        "c_index_95": _resampled(rows, _c_index),
        "c_index_of_true_risk": _c_index(rows, "true_log_risk"),
        "events": int(sum(row["event"] for row in rows)),
    }


def _balanced(rows: list[Row]) -> float:
    return balanced_accuracy([r["call"] for r in rows], truth=[r["truth"] for r in rows])


def _auc(rows: list[Row]) -> float:
    return roc_auc([r["probability"] for r in rows], truth=[r["truth"] for r in rows])


def _calls(rows: list[Row]) -> Row:
    return {
        "balanced_accuracy": _balanced(rows),
        "balanced_accuracy_95": _resampled(rows, _balanced),
        "auc": _auc(rows),
        "auc_95": _resampled(rows, _auc),
        "negatives": int(sum(not row["truth"] for row in rows)),
    }
