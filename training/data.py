"""Samples from phantom patients, through the containers' own preprocessing, kept on disk."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from multiprocessing import parent_process
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from rich.console import Console

from jobs.progress import shown
from jobs.workers import run
from phantom import VERSION
from phantom.patient import Patient, make_patient
from shared import __version__
from shared.case import Case
from shared.clinical import parse_clinical
from shared.ensemble import Members
from shared.grid import Grid, overlap
from shared.intensity import pet_in_suv
from shared.limits import Deadline
from shared.manifest import find_weights
from shared.predictor import Findings, Predictor, score_inputs
from shared.preprocessing import prepare
from shared.resample import resample
from shared.spec import Role, Spec
from training.recipe import Recipe

log = logging.getLogger(__name__)

Arrays = dict[str, NDArray[np.generic]]


def case_of(patient: Patient) -> Case:
    """Return a phantom patient as the container would read it."""
    field = overlap(Grid.of(patient.ct_hu), Grid.of(patient.pet), spacing_mm=(4.0, 4.0, 4.0))
    return Case(
        ct_hu=patient.ct_hu,
        pet_suv=pet_in_suv(patient.pet, ct_hu=patient.ct_hu, field=field),
        clinical=parse_clinical(patient.clinical),
        patient_id=patient.patient_id,
    )


def labels_on(labels: sitk.Image, grid: Grid, spec: Spec) -> NDArray[np.uint8]:
    """Bring true labels onto a network's grid: each voxel takes the channel that fills most of it.

    Returns
    -------
    ndarray, shape (z, y, x), uint8
        Channel numbers, 0 for background.
    """
    shares = [
        sitk.GetArrayFromImage(
            resample(
                sitk.Cast(labels == label.value, sitk.sitkFloat32),
                grid,
                interpolation="linear",
                outside=0.0,
            )
        )
        for label in spec.labels
    ]
    background = 1.0 - np.sum(shares, axis=0)
    channels = np.array([0, *(label.channel for label in spec.labels)], dtype=np.uint8)
    winner: NDArray[np.uint8] = channels[np.argmax([background, *shares], axis=0)]
    return winner


def segmentation_sample(index: int, *, seed: int, spec: Spec) -> Arrays:
    """Render one patient and return `image` (c, z, y, x) and `label` (z, y, x)."""
    patient = make_patient(seed, index, neck_only=True, planning=False)
    prepared = prepare(case_of(patient), spec)
    label = labels_on(patient.labels, prepared.grid, spec)
    return {"image": prepared.tensor[0], "label": label}


def score_sample(index: int, *, seed: int, spec: Spec, weights: Path) -> Arrays:
    """Render one patient, segment it as the container does, and return a score network's inputs.

    The mask is predicted by a network that never saw the patient, as it will be in use; the true
    mask is not an input.
    """
    patient = make_patient(seed, index, neck_only=True, planning=False)
    case = case_of(patient)
    labels = segmenter(weights, threads=1).segment(case, deadline=Deadline(3600.0))
    inputs = score_inputs(case, spec, findings=Findings.of(labels, case))
    return {
        **{name: array[0] for name, array in inputs.items()},
        "event": np.array(patient.relapse),
        "time_days": np.array(patient.rfs_days, dtype=np.float32),
        "hpv": np.array(patient.hpv_true),
    }


_SEGMENTERS: dict[Path, Predictor] = {}


def segmenter(weights: Path, *, threads: int) -> Predictor:
    """Return the segmentation models of a weights folder, loaded once a process."""
    if weights not in _SEGMENTERS:
        found = find_weights(weights, Path("/nonexistent"), roles=("segmentation",))
        members: dict[Role, Members] = {
            "segmentation": Members(found["segmentation"], threads=threads)
        }
        _SEGMENTERS[weights] = Predictor(members)
    return _SEGMENTERS[weights]


@dataclass(frozen=True)
class Samples:
    """Cached samples of one cohort.

    Attributes
    ----------
    files : tuple of Path
        One .npz a patient, in order.
    """

    files: tuple[Path, ...]

    def __len__(self) -> int:
        """Return the number of patients."""
        return len(self.files)

    def __getitem__(self, index: int) -> Arrays:
        """Read one patient's arrays."""
        with np.load(self.files[index], allow_pickle=False) as content:
            return {name: content[name] for name in content.files}

    def subset(self, indices: Iterable[int]) -> Samples:
        """Return some of the patients."""
        return Samples(tuple(self.files[i] for i in indices))


def make_samples(recipe: Recipe, cache: Path, *, workers: int, weights: Path) -> Samples:
    """Render what is not yet in the cache and return every patient of a recipe's cohort.

    Parameters
    ----------
    recipe : Recipe
        Spec and cohort; both are part of the cache's key, like the versions of code and phantom
        and, for scores, the segmentation's manifest.
    cache : Path
        Folder for samples of any recipe.
    workers : int
        Processes.
    weights : Path
        Folder whose segmentation models score recipes use.
    """
    cohort, spec = recipe.cohort, recipe.spec
    make: Callable[[int], Arrays]
    key = [
        __version__,
        f"phantom {VERSION}",
        str(cohort.seed),
        spec.model_dump_json(exclude={"provenance"}),
    ]
    if spec.role == "segmentation":
        make = partial(segmentation_sample, seed=cohort.seed, spec=spec)
    else:
        make = partial(score_sample, seed=cohort.seed, spec=spec, weights=weights)
        # Risk and HPV networks with the same inputs share one cache.
        key[3] = spec.model_dump_json(exclude={"provenance", "role", "activation", "threshold"})
        key.append((weights / "manifest.json").read_text(encoding="utf-8"))
    folder = cache / hashlib.sha256("\n".join(key).encode()).hexdigest()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    count = cohort.patients + cohort.validation
    files = tuple(folder / f"{index:05d}.npz" for index in range(count))
    missing = [index for index, file in enumerate(files) if not file.exists()]
    _render(missing, partial(_store, make=make, folder=folder), workers=workers)
    return Samples(files)


def _store(index: int, *, make: Callable[[int], Arrays], folder: Path) -> None:
    one_thread()
    unfinished = folder / f"{index:05d}.part.npz"
    np.savez(unfinished, **make(index))  # type: ignore[arg-type]
    unfinished.replace(folder / f"{index:05d}.npz")


def one_thread() -> None:
    """In a worker, leave the other cores to the others, and the log to what matters."""
    if parent_process() is None:
        return
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    logging.disable(logging.WARNING)


def _render(missing: Sequence[int], store: Callable[[int], None], *, workers: int) -> None:
    if not missing:
        return
    finished = 0
    with shown(Console(stderr=True), "patients") as progress:

        def done(_: None) -> None:
            nonlocal finished
            finished += 1
            progress(finished, len(missing))

        progress(0, len(missing))
        run(store, missing, workers=workers, done=done)
