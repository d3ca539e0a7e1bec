"""A cohort on disk, in the layout of the HECKTOR 2025 training set."""

import csv
import multiprocessing
import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from phantom.case import EHR_KEYS
from phantom.centres import check_centres
from phantom.clinical import Value
from phantom.images import require_empty, write_image
from phantom.patient import Patient, render_patient
from phantom.profile import draw_profile

TABLE_COLUMNS = ("PatientID", "CenterID", *EHR_KEYS)
TASK_COLUMNS = {
    1: TABLE_COLUMNS,
    2: (*TABLE_COLUMNS, "Relapse", "RFS"),
    3: (*TABLE_COLUMNS, "HPV Status"),
}
TRUTH_COLUMNS = ("PatientID", "HPV", "Relapse", "RFS", "LogRisk", "PETUnit")
Row = dict[str, Value]


@dataclass(frozen=True)
class _Job:
    out: Path
    seed: int
    index: int
    centres: tuple[str, ...] | None
    neck_only: bool


@dataclass(frozen=True)
class _Written:
    index: int
    tables: dict[int, Row]
    truth: Row


def write_cohort(
    out: Path,
    *,
    patients: int,
    seed: int,
    workers: int = 1,
    centres: tuple[str, ...] | None = None,
    neck_only: bool = False,
    progress: Callable[[], None] | None = None,
) -> None:
    """Write a cohort: three task folders with their tables, and ``truth.csv`` beside them.

    Every patient is in Task 1, those with follow-up in Task 2, those with an HPV test in
    Task 3. Scans are on disk once and hard-linked where a second task uses them.

    Parameters
    ----------
    out : Path
        The data set's root: made where absent, refused where not empty.
    patients, seed : int
        How many patients, and the seed that makes them.
    workers : int
        Processes; their number changes no byte.
    centres : tuple of str, optional
        Centres to draw among.
    neck_only : bool
        Scan the top 300 to 350 mm alone.
    progress : callable, optional
        Called after each patient.

    Raises
    ------
    ValueError
        A number is not positive or a centre unknown.
    FileExistsError
        The folder is not empty.
    """
    if patients < 1 or workers < 1:
        raise ValueError(f"need at least one patient and worker, got {patients} and {workers}")
    if centres is not None:
        check_centres(centres)
    out = Path(out)
    require_empty(out)
    jobs = [_Job(out, seed, index, centres, neck_only) for index in range(patients)]
    written = []
    for result in _run(jobs, workers):
        written.append(result)
        if progress is not None:
            progress()
    written.sort(key=lambda result: result.index)
    for task, columns in TASK_COLUMNS.items():
        rows = [result.tables[task] for result in written if task in result.tables]
        folder = out / f"Task {task}"
        folder.mkdir(exist_ok=True)
        _write_table(folder / f"HECKTOR_2025_Training_Task_{task}.csv", columns, rows)
    _write_table(out / "truth.csv", TRUTH_COLUMNS, [result.truth for result in written])


def _run(jobs: list[_Job], workers: int) -> Iterator[_Written]:
    if workers == 1:
        yield from map(_write_patient, jobs)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(workers, len(jobs)), mp_context=context) as pool:
        futures = [pool.submit(_write_patient, job) for job in jobs]
        try:
            for future in as_completed(futures):
                yield future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _write_patient(job: _Job) -> _Written:
    profile = draw_profile(job.seed, job.index, centres=job.centres)
    patient = render_patient(profile, neck_only=job.neck_only)
    tables = _rows(patient)
    name = patient.patient_id
    first = job.out / "Task 1" / name
    first.mkdir(parents=True)
    scans = (f"{name}__CT.nii.gz", f"{name}__PT.nii.gz")
    for file_name, image in zip(scans, (patient.ct_hu, patient.pet), strict=True):
        write_image(image, first / file_name)
    write_image(patient.labels, first / f"{name}.nii.gz")
    for task in tables.keys() - {1}:
        folder = job.out / f"Task {task}" / name
        folder.mkdir(parents=True)
        for file_name in scans:
            _link(first / file_name, folder / file_name)
    return _Written(job.index, tables, _truth(patient))


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _rows(patient: Patient) -> dict[int, Row]:
    base: Row = {"PatientID": patient.patient_id, **patient.clinical}
    tables = {1: base}
    if patient.followed_up:
        tables[2] = base | {"Relapse": float(patient.relapse), "RFS": patient.rfs_days}
    if patient.hpv_positive is not None:
        tables[3] = base | {"HPV Status": float(patient.hpv_positive)}
    return tables


def _truth(patient: Patient) -> Row:
    return {
        "PatientID": patient.patient_id,
        "HPV": float(patient.hpv_true),
        "Relapse": float(patient.relapse),
        "RFS": patient.rfs_days,
        "LogRisk": round(patient.true_log_risk, 6),
        "PETUnit": patient.pet_unit,
    }


def _write_table(path: Path, columns: tuple[str, ...], rows: list[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
