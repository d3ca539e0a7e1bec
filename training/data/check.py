"""A data set looked through before hours are spent on it: nothing is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from functools import partial
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from jobs.collect import collected
from jobs.space import free_bytes
from shared.case import Case
from shared.clinical import Clinical
from shared.errors import InputError
from shared.grid import Grid
from shared.lesion_features import DOSE_FEATURES
from shared.preprocessing import prepare
from shared.spec import Spec
from training.data.folds import Fold
from training.data.labels import labels_on, require_named, values_in
from training.data.making import one_thread
from training.data.outcomes import fold_problems, side_words
from training.data.patient import DataError, Loaded, Patient
from training.data.source import Source
from training.data.space import needed_bytes
from training.data.survey import Scan, Seen, Survey


def check(
    source: Source,
    spec: Spec,
    cache: Path,
    *,
    workers: int,
    split: Sequence[Fold] = (),
    obstacles: Sequence[str] = (),
) -> Survey:
    """Load every patient completely, and say what is there and what is wrong.

    Parameters
    ----------
    source : Source
        The data.
    spec : Spec
        What they are to be learned for.
    cache : Path
        Where the samples would go; nothing is written.
    workers : int
        Processes.
    split : sequence of Fold
        Who is to be held out.
    obstacles : sequence of str
        What was found wrong before.
    """
    seen = collected(
        partial(look, spec=spec), source.patients, workers=workers, what="patients checked"
    )
    return Survey(
        description=source.description,
        spec=spec,
        seen=tuple(seen),
        needed_bytes=needed_bytes(spec, len(source.patients)),
        free_bytes=free_bytes(cache),
        split=tuple(side_words(fold, source.patients, task=source.task) for fold in split),
        obstacles=(*fold_problems(split, source.patients, task=source.task), *obstacles),
    )


def look(patient: Patient, *, spec: Spec) -> Seen:
    """Load one patient; what can't be used is told, not raised."""
    one_thread()
    who = Seen(patient.patient_id, patient.centre, patient.outcome)
    try:
        return _look(patient.load(), who, spec)
    except (DataError, InputError, OSError, RuntimeError, MemoryError) as error:
        reason = str(error).removeprefix(f"{patient.patient_id}: ") or type(error).__name__
        return Seen(who.patient_id, who.centre, who.outcome, problem=reason)


def _look(loaded: Loaded, who: Seen, spec: Spec) -> Seen:
    case = loaded.case
    volumes: tuple[tuple[int, float], ...] = ()
    kept = None
    if spec.role == "segmentation":
        if loaded.labels is None:
            raise DataError("expected a label image, found none")
        require_named(values_in(loaded.labels), spec, patient_id=who.patient_id)
        volumes = _volumes_ml(loaded.labels)
        prepared = prepare(case, spec)
        onto = labels_on(loaded.labels, prepared.grid, spec, patient_id=who.patient_id)
        total_ml = sum(ml for _, ml in volumes)
        if total_ml:
            kept = np.count_nonzero(onto) * prepared.grid.voxel_ml / total_ml
    return Seen(
        patient_id=who.patient_id,
        centre=who.centre,
        outcome=who.outcome,
        ct=_scan(case.ct_hu),
        pet=_scan(case.pet_suv),
        pet_scaled=loaded.pet_scaled,
        volumes_ml=volumes,
        kept=kept,
        missing=_missing(case, spec),
    )


def _volumes_ml(labels: sitk.Image) -> tuple[tuple[int, float], ...]:
    voxel_ml = Grid.of(labels).voxel_ml
    array = sitk.GetArrayViewFromImage(labels)
    return tuple(
        (value, int(np.count_nonzero(array == value)) * voxel_ml) for value in values_in(labels)
    )


def _scan(image: sitk.Image) -> Scan:
    return Scan(image.GetSize(), image.GetSpacing())


def _missing(case: Case, spec: Spec) -> tuple[str, ...]:
    names: Sequence[str] = spec.clinical or [
        field.name for field in fields(Clinical) if field.name != "centre_id"
    ]
    missing = [name for name in names if getattr(case.clinical, name) is None]
    if case.dose_gy is None and set(DOSE_FEATURES) & set(spec.lesions):
        missing.append("dose map")
    return tuple(missing)
