"""Measure weights on patients that no fit has seen, with the containers' own code."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from phantom import VERSION
from phantom.profile import draw_profile
from shared.manifest import read_manifest
from training.data.learned import TrainingRecord
from training.data.outcomes import require_usable
from training.data.patient import DataError, Patient
from training.data.rendered import true_patient
from training.data.source import Source
from training.measure.answers import ROLES, measure_patients, summarise
from training.measure.beside import beside_weights
from training.measure.ceilings import of_ceiling, require_apart, with_truth
from training.measure.figures import by_centre, by_patient, metrics
from training.measure.rules import beside_rules
from training.measure.unseen import learned_from, require_unseen, unrecorded
from training.measure.volumes import by_true_volume

log = logging.getLogger(__name__)

Row = dict[str, Any]
Of = Literal["unseen", "learned"]

EVALUATION_PATIENTS = {1: 100, 2: 600, 3: 600}
"""By task, the first so many of the cohort of `EVALUATION_SEED` measure weights.

The first hundred have scored Task 1's weights before Task 2's and 3's were fitted. That tells
nothing of these: no weights, recipe or threshold of Tasks 2 and 3 was chosen by them.
"""


def evaluate(
    task: int,
    weights: Path,
    *,
    seed: int,
    patients: int,
    workers: int,
    beside: Mapping[str, Path] | None = None,
) -> Row:
    """Run a task's models on unseen patients and summarise.

    Parameters
    ----------
    task : int
        1, 2 or 3.
    weights : Path
        Weights folder to measure.
    seed, patients : int
        Of the phantom cohort, neck only and without radiotherapy; `EVALUATION_SEED` and
        `EVALUATION_PATIENTS` but for trials.
    workers : int
        Processes.
    beside : mapping of str to Path, optional
        Other weights of the task, by name, that the same patients measure in the same pass.

    Returns
    -------
    dict
        `data`; `weights`, the SHA-256 of each file, and `beside`, those of the other weights;
        `metrics`, with what the generator knows and the share of the way to it; `centres`, the
        headline figures of each; for Task 1 `volumes`, the primaries by their size; `baselines`,
        PET rules (Task 1) and other weights on the same patients; and one row a patient in
        `patients`.

    Raises
    ------
    ModelError
        If a fit of any of the weights used the seed, the generator's visible score did, or a file
        is not what its manifest says.
    """
    others = dict(beside or {})
    for folder in (weights, *others.values()):
        require_unseen(folder, seed)
    require_apart(task, seed)
    profiles = [draw_profile(seed, index) for index in range(patients)]
    # What the generator knows counts, of patients without a record of it too.
    asked = [true_patient(profile, task=task) for profile in profiles]
    cases = measure_patients(task, weights, asked, workers=workers, beside=others)
    cases = with_truth(task, cases, profiles)
    data = {"source": "phantom", "generator": VERSION, "seed": seed, "patients": patients}
    result = _result(task, weights, cases, data=data, others=others)
    result["metrics"] |= of_ceiling(task, cases)
    return result


def evaluate_data(
    weights: Path,
    source: Source,
    *,
    of: Of,
    workers: int,
    beside: Mapping[str, Path] | None = None,
) -> Row:
    """Run a task's models on patients of one's own and summarise.

    Parameters
    ----------
    weights : Path
        Weights folder to measure.
    source : Source
        The patients, of the task.
    of : {"unseen", "learned"}
        Whom: those that no fit of any of the weights learned from, or, to see how much better
        those are, the patients that the measured weights learned from.
    workers, beside : int, mapping of str to Path
        As for `evaluate`.

    Returns
    -------
    dict
        As of `evaluate`, without what only a phantom's generator knows. Roles of any of the weights
        without a record of whom their fits learned from are named in `data` (`unrecorded`), with a
        warning: such a fit may have learned from anyone.

    Raises
    ------
    DataError
        If there is no such patient, or one lacks the labels or the outcome to measure against.
    """
    others = dict(beside or {})
    folders = (weights, *others.values())
    records = {path: learned_from(path, source.description) for path in folders}
    without = [f"{path.name}: {role}" for path in folders for role in unrecorded(path)]
    if without:
        log.warning(
            "no record of whom they learned from, which may be these patients: %s",
            ", ".join(without),
        )
    asked = [p for p in source.patients if _is(of, p, records[weights], records.values())]
    if not asked:
        raise DataError(
            f"{source.description}: expected patients that are {of} by {weights.name}, found none"
        )
    require_usable(asked, ROLES[source.task][-1])
    cases = measure_patients(source.task, weights, asked, workers=workers, beside=others)
    data: Row = {"source": source.description, "of": of, "patients": len(asked)}
    data |= {"unrecorded": without} if without else {}
    return _result(source.task, weights, cases, data=data, others=others)


def _is(of: Of, patient: Patient, learned: TrainingRecord, every: Iterable[TrainingRecord]) -> bool:
    if of == "learned":
        return patient.patient_id in learned
    return not any(patient.patient_id in record for record in every)


def _result(
    task: int, weights: Path, cases: pd.DataFrame, *, data: Row, others: Mapping[str, Path]
) -> Row:
    found = summarise(task, cases)
    hashes = {"beside": {name: member_hashes(path) for name, path in others.items()}}
    return {
        "data": data,
        "weights": member_hashes(weights),
        **(hashes if others else {}),
        "metrics": metrics(found),
        "centres": by_centre(found),
        **({"volumes": by_true_volume(cases)} if task == 1 else {}),
        **_baselines(task, cases, others),
        "patients": by_patient(cases),
    }


def _baselines(task: int, cases: pd.DataFrame, others: Mapping[str, Path]) -> Row:
    rows = beside_rules(cases) if task == 1 else []
    if others:
        rows += beside_weights(task, cases, others)
    return {"baselines": rows} if rows else {}


def member_hashes(weights: Path) -> dict[str, str]:
    """Return the SHA-256 of each file of a weights folder, by its manifest."""
    roles = read_manifest(weights).roles.values()
    return {file.name: file.sha256 for role in roles for file in role.files}
