"""The cohort's tables, as the data set writes them, and the truth that it does not know.

The data set's tables were saved by hand from a spreadsheet, and readers have to live with it.
Three flaws are here too, the same every time:

- each of the three tables begins with a UTF-8 byte order mark, which a plain UTF-8 reader takes
  for a part of the first column's name: read with ``utf-8-sig``;
- the M-stage of every tenth patient, from the second on, ends in a non-breaking space. Only text
  has it: the published columns of numbers read as numbers throughout;
- what is missing is a blank cell, so codes turn into floats, and all numbers are written as
  such: ``1.0``.

`truth.csv` and `lesions.csv` are the phantom's own and have no flaw.
"""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from phantom.disease.drawing import Lesion
from phantom.disk.case import EHR_KEYS
from phantom.disk.layout import Layout, tasks_of
from phantom.patient import plan_scan
from phantom.profile import Profile
from phantom.record.clinical import Value

TABLE_COLUMNS = ("PatientID", "CenterID", *EHR_KEYS)
TASK_COLUMNS = {
    1: TABLE_COLUMNS,
    2: (*TABLE_COLUMNS, "Relapse", "RFS"),
    3: (*TABLE_COLUMNS, "HPV Status"),
}
TRUTH_COLUMNS = ("PatientID", "HPV", "Relapse", "RFS", "LogRisk", "PETUnit")
LESION_COLUMNS = (
    "PatientID",
    "Centre",
    "Lesion",
    "Label",
    "Place",
    "VolumeML",
    "SUVmax",
    "Core",
    "Cystic",
    "SeatX",
    "SeatY",
    "SeatZ",
)
NON_BREAKING_SPACE = "\xa0"
_EVERY, _FROM = 10, 1

Row = dict[str, Value | int]


def tasks_on_paper(profile: Profile) -> tuple[int, ...]:
    """Return the tasks that a patient is in."""
    recorded = profile.recorded
    return tasks_of(followed_up=recorded.followed_up, hpv_positive=recorded.hpv_positive)


def task_rows(profiles: Iterable[Profile], task: int) -> list[Row]:
    """Return one task's table, flaws of its cells included."""
    rows = []
    for profile in profiles:
        if task not in tasks_on_paper(profile):
            continue
        row: Row = {"PatientID": profile.patient_id, **profile.recorded.values}
        if profile.index % _EVERY == _FROM:
            row["M-stage"] = f"{row['M-stage']}{NON_BREAKING_SPACE}"
        if task == 2:
            row |= {"Relapse": float(profile.outcome.relapse), "RFS": profile.outcome.days}
        if task == 3:
            row["HPV Status"] = float(profile.clinical.hpv_positive)
        rows.append(row)
    return rows


def truth_row(profile: Profile, *, neck_only: bool) -> Row:
    """Return what lies behind a patient's recorded values.

    ``LogRisk`` is the log risk that relapse was drawn from; higher means earlier relapse.
    """
    plan = plan_scan(profile, neck_only=neck_only)
    return {
        "PatientID": profile.patient_id,
        "HPV": float(profile.clinical.hpv_positive),
        "Relapse": float(profile.outcome.relapse),
        "RFS": profile.outcome.days,
        "LogRisk": round(profile.outcome.log_risk, 6),
        "PETUnit": "SUV" if plan.bqml_per_suv is None else "Bq/ml",
    }


def lesion_rows(profile: Profile) -> list[Row]:
    """Return a patient's lesions as drawn; label 0 is a reactive node, which no mask holds.

    The seat is in mm in the phantom's canonical body (x to the left, y to the back, z to the
    head, 0 at the vertex), not in the scanner's coordinates.
    """
    return [_lesion_row(profile, lesion) for lesion in profile.lesions]


def _lesion_row(profile: Profile, lesion: Lesion) -> Row:
    x, y, z = (round(mm, 1) for mm in lesion.centre_mm)
    return {
        "PatientID": profile.patient_id,
        "Centre": profile.centre,
        "Lesion": lesion.number,
        "Label": lesion.label,
        "Place": lesion.place,
        "VolumeML": round(lesion.volume_ml, 4),
        "SUVmax": round(lesion.suv_max, 4),
        "Core": lesion.core,
        "Cystic": int(lesion.cystic),
        "SeatX": x,
        "SeatY": y,
        "SeatZ": z,
    }


def write_tables(
    root: Path, layout: Layout, profiles: Sequence[Profile], *, neck_only: bool, scratch: Path
) -> None:
    """Write all tables of a cohort, each whole or not at all.

    Parameters
    ----------
    root : Path
        The cohort's.
    layout : Layout
        Where the tables lie.
    profiles : sequence of Profile
        The patients in the order of the rows.
    neck_only : bool
        As they are scanned.
    scratch : Path
        Folder on the same disk for unfinished files.
    """
    for task, path in layout.table_paths(root).items():
        _write(path, TASK_COLUMNS[task], task_rows(profiles, task), scratch, mark=True)
    truth = [truth_row(profile, neck_only=neck_only) for profile in profiles]
    _write(layout.truth_path(root), TRUTH_COLUMNS, truth, scratch, mark=False)
    lesions = [row for profile in profiles for row in lesion_rows(profile)]
    _write(layout.lesions_path(root), LESION_COLUMNS, lesions, scratch, mark=False)


def _write(
    path: Path, columns: tuple[str, ...], rows: Iterable[Row], scratch: Path, *, mark: bool
) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = scratch / path.name
    with unfinished.open("w", encoding="utf-8-sig" if mark else "utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    unfinished.replace(path)
