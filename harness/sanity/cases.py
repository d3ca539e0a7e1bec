"""Cases to run: three phantom patients that differ in what breaks containers, or one's own."""

import csv
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import SimpleITK as sitk

from harness.tasks import Task
from phantom.disk.case import write_case
from phantom.patient import Patient, make_patient

# About the activity of one SUV in the scans that the data set holds in Bq/ml.
BQML_PER_SUV = 2500.0
TRUTH = "truth"
CT_SOCKET = "images/ct"


@dataclass(frozen=True)
class Recipe:
    """How one sanity case is made.

    Attributes
    ----------
    name : str
        What is special about it.
    centre : str
        Whose scanner.
    neck_only : bool
        CT of the head and neck alone.
    inputs : {"current", "interface"} or None
        Vintage of ``inputs.json``: today's, the one before it, or from before there was one.
    degraded : bool
        PET in Bq/ml and no clinical value but age and gender.
    """

    name: str
    centre: str
    neck_only: bool
    inputs: Literal["current", "interface"] | None
    degraded: bool = False


RECIPES = (
    Recipe("neck", centre="HGJ", neck_only=True, inputs="current"),
    Recipe("whole-body", centre="CHUP", neck_only=False, inputs="interface"),
    Recipe("bqml-missing-values", centre="MDA", neck_only=True, inputs=None, degraded=True),
)


@dataclass(frozen=True)
class Truth:
    """What is true of a phantom patient.

    Attributes
    ----------
    labels : Path
        The labels on the CT's grid.
    hpv_positive : bool
        The status.
    log_risk : float
        The risk; higher means earlier recurrence.
    """

    labels: Path
    hpv_positive: bool
    log_risk: float


@dataclass(frozen=True)
class RunCase:
    """One case on disk.

    Attributes
    ----------
    name : str
        What is special about it.
    task : Task
        Which task's inputs.
    input_dir : Path
        The ``/input`` tree.
    truth : Truth or None
        None where nobody knows.
    """

    name: str
    task: Task
    input_dir: Path
    truth: Truth | None = None

    @property
    def ct_file(self) -> Path:
        """The case's CT."""
        (file,) = (self.input_dir / CT_SOCKET).iterdir()
        return file


class CasesError(Exception):
    """A folder of cases can't be used."""


def read_cases(folder: Path, task: Task) -> list[RunCase]:
    """Find one's own cases: each a folder that is a Grand Challenge ``/input`` tree.

    Raises
    ------
    CasesError
        If there is none, or one has no CT to compare an output with.
    """
    places = sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
    if (folder / CT_SOCKET).is_dir():
        places = [folder]
    if not places:
        raise CasesError(f"{folder}: expected a folder a case, found none")
    for place in places:
        files = list((place / CT_SOCKET).iterdir()) if (place / CT_SOCKET).is_dir() else []
        if len(files) != 1:
            raise CasesError(
                f"{place}: expected one image in {CT_SOCKET}, found {len(files)} files"
            )
    return [RunCase(place.name, task, place) for place in places]


def write_sanity_cases(
    folder: Path, tasks: Sequence[Task], *, seed: int, count: int = len(RECIPES)
) -> list[RunCase]:
    """Make the sanity cases of some tasks.

    Parameters
    ----------
    folder : Path
        Receives a folder for each task with one for each patient in it, and `truth`, which
        `evaluation` reads.
    tasks : sequence of Task
        Which tasks.
    seed : int
        The same seed gives the same cases.
    count : int
        Only the first so many patients.

    Returns
    -------
    list of RunCase
        Task by task.
    """
    truth = folder / TRUTH
    (truth / "task1").mkdir(parents=True, exist_ok=True)
    outcomes = []
    cases = []
    for index, recipe in enumerate(RECIPES[:count]):
        patient = make_patient(seed, index, neck_only=recipe.neck_only, centre=recipe.centre)
        outcomes.append((recipe.name, patient))
        cases += _write(recipe, patient, folder, tasks)
    _write_tables(truth, outcomes)
    return sorted(cases, key=lambda case: case.task.number)


def _write_tables(truth: Path, outcomes: Sequence[tuple[str, Patient]]) -> None:
    """Write what was drawn for each patient, also where a data set would not know it."""
    for task, columns in {2: ("Relapse", "RFS"), 3: ("HPV Status",)}.items():
        with (truth / f"Task_{task}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("PatientID", *columns))
            for name, patient in outcomes:
                known = {
                    "Relapse": int(patient.relapse),
                    "RFS": patient.rfs_days,
                    "HPV Status": int(patient.hpv_true),
                }
                writer.writerow((name, *(known[column] for column in columns)))


def _write(recipe: Recipe, patient: Patient, folder: Path, tasks: Sequence[Task]) -> list[RunCase]:
    if recipe.degraded:
        patient = degrade(patient)
    truth_file = folder / TRUTH / "task1" / f"{recipe.name}.mha"
    sitk.WriteImage(patient.labels, str(truth_file), useCompression=True)
    cases = []
    for task in tasks:
        input_dir = folder / f"task{task.number}" / recipe.name
        if input_dir.exists():
            shutil.rmtree(input_dir)
        write_case(
            patient,
            input_dir,
            task=task.number,
            inputs_json=recipe.inputs is not None,
            vintage=recipe.inputs or "current",
        )
        cases.append(
            RunCase(
                name=recipe.name,
                task=task,
                input_dir=input_dir,
                truth=Truth(truth_file, patient.hpv_true, patient.true_log_risk),
            )
        )
    return cases


def degrade(patient: Patient) -> Patient:
    """Give the patient a PET in Bq/ml and take all clinical values but age and gender."""
    kept = {"Age", "Gender"}
    clinical = {name: value if name in kept else None for name, value in patient.clinical.items()}
    pet = patient.pet
    if patient.pet_unit == "SUV":
        pet = sitk.Cast(pet * BQML_PER_SUV, sitk.sitkFloat32)
    return replace(patient, clinical=clinical, pet=pet, pet_unit="Bq/ml")
