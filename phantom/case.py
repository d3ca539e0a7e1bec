"""One patient as the input folder that Grand Challenge mounts into an algorithm."""

import json
import uuid
from pathlib import Path
from typing import Any, Literal

import SimpleITK as sitk

from phantom.clinical import Value
from phantom.images import FORMATS, require_empty, write_image
from phantom.patient import Patient
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
) -> None:
    """Write one ``/input`` tree.

    Parameters
    ----------
    patient : Patient
        Whose scans and record to write.
    folder : Path
        The tree's root: made where absent, refused where not empty.
    task : int
        1, 2 or 3, which decides the keys of ``ehr.json``.
    inputs_json : bool
        Whether to write ``inputs.json``.
    image_format : str
        One of ``.mha .mhd .nii .nii.gz``.
    vintage : {"current", "interface"}
        The platform's ``inputs.json`` of today, or the one of before December 2025, which
        has no ``socket``.

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
    for pk, (slug, part, image, suffix) in enumerate(_images(patient), start=2):
        name = uuid.UUID(bytes=names.bytes(16), version=4)
        target = folder / part
        target.mkdir(parents=True)
        write_image(image, target / f"{name}{image_format}")
        file_name = f"{patient.patient_id}__{suffix}.nii.gz"
        entries.append(_image_entry(slug, part, file_name, pk=pk, image_pk=str(name)))
    if inputs_json:
        if vintage == "interface":
            for entry in entries:
                del entry["socket"]
        (folder / "inputs.json").write_text(json.dumps(entries), encoding="utf-8")


def _images(patient: Patient) -> list[tuple[str, str, sitk.Image, str]]:
    return [
        ("ct-image", "images/ct", patient.ct_hu, "CT"),
        ("pet-image", "images/pet", patient.pet, "PT"),
    ]


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


def _image_entry(slug: str, path: str, name: str, *, pk: int, image_pk: str) -> Entry:
    title = slug.replace("-", " ").replace("ct", "CT").replace("pet", "PET")
    socket = _socket(title, slug, "Image", "Image", path, pk=pk)
    return _entry(socket, value=None, image={"pk": image_pk, "name": name}, pk=1000 + pk)
