"""Other data: a CSV that names each patient's files."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from evaluation.cases.errors import EvaluationError
from evaluation.cases.table import CENTRE as CENTRE_ID
from evaluation.cases.table import text_table
from phantom.disk.case import EHR_KEYS
from shared.clinical import Clinical, feature_of
from training.data.files import FilesPatient
from training.data.patient import DataError, Patient, require_none
from training.data.reading import read_outcome

PATIENT, CT, PET, LABEL, DOSE = "patient", "ct", "pet", "label", "dose"
CENTRE, RELAPSE, DAYS, HPV = "centre", "relapse", "rfs_days", "hpv"
REQUIRED = (PATIENT, CT, PET, LABEL)
COLUMNS = (*REQUIRED, DOSE, CENTRE, RELAPSE, DAYS, HPV, *EHR_KEYS, CENTRE_ID)
# Names become names of files and folders.
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def manifest_patients(path: Path, *, task: int) -> tuple[tuple[FilesPatient, ...], str]:
    """Return the patients of a manifest, and their description.

    The columns are ``patient, ct, pet, label`` and, as far as there are any, ``dose, centre,
    relapse, rfs_days, hpv`` and the clinical keys of `ehr.json`, in any order. Paths are relative
    to the CSV's folder. A blank label or dose is none; other blank cells are values that are not
    known.

    Parameters
    ----------
    path : Path
        The CSV.
    task : int
        1, 2 or 3: only Task 2's clinical record names the centre by its number, and only Task 2
        has dose maps.

    Raises
    ------
    DataError
        If it can't be read; with a column that is not known, or without one that is needed; with
        doubled patients, a scan of two patients, files that are missing or values that make no
        sense: all at once.
    """
    table = _read(path)
    _check_columns(path, list(table.columns))
    rows = [{str(key): str(cell) for key, cell in row.items()} for _, row in table.iterrows()]
    counts = Counter(row[PATIENT] for row in rows)
    problems = [
        f"{name}: expected one row, found {count}" for name, count in counts.items() if count > 1
    ]
    patients = []
    for number, row in enumerate(rows, start=2):
        patient, found = _patient(row, path.parent, task)
        name = row[PATIENT] or f"line {number}"
        problems += [f"{name}: {what}" for what in found]
        patients.append(patient)
    problems += _shared_scans(patients)
    require_none(problems, where=path.name)
    if not patients:
        raise DataError(f"{path.name}: expected a patient or more, found none")
    patients.sort(key=lambda patient: patient.patient_id)
    return tuple(patients), f"manifest, {len(patients)} patients"


def _read(path: Path) -> pd.DataFrame:
    try:
        return text_table(path)
    except EvaluationError as error:
        raise DataError(str(error)) from error


def _check_columns(path: Path, found: list[str]) -> None:
    unknown = [name for name in found if name not in COLUMNS]
    missing = [name for name in REQUIRED if name not in found]
    told = []
    if unknown:
        told.append(f"unknown columns {', '.join(unknown)}")
    if missing:
        told.append(f"no column {', '.join(missing)}")
    if told:
        raise DataError(f"{path.name}: {' and '.join(told)}; allowed are {', '.join(COLUMNS)}")


def _shared_scans(patients: Sequence[FilesPatient]) -> list[str]:
    """Tell of scans that two patients share: one of them would be held out of the other's fit."""
    problems: list[str] = []
    for column in (CT, PET):
        owners: dict[Path, str] = {}
        for patient in patients:
            path: Path = getattr(patient, column)
            owner = owners.setdefault(path.resolve(), patient.patient_id)
            if path.is_file() and owner != patient.patient_id:
                problems.append(
                    f"{patient.patient_id}: {column}: expected a scan of its own, "
                    f"found {path.name} of {owner}"
                )
    return problems


def _patient(row: Mapping[str, str], folder: Path, task: int) -> tuple[FilesPatient, list[str]]:
    problems = []
    if not NAME.fullmatch(row[PATIENT]):
        problems.append(
            "patient: expected letters, digits, dots, dashes and underscores, "
            f"found {row[PATIENT]!r}"
        )
    for column in (CT, PET, LABEL, DOSE):
        cell = row.get(column, "")
        if not cell and column in (CT, PET):
            problems.append(f"{column}: expected a path, found none")
        elif cell and not (folder / cell).is_file():
            problems.append(f"{column}: expected a file {cell}, found none")
    outcome, wrong = read_outcome(row, relapse=RELAPSE, days=DAYS, hpv=HPV, task=task)
    keys = (*EHR_KEYS, CENTRE_ID) if task == 2 else EHR_KEYS
    patient = FilesPatient(
        patient_id=row[PATIENT],
        centre=row.get(CENTRE, ""),
        ct=folder / row[CT],
        pet=folder / row[PET],
        label=folder / row[LABEL] if row[LABEL] else None,
        record=tuple((key, row[key]) for key in keys if key in row),
        outcome=outcome,
        dose=folder / row[DOSE] if task == 2 and row.get(DOSE) else None,
    )
    return patient, problems + wrong


def row_of(
    patient: Patient, clinical: Clinical, *, ct: str, pet: str, label: str
) -> dict[str, str]:
    """Return the row of a patient in a manifest that is to be written.

    Parameters
    ----------
    patient : Patient
        Whose name, centre and outcome.
    clinical : Clinical
        The patient's values.
    ct, pet, label : str
        Paths, relative to the manifest; "" for no label.
    """
    outcome = patient.outcome
    return {
        PATIENT: patient.patient_id,
        CT: ct,
        PET: pet,
        LABEL: label,
        CENTRE: patient.centre,
        RELAPSE: _cell(outcome.relapse),
        DAYS: _cell(outcome.rfs_days),
        HPV: _cell(outcome.hpv_positive),
        **{key: _cell(getattr(clinical, feature_of(key))) for key in (*EHR_KEYS, CENTRE_ID)},
    }


def _cell(value: float | None) -> str:
    return "" if value is None else str(float(value))
