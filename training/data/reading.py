"""Scans, labels and outcomes as they become what a network learns from."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk

from evaluation.cases.table import BLANK
from shared.case import Case
from shared.clinical import parse_clinical
from shared.errors import InputError
from shared.images import read_image, read_optional
from shared.intensity import AIR_HU
from training.data.patient import DataError, Loaded, Outcome

_FLAGS = {"true": 1.0, "false": 0.0}
_UNKNOWN_FLAG = -1.0
_LARGEST_LABEL = 255


def as_container(
    patient_id: str,
    *,
    ct_hu: sitk.Image,
    pet: sitk.Image,
    record: Mapping[str, Any],
    labels: sitk.Image | None,
    dose_gy: sitk.Image | None = None,
) -> Loaded:
    """Make of scans and record what the container makes of them, to the bit.

    Parameters
    ----------
    patient_id : str
        Whose.
    ct_hu, pet : SimpleITK.Image
        The scans as read, HU, and SUV or Bq/ml.
    record : mapping
        The clinical values by the keys of `ehr.json`.
    labels : SimpleITK.Image or None
        True labels, uint8.
    dose_gy : SimpleITK.Image, optional
        Dose map, Gy: only Task 2's container reads one.

    Raises
    ------
    DataError
        If the scans do not overlap, or the PET shows no uptake.
    """
    try:
        case = Case.of(ct_hu=ct_hu, pet=pet, clinical=parse_clinical(record), patient_id=patient_id)
    except InputError as error:
        raise DataError(f"{patient_id}: {error}") from error
    return Loaded(replace(case, dose_gy=dose_gy), labels, pet_scaled=case.pet_suv is not pet)


def read_files(
    patient_id: str,
    *,
    ct: Path,
    pet: Path,
    label: Path | None,
    record: Mapping[str, Any],
    dose: Path | None = None,
) -> Loaded:
    """Read a patient's files as the container reads its sockets.

    A dose map that can't be used is left out with a warning, as the container does.

    Raises
    ------
    DataError
        Naming the patient and the file that can't be used.
    """
    try:
        ct_hu = read_image(ct, socket=f"CT {ct.name}", outside=AIR_HU)
        pet_image = read_image(pet, socket=f"PET {pet.name}", outside=0.0)
        labels = None if label is None else _read_labels(label)
    except InputError as error:
        raise DataError(f"{patient_id}: {error}") from error
    dose_gy = None
    if dose is not None:
        dose_gy = read_optional(dose, socket=f"{patient_id}: dose {dose.name}", outside=0.0)
    return as_container(
        patient_id, ct_hu=ct_hu, pet=pet_image, record=record, labels=labels, dose_gy=dose_gy
    )


def _read_labels(path: Path) -> sitk.Image:
    image = read_image(path, socket=f"label {path.name}", outside=-1.0)
    array = sitk.GetArrayViewFromImage(image)
    # A zero is added so that none is told as -0.
    low, high = float(array.min()) + 0.0, float(array.max()) + 0.0
    # Plane by plane: a whole float copy of a CT's grid takes gigabytes.
    whole = all(np.array_equal(plane, np.round(plane)) for plane in array)
    if not whole or low < 0.0 or high > _LARGEST_LABEL:
        raise InputError(
            f"label {path.name}: expected whole numbers from 0 to {_LARGEST_LABEL}, "
            f"found values from {low:g} to {high:g}"
        )
    return sitk.Cast(image, sitk.sitkUInt8)


def read_outcome(
    cells: Mapping[str, str], *, relapse: str, days: str, hpv: str, task: int
) -> tuple[Outcome, list[str]]:
    """Read what a table's row says of a patient's outcome.

    Of relapse and HPV status -1 is as good as a blank cell.

    Parameters
    ----------
    cells : mapping of str to str
        The row; a column that is not there is as good as a blank cell.
    relapse, days, hpv : str
        What the table calls relapse (1, or 0 for censored), days to either, and HPV status (1
        positive, 0 negative).
    task : int
        1, 2 or 3: what is wrong with the outcome of another is no problem of this one.

    Returns
    -------
    outcome : Outcome
        What is known; wrong cells count as unknown.
    problems : list of str
        Of the task's own columns, each naming its column.
    """
    of_risk: list[str] = []
    of_hpv: list[str] = []
    event, time_days = _flag(cells, relapse, of_risk), _days(cells, days, of_risk)
    positive = _flag(cells, hpv, of_hpv)
    if not of_risk and (event is None) != (time_days is None):
        blank, given = (relapse, days) if event is None else (days, relapse)
        of_risk.append(f"{blank}: expected a value, as {given} has one, found none")
    if event is None or time_days is None:
        event = time_days = None
    outcome = Outcome(
        relapse=None if event is None else bool(event),
        rfs_days=time_days,
        hpv_positive=None if positive is None else bool(positive),
    )
    return outcome, {2: of_risk, 3: of_hpv}.get(task, [])


def _flag(cells: Mapping[str, str], column: str, problems: list[str]) -> float | None:
    cell = cells.get(column, "").strip().lower()
    value = _FLAGS.get(cell, _float(cell))
    if cell in BLANK or value == _UNKNOWN_FLAG:
        return None
    if value in (0.0, 1.0):
        return value
    problems.append(f"{column}: expected 0 or 1, found {cells[column]!r}")
    return None


def _days(cells: Mapping[str, str], column: str, problems: list[str]) -> float | None:
    cell = cells.get(column, "").strip().lower()
    if cell in BLANK:
        return None
    value = _float(cell)
    if math.isfinite(value) and value > 0:
        return value
    problems.append(f"{column}: expected days above 0, found {cells[column]!r}")
    return None


def _float(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return math.nan
