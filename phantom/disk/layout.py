"""The two layouts of a cohort on disk: the data set's own, and Grand Challenge's input trees.

``hecktor`` is the training set as published::

    Task 1/CHUM-001/CHUM-001__CT.nii.gz  CHUM-001__PT.nii.gz  CHUM-001.nii.gz
    Task 1/HECKTOR_2025_Training_Task_1.csv
    Task 2/CHUM-001/CHUM-001__CT.nii.gz  CHUM-001__PT.nii.gz
                    CHUM-001__CTPlanning.nii.gz  CHUM-001__RTDOSE.nii.gz   where planned
    Task 2/HECKTOR_2025_Training_Task_2.csv
    Task 3/...                                                             as Task 2, unplanned
    truth.csv  lesions.csv

``grand-challenge`` has for each patient and task the folder that the platform mounts at
``/input``, and beside it, patient by patient, the ``/output`` of a perfect algorithm::

    task1/CHUM-001/ehr.json  inputs.json  images/ct/UUID.mha  images/pet/UUID.mha
    task2/CHUM-001/...                    images/ct-planning/  images/rt-dose/   where planned
    task3/CHUM-001/...
    truth/task1/CHUM-001/images/tumor-lymph-node-segmentation/CHUM-001.mha
    truth/task2/CHUM-001/rfs.json         true log risk; higher means earlier relapse
    truth/task3/CHUM-001/hpv-status.json  true or false
    truth/HECKTOR_2025_Training_Task_N.csv  truth/truth.csv  truth/lesions.csv

In both, Task 1 has every patient, Task 2 those with follow-up and Task 3 those with an HPV test;
an image that several tasks use is on disk once, hard-linked (copied where the disk has no
links).
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from phantom.disk.case import write_case
from phantom.disk.images import link, write_image
from phantom.patient import Patient

_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
SEGMENTATION_PATH = "images/tumor-lymph-node-segmentation"
RFS_FILE, HPV_FILE = "rfs.json", "hpv-status.json"


@dataclass(frozen=True)
class Layout:
    """Where the parts of a cohort lie below its root.

    Attributes
    ----------
    parents : tuple of str
        Folders that hold a folder a patient. The last one's is moved into place last: a patient
        that has it is finished.
    tables, truth : str
        Path of a task's table (with ``{task}``), and the folder of `truth.csv` and
        `lesions.csv`.
    files : str
        Pattern of the files in a patient's folders (with ``{name}``).
    write : callable
        Writes a patient's folders below a root.
    """

    parents: tuple[str, ...]
    tables: str
    truth: str
    files: str
    write: Callable[[Patient, Path], None]

    def table_paths(self, root: Path) -> dict[int, Path]:
        """Return each task's table."""
        return {task: root / self.tables.format(task=task) for task in (1, 2, 3)}

    def truth_path(self, root: Path) -> Path:
        """Return the table of the truth."""
        return root / self.truth / "truth.csv"

    def lesions_path(self, root: Path) -> Path:
        """Return the table of the lesions."""
        return root / self.truth / "lesions.csv"

    def folders(self, root: Path, name: str) -> list[Path]:
        """Return a patient's folders, whether or not they exist, the last one last."""
        return [root / parent / name for parent in self.parents]

    def finished(self, root: Path, name: str) -> bool:
        """Tell whether all of a patient is in place."""
        return self.folders(root, name)[-1].is_dir()

    def wrote(self, name: str, relative: Path) -> bool:
        """Tell whether a file in a patient's folder is one that `write` makes."""
        pattern = self.files.replace("{name}", re.escape(name))
        return re.fullmatch(pattern, relative.as_posix()) is not None


def tasks_of(*, followed_up: bool, hpv_positive: bool | None) -> tuple[int, ...]:
    """Return the tasks that a patient is in: 2 needs follow-up, 3 an HPV test."""
    member = {1: True, 2: followed_up, 3: hpv_positive is not None}
    return tuple(task for task, is_in in member.items() if is_in)


def _tasks(patient: Patient) -> tuple[int, ...]:
    return tasks_of(followed_up=patient.followed_up, hpv_positive=patient.hpv_positive)


def _write_hecktor(patient: Patient, root: Path) -> None:
    name = patient.patient_id
    first = root / "Task 1" / name
    first.mkdir(parents=True)
    scans = {f"{name}__CT.nii.gz": patient.ct_hu, f"{name}__PT.nii.gz": patient.pet}
    for file_name, image in scans.items():
        write_image(image, first / file_name)
    write_image(patient.labels, first / f"{name}.nii.gz")
    for task in _tasks(patient)[1:]:
        folder = root / f"Task {task}" / name
        folder.mkdir(parents=True)
        for file_name in scans:
            link(first / file_name, folder / file_name)
        if task == 2 and patient.planning is not None:
            write_image(patient.planning.ct_hu, folder / f"{name}__CTPlanning.nii.gz")
            write_image(patient.planning.dose_gy, folder / f"{name}__RTDOSE.nii.gz")


def _write_grand_challenge(patient: Patient, root: Path) -> None:
    name = patient.patient_id
    first = root / "task1" / name
    for task in _tasks(patient):
        folder = root / f"task{task}" / name
        write_case(patient, folder, task=task, images_of=None if task == 1 else first)
        truth = root / "truth" / f"task{task}" / name
        truth.mkdir(parents=True)
        if task == 1:
            (truth / SEGMENTATION_PATH).mkdir(parents=True)
            write_image(patient.labels, truth / SEGMENTATION_PATH / f"{name}.mha")
        elif task == 2:
            (truth / RFS_FILE).write_text(json.dumps(patient.true_log_risk), encoding="utf-8")
        else:
            (truth / HPV_FILE).write_text(json.dumps(patient.hpv_positive), encoding="utf-8")


LAYOUTS = {
    "hecktor": Layout(
        parents=("Task 3", "Task 2", "Task 1"),
        tables="Task {task}/HECKTOR_2025_Training_Task_{task}.csv",
        truth=".",
        files=r"{name}(?:__(?:CT|PT|CTPlanning|RTDOSE))?\.nii\.gz",
        write=_write_hecktor,
    ),
    "grand-challenge": Layout(
        parents=("truth/task3", "truth/task2", "truth/task1", "task3", "task2", "task1"),
        tables="truth/HECKTOR_2025_Training_Task_{task}.csv",
        truth="truth",
        files=rf"ehr\.json|inputs\.json|images/(?:ct|pet|ct-planning|rt-dose)/{_UUID}\.mha|"
        rf"{SEGMENTATION_PATH}/{{name}}\.mha|{re.escape(RFS_FILE)}|{re.escape(HPV_FILE)}",
        write=_write_grand_challenge,
    ),
}


def layout_named(name: str) -> Layout:
    """Return a layout by name; ValueError where there is none of it."""
    if name not in LAYOUTS:
        raise ValueError(f"unknown format {name}; known are {', '.join(LAYOUTS)}")
    return LAYOUTS[name]
