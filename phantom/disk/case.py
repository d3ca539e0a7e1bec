"""One patient as the input folder that Grand Challenge mounts into an algorithm."""

import json
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import SimpleITK as sitk

from phantom.disk.images import FORMATS, link, require_empty, write_image
from phantom.patient import Patient
from phantom.record.clinical import Value
from phantom.streams import Stream, generator

EHR_KEYS = (
    "Age",
    "Gender",
    "Tobacco Consumption",
    "Alcohol Consumption",
    "Performance Status",
    "Treatment",
    "M-stage",
)
TASKS = (1, 2, 3)
Vintage = Literal["current", "interface"]
Entry = dict[str, Any]


def ehr(patient: Patient, *, task: int) -> dict[str, Value]:
    """Return the health record of a task: numbers whole where they are, null where missing."""
    keys = (*EHR_KEYS, "CenterID") if task == 2 else EHR_KEYS
    values = {key: patient.clinical[key] for key in keys}
    return {
        key: int(value) if isinstance(value, float) and value.is_integer() else value
        for key, value in values.items()
    }


def write_case(
    patient: Patient,
    folder: Path,
    *,
    task: int,
    inputs_json: bool = True,
    image_format: str = ".mha",
    vintage: Vintage = "current",
    images_of: Path | None = None,
) -> None:
    """Write one ``/input`` tree.

    Parameters
    ----------
    patient : Patient
        Whose scans and record to write.
    folder : Path
        The tree's root: made where absent, refused where not empty.
    task : int
        1, 2 or 3, which decides the keys of ``ehr.json``; 2 has planning CT and dose too where
        the patient has.
    inputs_json : bool
        Whether to write ``inputs.json``.
    image_format : str
        One of ``.mha .mhd .nii .nii.gz``.
    vintage : {"current", "interface"}
        The platform's ``inputs.json`` of today, or the one of before December 2025, which
        has no ``socket``.
    images_of : Path, optional
        Another task's tree of the same patient and format: images that it holds are
        hard-linked.

    Raises
    ------
    ValueError
        The task or the format is unknown.
    FileExistsError
        The folder is not empty.
    """
    if task not in TASKS:
        raise ValueError(f"task must be 1, 2 or 3, got {task}")
    if image_format not in FORMATS:
        raise ValueError(f"image format must be one of {', '.join(FORMATS)}, got {image_format}")
    folder = Path(folder)
    require_empty(folder)
    record = ehr(patient, task=task)
    (folder / "ehr.json").write_text(json.dumps(record), encoding="utf-8")
    entries = [_value_entry(record, pk=1)]
    names = generator(patient.seed, patient.index, Stream.NAMES)
    for pk, source in enumerate(_sources(patient, task=task), start=2):
        name = uuid.UUID(bytes=names.bytes(16), version=4)
        part = folder / source.path
        part.mkdir(parents=True)
        other = None if images_of is None else images_of / source.path
        _put(source.image, part, f"{name}{image_format}", other=other)
        entries.append(_image_entry(source, patient.patient_id, pk=pk, image_pk=str(name)))
    if inputs_json:
        if vintage == "interface":
            for entry in entries:
                del entry["socket"]
        (folder / "inputs.json").write_text(json.dumps(entries), encoding="utf-8")


def _put(image: sitk.Image, folder: Path, name: str, *, other: Path | None) -> None:
    if other is None or not (other / name).is_file():
        write_image(image, folder / name)
        return
    # A .mhd has its voxels in a second file of the same stem.
    for file in sorted(other.glob(f"{Path(name).stem}.*")):
        link(file, folder / file.name)


@dataclass(frozen=True)
class _Source:
    """An image, its socket, and the suffix of its name in the data set."""

    title: str
    slug: str
    path: str
    image: sitk.Image
    suffix: str


def _sources(patient: Patient, *, task: int) -> list[_Source]:
    sources = [
        _Source("CT image", "ct-image", "images/ct", patient.ct_hu, "CT"),
        _Source("PET image", "pet-image", "images/pet", patient.pet, "PT"),
    ]
    if task == 2 and patient.planning is not None:
        # These two slugs were never published; readers know the sockets by their paths.
        ct_hu, dose_gy = patient.planning.ct_hu, patient.planning.dose_gy
        sources += [
            _Source("CT planning", "ct-planning", "images/ct-planning", ct_hu, "CTPlanning"),
            _Source("RT dose", "rt-dose", "images/rt-dose", dose_gy, "RTDOSE"),
        ]
    return sources


def _socket(title: str, slug: str, kind: str, super_kind: str, path: str, *, pk: int) -> Entry:
    return {
        "title": title,
        "description": "",
        "slug": slug,
        "kind": kind,
        "pk": pk,
        "default_value": None,
        "super_kind": super_kind,
        "relative_path": path,
        "overlay_segments": [],
        "look_up_table": None,
    }


def _entry(socket: Entry, *, value: Any, image: Entry | None, pk: int) -> Entry:
    return {
        "socket": socket,
        "interface": dict(socket),
        "value": value,
        "file": None,
        "image": image,
        "pk": pk,
    }


def _value_entry(record: dict[str, Value], *, pk: int) -> Entry:
    slug = "electronic-health-record"
    socket = _socket("Electronic Health Record", slug, "Anything", "Value", "ehr.json", pk=pk)
    return _entry(socket, value=record, image=None, pk=1000 + pk)


def _image_entry(source: _Source, patient_id: str, *, pk: int, image_pk: str) -> Entry:
    socket = _socket(source.title, source.slug, "Image", "Image", source.path, pk=pk)
    name = f"{patient_id}__{source.suffix}.nii.gz"
    return _entry(socket, value=None, image={"pk": image_pk, "name": name}, pk=1000 + pk)
