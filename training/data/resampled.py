"""Scans resampled and cut out once, as NIfTI: the data preparation of Iantsen et al. 2020."""

from __future__ import annotations

import csv
import math
import shutil
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from jobs.collect import collected
from phantom.disk.images import write_image
from shared.grid import Grid
from shared.intensity import AIR_HU
from shared.resample import average, resample
from training.data import manifest
from training.data.boxes import BOX_COLUMNS, box_row, target_grid
from training.data.labels import fullest, values_in
from training.data.making import one_thread
from training.data.patient import DataError, Loaded, Patient, require_none
from training.data.preparation import Preparation, read_preparation
from training.data.source import Source
from training.data.space import require_space

MANIFEST, BOXES = "manifest.csv", "bounding_boxes.csv"
# CT and PET as float32, labels as uint8; compression is the margin.
_BYTES_A_VOXEL = 4 + 4 + 1

Row = dict[str, str]


def prepare_resampled(source: Source, config: Path, out: Path, *, workers: int) -> int:
    """Write each patient's CT, PET (SUV) and labels on one grid, cut to a box.

    ``out`` receives ``ID/ID__CT.nii.gz``, ``ID__PT.nii.gz`` and ``ID.nii.gz``, the boxes as
    ``bounding_boxes.csv`` and ``manifest.csv``, which a fit takes as its data. It appears whole,
    or not at all.

    Parameters
    ----------
    source : Source
        The data.
    config : Path
        YAML of a `Preparation`, such as ``training/recipes/iantsen2020_data.yaml``.
    out : Path
        A folder that does not exist yet, or an empty one.
    workers : int
        Processes.

    Returns
    -------
    int
        Number of patients written.

    Raises
    ------
    DataError
        If the YAML is wrong, `out` holds something, the disk is too small or becomes full, or a
        patient can't be used.
    """
    preparation = read_preparation(config)
    _check(source.patients, preparation, out)
    scratch = out.absolute().parent / f".{out.name}.unfinished"
    try:
        # What a killed run left.
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(parents=True)
        made = collected(
            partial(_prepare_one, config=preparation, folder=scratch),
            source.patients,
            workers=workers,
            what="patients resampled",
        )
        _write_csv(scratch / BOXES, BOX_COLUMNS, [box for box, _ in made])
        _write_csv(scratch / MANIFEST, manifest.COLUMNS, [row for _, row in made])
        scratch.replace(out)
    except ChildProcessError as error:
        raise DataError(str(error)) from error
    except OSError as error:
        raise DataError(f"{out}: can't be written ({error})") from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return len(made)


def _check(patients: Sequence[Patient], config: Preparation, out: Path) -> None:
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise DataError(f"{out}: expected a new or an empty folder, found something in it")
    problems = []
    for patient in patients:
        if not manifest.NAME.fullmatch(patient.patient_id):
            problems.append(f"{patient.patient_id!r}: expected a name fit for a file")
        if config.centre == "labels" and not patient.labelled:
            problems.append(f"{patient.patient_id}: expected a label image, found none")
    require_none(problems, where="patients")
    voxels = math.prod(edge / mm for edge, mm in zip(config.box_mm, config.spacing_mm, strict=True))
    require_space(out, round(len(patients) * voxels * _BYTES_A_VOXEL), patients=len(patients))


def _prepare_one(patient: Patient, *, config: Preparation, folder: Path) -> tuple[Row, Row]:
    one_thread()
    loaded, name = patient.load(), patient.patient_id
    grid = target_grid(loaded, config)
    images = {f"{name}__CT": _ct(loaded, grid, config), f"{name}__PT": _pet(loaded, grid, config)}
    if loaded.labels is not None:
        images[name] = _labels(loaded.labels, grid, config)
    (folder / name).mkdir()
    for stem, image in images.items():
        write_image(image, folder / name / f"{stem}.nii.gz")
    paths = {stem: f"{name}/{stem}.nii.gz" for stem in images}
    row = manifest.row_of(
        patient,
        loaded.case.clinical,
        ct=paths[f"{name}__CT"],
        pet=paths[f"{name}__PT"],
        label=paths.get(name, ""),
    )
    return box_row(name, grid), row


def _ct(loaded: Loaded, grid: Grid, config: Preparation) -> sitk.Image:
    # On the native voxels, as `shared.preprocessing` does: padding would bleed into neighbours.
    ct = loaded.case.ct_hu
    ct = sitk.Clamp(ct, ct.GetPixelID(), AIR_HU)
    image = average(ct, grid, interpolation=config.ct, outside=AIR_HU)
    return sitk.Cast(image, sitk.sitkFloat32)


def _pet(loaded: Loaded, grid: Grid, config: Preparation) -> sitk.Image:
    pet = loaded.case.pet_suv
    pet = sitk.Clamp(pet, pet.GetPixelID(), 0.0)
    image = average(pet, grid, interpolation=config.pet, outside=0.0)
    return sitk.Cast(image, sitk.sitkFloat32)


def _labels(labels: sitk.Image, grid: Grid, config: Preparation) -> sitk.Image:
    if config.label == "nearest":
        return resample(labels, grid, interpolation="nearest", outside=0.0)
    values = values_in(labels)
    codes = np.array([0, *values], dtype=np.uint8)
    return grid.image(codes[fullest(labels, grid, values=values)])


def _write_csv(path: Path, columns: Sequence[str], rows: Sequence[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
