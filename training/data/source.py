"""Where patients come from, by an address on the command line."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from training.data.folds import Fold, folds, leave_one_centre_out
from training.data.hecktor import hecktor_patients
from training.data.manifest import manifest_patients
from training.data.outcomes import fold_problems, words
from training.data.patient import DataError, Outcome, Patient, require_none
from training.data.rendered import ADDRESS, rendered_patients

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Source:
    """A data set.

    Attributes
    ----------
    patients : tuple of Patient
        Sorted by name, but for rendered ones, which come in the order of their indices.
    description : str
        What they are, in words, without paths.
    task : int
        What is to be learned from them: 1, 2 or 3.
    """

    patients: tuple[Patient, ...]
    description: str
    task: int = 1

    @property
    def centres(self) -> tuple[str, ...]:
        """Return where each patient was scanned."""
        return tuple(patient.centre for patient in self.patients)

    def folds(self, *, count: int, seed: int) -> tuple[Fold, ...]:
        """Return folds stratified by centre, for Tasks 2 and 3 by relapse and HPV status too.

        See `training.data.folds`. What is not known of an outcome is a status of its own.
        """
        ids = [patient.patient_id for patient in self.patients]
        outcomes = [words(patient.outcome, task=self.task) for patient in self.patients]
        return folds(self.centres, ids, count=count, seed=seed, outcomes=outcomes)

    def leave_one_centre_out(self) -> tuple[Fold, ...]:
        """Return a fold for each centre on which the task can be measured; a warning names others.

        The patients of a small centre without a relapse, or of one HPV status only, are learned
        from in every fold.

        Raises
        ------
        DataError
            If a patient's centre is not known, there is only one, or none can be measured.
        """
        split, unfit = [], []
        for fold in leave_one_centre_out(self.centres):
            problems = fold_problems((fold,), self.patients, task=self.task)
            unfit += problems
            if not problems:
                split.append(fold)
        if not split:
            require_none(list(dict.fromkeys(unfit)), where="leave one centre out")
        for problem in unfit:
            log.warning("not held out: %s", problem)
        return tuple(split)


def open_source(address: str, *, task: int) -> Source:
    """Find the patients of an address; scans are not read yet.

    For Tasks 2 and 3 patients without the outcome are left out, and counted in the description.

    Parameters
    ----------
    address : str
        A folder in HECKTOR's layout, a manifest ``FILE.csv``, or ``phantom:SEED:PATIENTS``.
    task : int
        1, 2 or 3.

    Raises
    ------
    DataError
        Naming all that is missing or wrong.
    """
    if address.startswith(f"{ADDRESS}:"):
        rendered, description = rendered_patients(address, task=task)
        return Source(_not_empty(rendered, address), description, task)
    path = Path(address)
    if path.is_dir():
        patients, description = hecktor_patients(path, task=task)
    elif path.suffix.lower() == ".csv":
        patients, description = manifest_patients(path, task=task)
    else:
        raise DataError(
            f"{address}: expected a folder in HECKTOR's layout, a manifest .csv or "
            "phantom:SEED:PATIENTS, found none of them"
        )
    known = [patient for patient in patients if _known(patient.outcome, task)]
    left_out = len(patients) - len(known)
    if left_out:
        description += f" ({left_out} of them without the outcome, left out)"
    return Source(_not_empty(known, address), description, task)


def _known(outcome: Outcome, task: int) -> bool:
    value = {1: True, 2: outcome.relapse, 3: outcome.hpv_positive}[task]
    return value is not None


def _not_empty(patients: Sequence[Patient], address: str) -> tuple[Patient, ...]:
    if not patients:
        raise DataError(f"{address}: expected a patient with the outcome or more, found none")
    return tuple(patients)
