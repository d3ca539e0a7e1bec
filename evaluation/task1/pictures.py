"""The cards of a report on masks: each patient's pictures, made where the scans are read."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import SimpleITK as sitk

from evaluation.cases.scans import ScanFiles, find_scans
from evaluation.metrics.overlap import TITLES
from evaluation.report.report import Card, case_card
from evaluation.report.scene import Scene, make_scene
from evaluation.result import Evaluation
from evaluation.task1.evaluate import find_jobs
from evaluation.task1.patient import NAMES, Job, read_pair
from jobs.workers import run
from shared.case import Case
from shared.errors import InputError
from shared.images import read_image
from shared.intensity import AIR_HU


@dataclass(frozen=True)
class Sitting:
    """One patient to picture."""

    job: Job
    scans: ScanFiles


@dataclass(frozen=True)
class Taken:
    """A patient's pictures, or why there are none."""

    patient: str
    scene: Scene | None
    missing: str = ""


def make_cards(
    found: Evaluation,
    predictions: Path,
    truth: Path,
    *,
    images: Path | None = None,
    most: int = 50,
    workers: int = 1,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[Card]:
    """Return a card for the worst patients of an evaluation of Task 1, the worst first.

    Parameters
    ----------
    found : Evaluation
        Of the masks of these folders.
    predictions, truth : Path
        As they were scored.
    images : Path or None
        Folder of the scans; None where they lie with the truth.
    most : int
        How many patients.
    workers : int
        Processes.
    progress : callable
        Called with the number of patients pictured and of all, at first and after each.
    """
    jobs, _ = find_jobs(predictions, truth)
    by_patient = {job.patient: job for job in jobs}
    chosen = [str(patient) for patient in found.cases.index[:most]]
    scans = find_scans(scan_roots(truth, images))
    sittings = [Sitting(by_patient[name], scans.get(name, ScanFiles())) for name in chosen]
    taken: dict[str, Taken] = {}

    def done(one: Taken) -> None:
        taken[one.patient] = one
        progress(len(taken), len(sittings))

    progress(0, len(sittings))
    run(take, sittings, workers=workers, done=done)
    rows = found.cases.to_dict("index")
    return [_card(name, rows[name], taken[name]) for name in chosen]


def scan_roots(truth: Path, images: Path | None) -> tuple[Path, ...]:
    """Return where scans are looked for: as told, or with the truth of a cohort."""
    if images is not None:
        return (images,)
    base = truth.parent if truth.name == "truth" else truth
    inputs = (base / name for name in ("Task 1", "task1"))
    return tuple(folder for folder in inputs if folder.is_dir()) or (base,)


def take(sitting: Sitting) -> Taken:
    """Picture one patient; scans that can't be read or drawn are left out, and named."""
    patient, files, missing = sitting.job.patient, sitting.scans, ""
    try:
        pair = read_pair(sitting.job)
    except InputError as error:
        return Taken(patient, None, str(error))
    try:
        ct, pet = _read(files)
    except InputError as error:
        ct, pet, missing = None, None, str(error)
    if files.ct is None and files.pet is None:
        missing = "no scans found"
    try:
        scene = make_scene(
            ct_hu=ct,
            pet_suv=pet,
            truth=pair.truth,
            prediction=pair.prediction,
            findings=pair.findings,
        )
    except (RuntimeError, ValueError, MemoryError) as error:
        # ITK refuses absurd grids in words of its own; the figures are good without pictures.
        reason = str(error).strip().splitlines() or [type(error).__name__]
        return Taken(patient, None, f"no picture: {reason[-1]}")
    return Taken(patient, scene, missing)


def _read(scans: ScanFiles) -> tuple[sitk.Image | None, sitk.Image | None]:
    ct = None if scans.ct is None else read_image(scans.ct, socket="CT", outside=AIR_HU)
    if scans.pet is None:
        return ct, None
    pet = read_image(scans.pet, socket="PET", outside=0.0)
    if ct is None:
        return None, pet
    return ct, Case.of(ct_hu=ct, pet=pet).pet_suv


def _card(patient: str, row: Mapping[Hashable, Any], taken: Taken) -> Card:
    numbers = {
        f"{title} {what}": row[f"{label}_{name}"]
        for label, title in ((NAMES[number], TITLES[number]) for number in NAMES)
        for name, what in (("dice", "Dice"), ("ml", "ml"), ("true_ml", "true ml"))
    }
    # Where there is no prediction both say the same.
    reason = "; ".join(dict.fromkeys(text for text in (str(row["reason"]), taken.missing) if text))
    return case_card(
        taken.scene, patient=patient, centre=str(row["centre"]), numbers=numbers, reason=reason
    )
