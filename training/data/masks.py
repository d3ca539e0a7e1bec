"""Whose segmentation makes a patient's mask: one that did not learn from the patient.

A mask of a network's own training patient is better than any that it will make in use, and a risk
or HPV network that learned behind such masks would count on them.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import ValidationError

from shared.manifest import MANIFEST
from training.data.patient import DataError, Patient
from training.export.records import record_folders
from training.run import ABOUT_FILE, About

log = logging.getLogger(__name__)

FOLD, WEIGHTS = "fold_", "weights"
"""How a cross-validation calls a fold's folder, and the weights in it."""
_SEGMENTS = 1
_COHORT = re.compile(r"\bphantom, .*?\bseed (\d+)")
_REAL = "HECKTOR layout"


def mask_weights(folder: Path) -> tuple[Path, ...]:
    """Return the weights folders that can make masks, the one for new patients first.

    Parameters
    ----------
    folder : Path
        A weights folder, or a cross-validation of Task 1.

    Raises
    ------
    DataError
        If a fold of the cross-validation is not finished.
    """
    folds = sorted(folder.glob(f"{FOLD}*"), key=lambda path: (len(path.name), path.name))
    if (folder / MANIFEST).exists() or not folds:
        return (folder,)
    found = tuple(fold / WEIGHTS for fold in folds)
    unfinished = [path.parent.name for path in found if not (path / MANIFEST).is_file()]
    if unfinished:
        raise DataError(
            f"segmentation: expected a finished cross-validation in {folder}, found no weights "
            f"in {', '.join(unfinished)}"
        )
    return found


def unseen_masks(folder: Path, patients: Sequence[Patient], *, data: str) -> dict[str, Path]:
    """Choose for each patient the weights whose fit did not learn from the patient.

    Of a cross-validation that is the fold that held the patient out; for a patient of other data
    it is the first.

    Parameters
    ----------
    folder : Path
        A weights folder, or a cross-validation of Task 1.
    patients : sequence of Patient
        Who needs a mask.
    data : str
        What the patients are, in a source's words.

    Returns
    -------
    dict of str to Path
        A weights folder for each name.

    Raises
    ------
    DataError
        If all weights learned from some patient, or a record can't be read.
    """
    teachings = [_teaching(weights, data) for weights in mask_weights(folder)]
    chosen: dict[str, Path] = {}
    known = []
    for patient in patients:
        name = patient.patient_id
        unseen = (taught.weights for taught in teachings if not taught.knows(name))
        weights = next(unseen, None)
        if weights is None:
            known.append(name)
        else:
            chosen[name] = weights
    if known:
        raise DataError(
            f"segmentation: {folder} learned from {len(known)} of the patients who need a mask "
            f"({min(known)} is one), and its masks of them are better than they will be in use; "
            "expected a cross-validation of Task 1 that holds them out, or weights of other data"
        )
    return chosen


@dataclass(frozen=True)
class _Teaching:
    """A weights folder, and whom of the patients' own data its segmentations learned from.

    Attributes
    ----------
    weights : Path
        The folder.
    patients : frozenset of str
        Names in the records.
    went_on : bool
        Whether a fit started from another on the patients' data, which names nobody.
    """

    weights: Path
    patients: frozenset[str]
    went_on: bool

    def knows(self, name: str) -> bool:
        """Return whether a segmentation learned from a patient, or may have."""
        return self.went_on or name in self.patients


def _teaching(weights: Path, data: str) -> _Teaching:
    records = list(_records(weights))
    if not records and weights.is_dir():
        _tell_of_no_record(weights)
    same = [about for about in records if not different_data(about.data, data)]
    others = [about for about in records if about not in same]
    return _Teaching(
        weights,
        patients=frozenset(name for about in same for name in about.training),
        went_on=any(_mentions(about.start, data) for about in others),
    )


def _mentions(start: str, data: str) -> bool:
    """Tell whether what a fit started from learned from some data, in a record's words."""
    cohort = _COHORT.search(data)
    return data in start or (cohort is not None and cohort[1] in _COHORT.findall(start))


@cache
def _tell_of_no_record(weights: Path) -> None:
    log.warning(
        "segmentation: %s has no record of whom it learned from; its masks of them would be "
        "better than they will be in use",
        weights,
    )


def _records(weights: Path) -> Iterator[About]:
    for folder in record_folders(weights):
        path = folder / ABOUT_FILE
        try:
            about = About.model_validate_json(path.read_text(encoding="utf-8"))
        except (OSError, ValidationError) as error:
            raise DataError(f"segmentation: {path}: expected a fit's record") from error
        # A score's own record lies beside the segmentation before it, and is of other masks.
        if about.task == _SEGMENTS:
            yield about


def different_data(one: str, other: str) -> bool:
    """Tell whether two descriptions are certainly of different patients, whatever their names.

    Phantom cohorts of different seeds are, and a phantom and the challenge's own patients; for all
    else the names decide.
    """
    first, second = _COHORT.search(one), _COHORT.search(other)
    if first and second:
        return first[1] != second[1]
    real = {one.startswith(_REAL), other.startswith(_REAL)}
    return bool(first or second) and True in real
