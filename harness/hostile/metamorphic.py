"""How much the answers move when the same patient is told in another way."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk

from evaluation.metrics.overlap import dice
from harness.hostile.relations import RELATIONS, Relation, moved_back
from harness.hostile.scene import Scene, patient_scene, write_scene
from harness.tasks import TASKS
from jobs.collect import collected
from shared.case import read_case
from shared.grid import Grid
from shared.limits import Deadline
from shared.predictor import Predictor
from shared.runtime import Program, Settings, Task

LEAST_DICE, MOST_CHANGE = 0.98, 0.02
"""What is promised of a mask, and of a risk or a probability."""
_LABELS = {"GTVp": 1, "GTVn": 2}
_NO_HASTE_S = 3600.0


@dataclass(frozen=True)
class Answers:
    """What the three tasks' networks say of a patient.

    Attributes
    ----------
    mask : SimpleITK.Image
        Labels on the CT's grid.
    risk, hpv : float
        The score, and the probability.
    """

    mask: sitk.Image
    risk: float
    hpv: float


@dataclass(frozen=True)
class Shift:
    """How far the answers moved.

    Attributes
    ----------
    patient : int
        Its number.
    relation : str
        How it was told.
    dice : mapping of str to float
        By label, of the mask against the one before.
    risk, hpv : float
        Absolute changes.
    """

    patient: int
    relation: str
    dice: Mapping[str, float]
    risk: float
    hpv: float

    @property
    def kept(self) -> bool:
        """Whether the promise is kept."""
        same = self.risk <= MOST_CHANGE and self.hpv <= MOST_CHANGE
        return same and min(self.dice.values()) >= LEAST_DICE


def measure(patients: int, *, workers: int) -> list[Shift]:
    """Tell phantom patients in every way and compare the answers, by the shipped weights.

    Parameters
    ----------
    patients : int
        How many.
    workers : int
        Processes.
    """
    found = collected(shifts_of, range(patients), workers=workers, what="patients")
    return [shift for some in found for shift in some]


def shifts_of(patient: int) -> list[Shift]:
    """Return a patient's shifts, one a relation."""
    rng = np.random.default_rng(patient)
    before = patient_scene(patient)
    first = _answers(before)
    found = []
    for relation in RELATIONS:
        after = relation.apply(before, rng)
        found.append(_shift(patient, relation, before, after, first))
    return found


def _shift(patient: int, relation: Relation, before: Scene, after: Scene, first: Answers) -> Shift:
    found = _answers(after)
    onto = Grid.of(first.mask)
    mask = moved_back(found.mask, relation.shift_mm(before, after), onto)
    ours, theirs = (sitk.GetArrayFromImage(image) for image in (first.mask, mask))
    return Shift(
        patient=patient,
        relation=relation.name,
        dice={name: dice(theirs == label, ours == label) for name, label in _LABELS.items()},
        risk=abs(found.risk - first.risk),
        hpv=abs(found.hpv - first.hpv),
    )


def _answers(scene: Scene) -> Answers:
    with tempfile.TemporaryDirectory(prefix="hecktor-metamorphic-") as place:
        write_scene(scene, Path(place))
        case = read_case(Path(place) / "input")
    ample = Deadline(_NO_HASTE_S)
    return Answers(
        mask=_predictor(1).segment(case, deadline=ample),
        risk=_predictor(2).score("risk", case, deadline=ample).value,
        hpv=_predictor(3).score("hpv", case, deadline=ample).value,
    )


@cache
def _predictor(number: int) -> Predictor:
    """Return a task's shipped models, loaded once a process."""
    task: Task[Any] = import_module(TASKS[number].program).TASK
    return Program.load(task, model_dir=Path("/nonexistent"), settings=Settings()).predictor
