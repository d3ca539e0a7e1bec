"""Whose segmentation makes a patient's mask: one that did not learn from the patient.

A mask of a network's own training patient is better than any that it will make in use, and a risk
or HPV network that learned behind such masks would count on them.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

from shared.errors import ModelError
from shared.manifest import MANIFEST, read_manifest
from training.data.learned import TrainingRecord, training_record
from training.data.patient import DataError, Patient
from training.export.records import read_record, segmentation_records
from training.run import MaskMaker

log = logging.getLogger(__name__)

FOLD, WEIGHTS = "fold_", "weights"
"""How a cross-validation calls a fold's folder, and the weights in it."""


def fold_folders(folder: Path) -> list[Path]:
    """Return a cross-validation's folds in the order of their numbers; none if it is none."""
    return sorted(folder.glob(f"{FOLD}*"), key=lambda path: (len(path.name), path.name))


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
    folds = fold_folders(folder)
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
        If all weights learned from some patient.
    RunError
        If a record can't be read.
    """
    records = {weights: _training_record(weights, data) for weights in mask_weights(folder)}
    chosen: dict[str, Path] = {}
    learned = []
    for patient in patients:
        name = patient.patient_id
        weights = next((path for path, record in records.items() if name not in record), None)
        if weights is None:
            learned.append(name)
        else:
            chosen[name] = weights
    if learned:
        raise DataError(
            f"segmentation: {folder} learned from {len(learned)} of the patients who need a mask "
            f"({min(learned)} is one), and its masks of them are better than they will be in use; "
            "expected a cross-validation of Task 1 that holds them out, or weights of other data"
        )
    return chosen


def mask_makers(masks: Mapping[str, Path]) -> tuple[MaskMaker, ...]:
    """Return the segmentations that make some patients' masks.

    Parameters
    ----------
    masks : mapping of str to Path
        A weights folder for each patient, as `unseen_masks` chooses them.

    Returns
    -------
    tuple of MaskMaker
        In the order of their folders' names.

    Raises
    ------
    ModelError
        If a folder has no manifest, or no segmentation.
    """
    return tuple(mask_maker(weights) for weights in _in_order(set(masks.values())))


def mask_maker(weights: Path) -> MaskMaker:
    """Return what tells a weights folder's segmentation from any other; see `mask_makers`."""
    role = read_manifest(weights).roles.get("segmentation")
    if role is None:
        raise ModelError(f"weights: expected a segmentation in {weights.name}/, found none")
    files = tuple(file.sha256 for file in role.files)
    data = dict.fromkeys(read_record(folder).data for folder in segmentation_records(weights))
    return MaskMaker(files=files, data="; ".join(data))


def _in_order(folders: Iterable[Path]) -> list[Path]:
    return sorted(folders, key=lambda path: (len(str(path)), str(path)))


def _training_record(weights: Path, data: str) -> TrainingRecord:
    abouts = [read_record(folder) for folder in segmentation_records(weights)]
    if not abouts and weights.is_dir():
        _warn_of_no_record(weights)
    return training_record(abouts, data)


@cache
def _warn_of_no_record(weights: Path) -> None:
    log.warning(
        "segmentation: %s has no record of whom it learned from; its masks of them would be "
        "better than they will be in use",
        weights,
    )
