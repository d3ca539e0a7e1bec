"""A task's answer for one patient, by the containers' own code, beside what is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any

import pandas as pd

from evaluation.result import Evaluation
from evaluation.task1.summary import summarise as summarise_masks
from evaluation.task2.summary import summarise as summarise_risks
from evaluation.task3.summary import summarise as summarise_calls
from jobs.collect import collected
from shared.case import Case
from shared.ensemble import Members, activate
from shared.limits import Deadline
from shared.manifest import find_weights, read_manifest
from shared.predictor import Findings, Predictor, Score
from shared.spec import Precision, Role
from training.data.making import one_thread
from training.data.patient import Loaded, Outcome, Patient
from training.data.samples import Samples
from training.export.inputs import network_inputs
from training.measure.beside import BESIDE
from training.measure.rules import RULES
from training.measure.segmented import mask_row

Row = dict[str, Any]

ROLES: dict[int, tuple[Role, ...]] = {
    1: ("segmentation",),
    2: ("segmentation", "risk"),
    3: ("segmentation", "hpv"),
}
_NO_HASTE_S = 3600.0


def predictor_of(
    task: int, weights: Path, *, threads: int, precision: Precision = "float32"
) -> Predictor:
    """Return a weights folder's models as a container runs them."""
    found = find_weights(weights, Path("/nonexistent"), roles=ROLES[task])
    return Predictor(
        {
            role: Members(files, threads=threads, precision=precision)
            for role, files in found.items()
        }
    )


@dataclass(frozen=True)
class _Asked:
    """A weights folder's models, and what tells whose mask they can share.

    Attributes
    ----------
    predictor : Predictor
        On one thread.
    segments : bool
        Whether its score needs lesions.
    files : tuple of str
        SHA-256 of the segmentation's members.
    """

    predictor: Predictor
    segments: bool
    files: tuple[str, ...]


@cache
def _asked(task: int, weights: Path) -> _Asked:
    """Return a weights folder's models, loaded once a process."""
    predictor = predictor_of(task, weights, threads=1)
    spec = next(iter(predictor.members[ROLES[task][-1]])).spec
    files = read_manifest(weights).roles["segmentation"].files
    return _Asked(predictor, spec.needs_lesions, tuple(file.sha256 for file in files))


@dataclass
class _Masks:
    """A patient's masks, each made once: weights that segment alike share one.

    Attributes
    ----------
    case : Case
        The patient.
    made : dict
        Findings by the segmentation's files.
    """

    case: Case
    made: dict[tuple[str, ...], Findings] = field(default_factory=dict)

    def of(self, asked: _Asked) -> Findings | None:
        """Return the mask that weights see; None where they need none."""
        if not asked.segments:
            return None
        if asked.files not in self.made:
            self.made[asked.files] = asked.predictor.find(self.case, deadline=Deadline(_NO_HASTE_S))
        return self.made[asked.files]


def _answer(task: int, weights: Path, loaded: Loaded, masks: _Masks) -> Row:
    """Ask a weights folder for a patient.

    Returns
    -------
    dict
        Task 1: what the challenge measures of the mask, and the PET rules' scores. Task 2:
        `risk`, higher means earlier recurrence. Task 3: `probability` and `call`, positive True.
    """
    asked = _asked(task, weights)
    if task == 1:
        return mask_row(asked.predictor, loaded, deadline=Deadline(_NO_HASTE_S))
    role = ROLES[task][-1]
    score = asked.predictor.score(
        role, loaded.case, deadline=Deadline(_NO_HASTE_S), findings=masks.of(asked)
    )
    return _said(task, score)


def _said(task: int, score: Score) -> Row:
    if task == 2:
        return {"risk": score.value}
    return {"probability": score.value, "call": score.value > score.threshold}


def measure_patients(
    task: int,
    weights: Path,
    patients: Sequence[Patient],
    *,
    workers: int,
    beside: Mapping[str, Path] | None = None,
) -> pd.DataFrame:
    """Ask a weights folder for each patient, beside the patient's outcome.

    Parameters
    ----------
    task : int
        1, 2 or 3.
    weights : Path
        Weights folder to measure.
    patients : sequence of Patient
        Whom to ask about; each is loaded once.
    workers : int
        Processes.
    beside : mapping of str to Path, optional
        Other weights to ask in the same pass, by the names they are given.

    Returns
    -------
    DataFrame
        Indexed by `patient`, in the order given: `centre`, the answer, and for Task 2 `event` and
        `time_days`, for Task 3 `truth`; with other weights also `beside`, their answers by name.
    """
    one = partial(_one, task=task, weights=weights, beside=dict(beside or {}))
    rows = collected(one, patients, workers=workers, what="patients measured")
    return pd.DataFrame(rows).set_index("patient")


def measure_prepared(
    task: int, weights: Path, patients: Sequence[Patient], samples: Samples
) -> pd.DataFrame:
    """Ask for each patient's score from their sample: nobody is rendered or segmented again.

    A sample holds what the container gives the network, made by the container's own function, so
    the answers are those of `measure_patients`.

    Parameters
    ----------
    task : int
        2 or 3.
    weights : Path
        Weights folder to measure.
    patients, samples : sequence of Patient, Samples
        Whom to ask about, in the same order; the samples are of the weights' spec.

    Returns
    -------
    DataFrame
        As of `measure_patients`.
    """
    members = _asked(task, weights).predictor.members[ROLES[task][-1]]
    rows = []
    for index, patient in enumerate(patients):
        combined, sample = members.combination(), samples[index]
        for member in members:
            spec = member.spec
            combined.add(member(network_inputs(sample, spec)))
            del member
        value = float(activate(combined.result(), spec).reshape(-1)[0])
        score = Score(value=value, threshold=spec.threshold)
        rows.append(_whom(patient) | _said(task, score) | _known(task, patient.outcome))
    return pd.DataFrame(rows).set_index("patient")


def _one(patient: Patient, *, task: int, weights: Path, beside: dict[str, Path]) -> Row:
    one_thread()
    loaded, row = patient.load(), _whom(patient)
    masks = _Masks(loaded.case)
    row |= _answer(task, weights, loaded, masks) | _known(task, patient.outcome)
    if beside:
        row[BESIDE] = {name: _answer(task, path, loaded, masks) for name, path in beside.items()}
    return row


def _whom(patient: Patient) -> Row:
    return {"patient": patient.patient_id, "centre": patient.centre}


def _known(task: int, outcome: Outcome) -> Row:
    if task == 2:
        return {"event": outcome.relapse, "time_days": outcome.rfs_days}
    return {"truth": outcome.hpv_positive} if task == 3 else {}


def summarise(task: int, cases: pd.DataFrame) -> Evaluation:
    """Return the challenge's figures of measured patients, with intervals and by centre."""
    return _SUMMARY[task](cases.drop(columns=BESIDE, errors="ignore"))


def _of_masks(cases: pd.DataFrame) -> Evaluation:
    return summarise_masks(cases.drop(columns=RULES))


_SUMMARY: dict[int, Callable[[pd.DataFrame], Evaluation]] = {
    1: _of_masks,
    2: summarise_risks,
    3: summarise_calls,
}
