"""An input folder in the making: what a change may alter before, and after, it lies on the disk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Literal

import SimpleITK as sitk
from numpy.random import Generator

from phantom.patient import make_patient
from shared.grid import Grid
from shared.intensity import AIR_HU

Socket = Literal["ct", "pet", "rt-dose"]
Damage = Callable[[Path], None]
SCANS: tuple[Socket, ...] = ("ct", "pet")
OUTSIDE: Mapping[Socket, float] = {"ct": AIR_HU, "pet": 0.0}
"""Value where a scan shows nothing, HU and SUV."""
BASES: Mapping[str, bool] = {"neck": True, "whole body": False}
"""Phantom patients that cases begin from, and whether the CT shows no more than head and neck."""
_SEED = 909
# Their scans are stored this many times coarser, slices apart, so that thousands can be tried.
_SHRINK = 3


@dataclass(frozen=True)
class Scene:
    """One case before it is written.

    Attributes
    ----------
    images : mapping of str to SimpleITK.Image
        By socket: the CT in HU, the PET in SUV.
    file_names : mapping of str to str
        By socket; the suffix decides the format.
    documents : mapping of str to bytes
        Files beside `images`, by name.
    damages : tuple of callable
        Done to the written `/input` tree, in this order.
    model_damages : tuple of callable
        Done to a copy of the task's weights, which becomes the uploaded model; none, no model.
    """

    images: Mapping[Socket, sitk.Image]
    file_names: Mapping[Socket, str]
    documents: Mapping[str, bytes] = field(default_factory=dict)
    damages: tuple[Damage, ...] = ()
    model_damages: tuple[Damage, ...] = ()

    def with_image(self, socket: Socket, image: sitk.Image) -> Scene:
        """Return the scene with another image."""
        return replace(self, images={**self.images, socket: image})

    def with_file_name(self, socket: Socket, name: str) -> Scene:
        """Return the scene with another file name."""
        return replace(self, file_names={**self.file_names, socket: name})

    def with_document(self, name: str, content: bytes) -> Scene:
        """Return the scene with another file beside the images."""
        return replace(self, documents={**self.documents, name: content})

    def damaged(self, *damages: Damage) -> Scene:
        """Return the scene with more that is done to the tree."""
        return replace(self, damages=(*self.damages, *damages))

    def with_model(self, *damages: Damage) -> Scene:
        """Return the scene with an uploaded model: the task's own weights, damaged."""
        return replace(self, model_damages=(*self.model_damages, *damages))


@cache
def base_scene(name: str) -> Scene:
    """Return a phantom patient, coarsely scanned, with a whole health record.

    Parameters
    ----------
    name : str
        One of `BASES`.
    """
    scene = patient_scene(list(BASES).index(name), neck_only=BASES[name])
    coarse = sitk.Shrink(scene.images["ct"], (_SHRINK, _SHRINK, 1))
    dose = Grid.of(scene.images["pet"]).image(sitk.GetArrayFromImage(scene.images["pet"]) * 10.0)
    return scene.with_image("ct", coarse).with_image("rt-dose", dose)


def patient_scene(index: int, *, neck_only: bool = True) -> Scene:
    """Return a phantom patient as scanned, with a whole health record."""
    patient = make_patient(_SEED, index, neck_only=neck_only, centre="HGJ")
    return Scene(
        images={"ct": patient.ct_hu, "pet": patient.pet},
        file_names={"ct": "ct.mha", "pet": "pet.mha", "rt-dose": "dose.mha"},
        documents={"ehr.json": b'{"Age": 61, "Gender": 1, "M-stage": "M0", "Treatment": 1}'},
    )


def draw_scene(rng: Generator) -> Scene:
    """Return one of the bases."""
    return base_scene(str(rng.choice(list(BASES))))


def any_scan(rng: Generator) -> Socket:
    """Return CT or PET."""
    return SCANS[rng.integers(2)]


def write_scene(scene: Scene, folder: Path) -> None:
    """Write a scene as `folder/input`, and its CT once more as `folder/ct.mha`."""
    place = folder / "input"
    for socket, image in scene.images.items():
        target = place / "images" / socket
        target.mkdir(parents=True, exist_ok=True)
        _write_image(image, target, scene.file_names[socket])
    for name, content in scene.documents.items():
        (place / name).write_bytes(content)
    # What the answer is held against, whatever becomes of the case's own file.
    sitk.WriteImage(scene.images["ct"], str(folder / "ct.mha"), useCompression=True)
    for damage in scene.damages:
        damage(place)


def write_model(scene: Scene, folder: Path, *, weights: Path) -> None:
    """Write the model that a scene uploads as `folder/model`, from a task's weights folder."""
    model = folder / "model"
    model.mkdir()
    for file in weights.iterdir():
        if file.suffix in (".onnx", ".json") and file.is_file():
            (model / file.name).write_bytes(file.read_bytes())
    for damage in scene.model_damages:
        damage(model)


def _write_image(image: sitk.Image, folder: Path, name: str) -> None:
    """Write an image under any name: SimpleITK goes by suffixes in lower case."""
    suffix = next(s for s in (".nii.gz", ".nii", ".mhd", ".mha") if name.lower().endswith(s))
    if suffix == ".mhd":
        # The header names its second file, so this pair keeps its name.
        sitk.WriteImage(image, str(folder / name))
        return
    plain = folder / f"image{suffix}"
    sitk.WriteImage(image, str(plain), useCompression=suffix in (".mha", ".nii.gz"))
    plain.rename(folder / name)


def image_file(place: Path, socket: Socket) -> Path:
    """Return the image file of a socket in a written tree, a .mhd's header."""
    files = sorted((place / "images" / socket).iterdir())
    return next(file for file in files if not file.name.endswith((".raw", ".zraw")))
