"""Measure weights on phantom patients that no fit has seen, with the containers' own code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from evaluation.task2.summary import c_index
from phantom import VERSION
from phantom.profile import draw_profile
from shared.manifest import read_manifest
from training.data.rendered import true_patient
from training.measure.answers import measure_patients, summarise
from training.measure.figures import by_centre, by_patient, metrics
from training.measure.rules import beside_rules
from training.measure.unseen import require_unseen
from training.measure.volumes import by_true_volume

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
        each; for Task 1 `volumes`, the primaries by their size, and `baselines`, PET rules beside
        the weights; and one row a patient in `patients`.

    Raises
    ------
    ModelError
        If a fit of the weights used the seed, or a file is not what its manifest says.
    """
    require_unseen(weights, seed)
    profiles = [draw_profile(seed, index) for index in range(patients)]
    # What the generator knows counts, of patients without a record of it too.
    asked = [true_patient(profile, task=task) for profile in profiles]
    cases = measure_patients(task, weights, asked, workers=workers)
    if task == 2:
        cases["true_log_risk"] = [profile.outcome.log_risk for profile in profiles]
    found = summarise(task, cases)
    return {
        "data": {"source": "phantom", "generator": VERSION, "seed": seed, "patients": patients},
        "weights": member_hashes(weights),
        "metrics": {**metrics(found), **_beside(task, cases)},
        "centres": by_centre(found),
        **(_of_primaries(cases) if task == 1 else {}),
        "patients": by_patient(cases),
    }


def member_hashes(weights: Path) -> dict[str, str]:
    """Return the SHA-256 of each file of a weights folder, by its manifest."""
    roles = read_manifest(weights).roles.values()
    return {file.name: file.sha256 for role in roles for file in role.files}


def _of_primaries(cases: pd.DataFrame) -> Row:
    return {"volumes": by_true_volume(cases), "baselines": beside_rules(cases)}


def _beside(task: int, cases: pd.DataFrame) -> Row:
    if task == 2:
        return {
            "c_index_of_true_risk": c_index(cases.assign(risk=cases["true_log_risk"])),
            "events": int(cases["event"].sum()),
        }
    return {"negatives": int((~cases["truth"]).sum())} if task == 3 else {}
