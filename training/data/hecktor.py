"""The challenge's own layout: a folder a task, a folder a patient, and a table beside them."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from evaluation.cases.errors import EvaluationError
from evaluation.cases.names import patient_and_scan
from evaluation.cases.table import CENTRE, patient_table
from evaluation.result import centre_of
from phantom.disk.case import EHR_KEYS
from phantom.disk.marker import Marker, read_marker
from phantom.record.centres import CENTRES
from shared.sockets import IMAGE_SUFFIXES, stem_of
from training.data.files import FilesPatient
from training.data.patient import DataError, require_none
from training.data.reading import read_outcome

log = logging.getLogger(__name__)

RELAPSE, DAYS, HPV = "Relapse", "RFS", "HPV Status"
_OUTCOME_COLUMNS = {1: (), 2: (RELAPSE, DAYS), 3: (HPV,)}
_SIBLING = {2: 3, 3: 2}
_UNKNOWN = "unknown"


def hecktor_patients(address: Path, *, task: int) -> tuple[tuple[FilesPatient, ...], str]:
    """Return the patients of a task, and their description.

    Parameters
    ----------
    address : Path
        The data's root, which holds ``Task 1`` (or ``Task_1``) and so on, or a task's folder.
    task : int
        1, 2 or 3. Only Task 1 has labels; only Task 2 has dose maps, ``ID__RTDOSE``, of some.

    Raises
    ------
    DataError
        If there is no such task, or no single table of it; if files are missing, patients are
        in the table and not among the folders or the other way round, or outcomes are wrong:
        all of them at once.
    """
    folder = _task_folder(address, task)
    table_path = _table(folder, task)
    table, problems = _read_table(table_path, task)
    names = set(map(str, table.index))
    told = {problem.partition(":")[0] for problem in problems}
    scanned = {path.name for path in folder.iterdir() if path.is_dir() and _has_scan(path)}
    problems += [
        f"{name}: expected a row in {table_path.name}, found none"
        for name in sorted(scanned - names - told)
    ]
    patients = []
    others = _other_outcomes(folder, task)
    for name in sorted(names):
        cells = {str(key): str(cell) for key, cell in table.loc[name].items()}
        patient, found = _patient(name, folder / name, cells, others.get(name, {}), task)
        problems += found
        if patient is not None:
            patients.append(patient)
    require_none(problems, where=folder.name)
    return tuple(patients), _describe(folder, len(patients))


def _task_folder(address: Path, task: int) -> Path:
    for name in (f"Task {task}", f"Task_{task}"):
        if (address / name).is_dir():
            return address / name
    if any(address.glob(f"*Task_{task}.csv")):
        return address
    raise DataError(
        f"{address}: expected the folder 'Task {task}', or the table *Task_{task}.csv in it, "
        "found neither"
    )


def _table(folder: Path, task: int) -> Path:
    # The data set's own site misprints Task 3's table as Task 1's; a single table is the task's.
    found = sorted(folder.glob(f"*Task_{task}.csv")) or sorted(folder.glob("*.csv"))
    if len(found) != 1:
        listed = ", ".join(path.name for path in found) or "none"
        raise DataError(f"{folder}: expected one table *Task_{task}.csv, found {listed}")
    return found[0]


def _read_table(path: Path, task: int) -> tuple[pd.DataFrame, list[str]]:
    try:
        table, problems = patient_table(path)
    except EvaluationError as error:
        raise DataError(str(error)) from error
    missing = [name for name in _OUTCOME_COLUMNS[task] if name not in table.columns]
    if missing:
        raise DataError(
            f"{path.name}: expected columns {', '.join(missing)}, "
            f"found {', '.join(map(str, table.columns))}"
        )
    return table, [str(problem) for problem in problems]


def _other_outcomes(folder: Path, task: int) -> dict[str, dict[str, str]]:
    """Look the other outcome up in the sibling task's table: folds share it evenly too.

    Returns
    -------
    dict of str to dict
        For each patient whom the sibling's table names, the cells of its outcome; of nobody, with
        a warning, where there is no such table.
    """
    sibling = _SIBLING.get(task)
    if sibling is None:
        return {}
    try:
        inside = _task_folder(folder.parent, sibling)
        table, _ = _read_table(_table(inside, sibling), sibling)
    except DataError as error:
        log.warning(
            "%s: Task %d's outcomes are not known, and folds do not share them evenly (%s)",
            folder.name,
            sibling,
            error,
        )
        return {}
    cells = table[list(_OUTCOME_COLUMNS[sibling])].to_dict("index")
    return {str(k): {str(c): str(cell) for c, cell in row.items()} for k, row in cells.items()}


def _has_scan(folder: Path) -> bool:
    return any(patient_and_scan(path.name)[1] in ("ct", "pet") for path in folder.iterdir())


def _patient(
    name: str, folder: Path, cells: Mapping[str, str], other: Mapping[str, str], task: int
) -> tuple[FilesPatient | None, list[str]]:
    wanted = {"CT": f"{name}__CT", "PET": f"{name}__PT", "label": name}
    if task != 1:
        del wanted["label"]
    files = {what: _image(folder, stem) for what, stem in wanted.items()}
    problems = [
        f"{name}: expected {what} {folder.name}/{wanted[what]}.nii.gz, found none"
        for what, path in files.items()
        if path is None
    ]
    outcome, wrong = read_outcome(
        {**other, **cells}, relapse=RELAPSE, days=DAYS, hpv=HPV, task=task
    )
    problems += [f"{name}: {what}" for what in wrong]
    ct, pet = files["CT"], files["PET"]
    if problems or ct is None or pet is None:
        return None, problems
    keys = (*EHR_KEYS, CENTRE) if task == 2 else EHR_KEYS
    patient = FilesPatient(
        patient_id=name,
        centre=_centre(name, cells.get(CENTRE, "")),
        ct=ct,
        pet=pet,
        label=files.get("label"),
        record=tuple((key, cells[key]) for key in keys if key in cells),
        outcome=outcome,
        dose=_image(folder, f"{name}__RTDOSE") if task == 2 else None,
    )
    return patient, []


def _image(folder: Path, stem: str) -> Path | None:
    """Return the image of a name in a folder, of whatever format."""
    found = (folder / f"{stem}{suffix}" for suffix in (".nii.gz", *IMAGE_SUFFIXES))
    return next((path for path in found if path.is_file() and stem_of(path.name) == stem), None)


def _centre(name: str, cell: str) -> str:
    try:
        code = float(cell)
    except ValueError:
        code = math.nan
    centre = centre_of(name, code)
    return "" if centre == _UNKNOWN else centre


def _describe(folder: Path, count: int) -> str:
    marker = read_marker(folder.parent) or read_marker(folder)
    return f"HECKTOR layout, {count} patients" if marker is None else _phantom(marker, count)


def _phantom(marker: Marker, count: int) -> str:
    order = marker.order
    told = f"phantom, generator version {order.version}, seed {order.seed}, {count} patients"
    if order.centres != tuple(CENTRES):
        told += f" of {', '.join(order.centres)}"
    return f"{told}, neck only" if order.neck_only else told
