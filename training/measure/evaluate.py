"""Measure weights on phantom patients that no fit has seen, with the containers' own code."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console

from evaluation.task2.summary import c_index
from jobs.progress import shown
from jobs.workers import run
from phantom import VERSION
from phantom.disk.case import ehr
from phantom.patient import Patient, make_patient
from shared.manifest import read_manifest
from training.data.making import one_thread
from training.data.reading import as_container
from training.measure.answers import answer, summarise
from training.measure.figures import by_centre, by_patient, metrics
from training.measure.rules import beside_rules
from training.measure.unseen import require_unseen

Row = dict[str, Any]

EVALUATION_SEED = 9000
"""Of the phantom cohort that measures weights: no fit may use it. Fixed before any was made."""


def evaluate(task: int, weights: Path, *, seed: int, patients: int, workers: int) -> Row:
    """Run a task's models on unseen patients and summarise.

    Parameters
    ----------
    task : int
        1, 2 or 3.
    weights : Path
        Weights folder to measure.
    seed, patients : int
        Of the phantom cohort, neck only and without radiotherapy; `EVALUATION_SEED` but for
        trials.
    workers : int
        Processes.

    Returns
    -------
    dict
        `data`; `weights`, the SHA-256 of each file; `metrics`; `centres`, the headline figures of
        each; for Task 1 `baselines`, PET rules beside the weights; and one row a patient in
        `patients`.

    Raises
    ------
    ModelError
        If a fit of the weights used the seed, or a file is not what its manifest says.
    """
    require_unseen(weights, seed)
    rows: list[Row] = []
    with shown(Console(stderr=True), f"task {task}") as progress:

        def done(row: Row) -> None:
            rows.append(row)
            progress(len(rows), patients)

        progress(0, patients)
        one = partial(_one, task=task, weights=weights, seed=seed)
        run(one, range(patients), workers=workers, done=done)
    rows.sort(key=lambda row: int(row["patient"].rpartition("-")[2]))
    cases = pd.DataFrame(rows).set_index("patient")
    found = summarise(task, cases)
    return {
        "data": {"source": "phantom", "generator": VERSION, "seed": seed, "patients": patients},
        "weights": member_hashes(weights),
        "metrics": {**metrics(found), **_beside(task, cases)},
        "centres": by_centre(found),
        **({"baselines": beside_rules(cases)} if task == 1 else {}),
        "patients": by_patient(cases),
    }


def member_hashes(weights: Path) -> dict[str, str]:
    """Return the SHA-256 of each file of a weights folder, by its manifest."""
    roles = read_manifest(weights).roles.values()
    return {file.name: file.sha256 for role in roles for file in role.files}


def _one(index: int, *, task: int, weights: Path, seed: int) -> Row:
    one_thread()
    patient = make_patient(seed, index, neck_only=True, planning=False)
    loaded = as_container(
        patient.patient_id,
        ct_hu=patient.ct_hu,
        pet=patient.pet,
        record=ehr(patient, task=task),
        labels=patient.labels,
    )
    row: Row = {"patient": patient.patient_id, "centre": patient.centre}
    return row | answer(task, weights, loaded) | _truth(task, patient)


def _truth(task: int, patient: Patient) -> Row:
    """Return what the generator knows, of patients without a record of it too."""
    if task == 2:
        outcome = {"event": bool(patient.relapse), "time_days": float(patient.rfs_days)}
        return {**outcome, "true_log_risk": float(patient.true_log_risk)}
    return {"truth": bool(patient.hpv_true)} if task == 3 else {}


def _beside(task: int, cases: pd.DataFrame) -> Row:
    if task == 2:
        return {
            "c_index_of_true_risk": c_index(cases.assign(risk=cases["true_log_risk"])),
            "events": int(cases["event"].sum()),
        }
    return {"negatives": int((~cases["truth"]).sum())} if task == 3 else {}
