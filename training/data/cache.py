"""Samples on disk: made once, under a key of spec, data and code, each moved into place whole."""

from __future__ import annotations

import hashlib
import json
import logging
import re
import shutil
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from jobs.collect import collected
from jobs.lock import alone_in
from shared.spec import Spec
from training.data.labels import require_all_seen
from training.data.making import Making, one_thread
from training.data.outcomes import require_usable
from training.data.patient import DataError, Patient
from training.data.samples import Samples
from training.data.space import needed_bytes, require_space

log = logging.getLogger(__name__)

ABOUT = "about.json"
_SCRATCH = ".unfinished"
_WAIT_S = 1.0

Segmentation = Path | Mapping[str, Path] | None
"""Weights whose segmentation finds the lesions that score networks need, or those by patient."""
Job = tuple[Patient, Making, Path]
"""Whom to prepare, how, and where the sample goes."""


def make_samples(
    patients: Sequence[Patient],
    spec: Spec,
    cache: Path,
    *,
    workers: int,
    segmentation: Segmentation = None,
) -> Samples:
    """Prepare the patients that are not yet in the cache, and return all.

    Parameters
    ----------
    patients : sequence of Patient
        Whom to learn from.
    spec : Spec
        What the network expects.
    cache : Path
        Folder for samples of any spec and data; another process that fills it is waited for.
    workers : int
        Processes.
    segmentation : Path or mapping of str to Path, optional
        Weights folder whose segmentation finds the lesions that score networks need, or that of
        each patient; see `training.data.masks`.

    Raises
    ------
    DataError
        Before anything is prepared: a patient has no label or no outcome, or the disk is too
        small. Later: a patient's files can't be used, or the disk is full; what was finished
        stays. At the end: a label of the spec is in no patient.
    """
    require_usable(patients, spec.role)
    jobs = _jobs(patients, spec, cache, segmentation)
    if any(not folder.is_dir() for *_, folder in jobs):
        with _held(cache):
            missing = [job for job in jobs if not job[2].is_dir()]
            require_space(cache, needed_bytes(spec, len(missing)), patients=len(missing))
            _prepare(missing, workers=workers)
    place = {patient.patient_id: folder for patient, _, folder in jobs}
    folders = tuple(place[patient.patient_id] for patient in patients)
    if spec.role == "segmentation":
        seen = {value for folder in folders for value in _label_values(folder)}
        require_all_seen(seen, spec, patients=len(patients))
    return Samples(
        folders=folders,
        ids=tuple(patient.patient_id for patient in patients),
        centres=tuple(patient.centre for patient in patients),
    )


def _jobs(
    patients: Sequence[Patient], spec: Spec, cache: Path, segmentation: Segmentation
) -> list[Job]:
    """Return the patients' jobs, those of one segmentation after those of another."""
    groups: dict[Path | None, list[Patient]] = defaultdict(list)
    for patient in patients:
        given = segmentation
        groups[given[patient.patient_id] if isinstance(given, Mapping) else given].append(patient)
    jobs: list[Job] = []
    for weights, group in groups.items():
        making = Making(spec, weights)
        places = sample_folders(group, making, cache)
        jobs += [(patient, making, place) for patient, place in zip(group, places, strict=True)]
    return jobs


def sample_folders(patients: Sequence[Patient], making: Making, cache: Path) -> list[Path]:
    """Return where patients' samples lie, or would."""
    how, folders = making.key(), []
    for patient in patients:
        parts = [how, patient.patient_id, patient.fingerprint(making.spec)]
        if not making.segments:
            # A sample of a score holds all that is known of the outcome.
            parts.append(repr(patient.outcome))
        key = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:24]
        # The name is for people; the key tells patients apart.
        name = re.sub(r"[^A-Za-z0-9._-]", "_", patient.patient_id)[:60].lstrip(".")
        folders.append(cache / f"{name}-{key}")
    return folders


@contextmanager
def _held(cache: Path) -> Iterator[None]:
    """Hold the cache, waiting for a process that fills it, and clear what a killed one left."""
    try:
        cache.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"{cache}: expected a folder for samples ({error.strerror})") from error
    with _when_free(cache):
        shutil.rmtree(cache / _SCRATCH, ignore_errors=True)
        try:
            yield
        finally:
            shutil.rmtree(cache / _SCRATCH, ignore_errors=True)


@contextmanager
def _when_free(cache: Path) -> Iterator[None]:
    told = False
    while True:
        holder = alone_in(cache)
        try:
            holder.__enter__()
        except FileExistsError:
            if not told:
                log.info("another process is preparing samples in %s; waiting", cache)
            told = True
            time.sleep(_WAIT_S)
            continue
        break
    try:
        yield
    finally:
        holder.__exit__(None, None, None)


def _prepare(missing: Sequence[Job], *, workers: int) -> None:
    try:
        collected(_store, missing, workers=workers, what="patients prepared")
    except ChildProcessError as error:
        raise DataError(str(error)) from error


def _store(job: Job) -> None:
    one_thread()
    patient, making, folder = job
    arrays, values = making.make(patient)
    scratch = folder.parent / _SCRATCH / folder.name
    try:
        scratch.mkdir(parents=True)
        for name, array in arrays.items():
            np.save(scratch / f"{name}.npy", array)
        about = {"patient": patient.patient_id, "labels": values}
        (scratch / ABOUT).write_text(json.dumps(about), encoding="utf-8")
        scratch.replace(folder)
    except OSError as error:
        raise DataError(
            f"{patient.patient_id}: its sample can't be written to {folder.parent} ({error}); "
            "what was finished stays"
        ) from error


def _label_values(folder: Path) -> list[int]:
    values: list[int] = json.loads((folder / ABOUT).read_text(encoding="utf-8"))["labels"]
    return values
