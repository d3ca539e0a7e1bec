"""One patient's inputs, read and checked: headers before pixels, and geometry kept with voxels."""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from shared.clinical import Clinical, parse_ehr
from shared.errors import InputError
from shared.grid import Grid, Point, overlap
from shared.intensity import AIR_HU, pet_in_suv
from shared.nifti import check_complete
from shared.sockets import CT, DOSE, EHR, PET, PLANNING_CT, Sockets, find_sockets

log = logging.getLogger(__name__)

_INTEGERS = frozenset(
    {
        sitk.sitkInt8,
        sitk.sitkUInt8,
        sitk.sitkInt16,
        sitk.sitkUInt16,
        sitk.sitkInt32,
        sitk.sitkUInt32,
        sitk.sitkInt64,
        sitk.sitkUInt64,
    }
)
_FLOATS = frozenset({sitk.sitkFloat32, sitk.sitkFloat64})


@dataclass(frozen=True)
class Clicks:
    """Points that a reader placed, in mm (LPS); no HECKTOR socket carries them."""

    foreground_mm: tuple[Point, ...] = ()
    background_mm: tuple[Point, ...] = ()


@dataclass(frozen=True)
class Case:
    """What one patient brings.

    Attributes
    ----------
    ct_hu : SimpleITK.Image
        CT in its native type and grid, Hounsfield units. May hold padding below -1024.
    pet_suv : SimpleITK.Image
        PET on its own grid, body-weight SUV.
    clinical : Clinical
        Values of `ehr.json`.
    patient_id : str or None
        Name for the output file, where known.
    planning_ct_hu, dose_gy : SimpleITK.Image or None
        The optional planning CT (HU) and dose map (Gy) of Task 2. Both may lie in the frame of the
        planning CT, which is only roughly that of PET and CT: the patient was laid down anew.
    clicks : Clicks
        Points for networks that take them.
    """

    ct_hu: sitk.Image
    pet_suv: sitk.Image
    clinical: Clinical = field(default_factory=Clinical)
    patient_id: str | None = None
    planning_ct_hu: sitk.Image | None = None
    dose_gy: sitk.Image | None = None
    clicks: Clicks = field(default_factory=Clicks)


def read_image(path: Path, *, socket: str, outside: float) -> sitk.Image:
    """Read one 3-D scalar image; not-finite voxels become `outside`, with a warning.

    Parameters
    ----------
    path : Path
        A .mha, .mhd, .nii or .nii.gz file.
    socket : str
        How messages name it, such as "CT socket images/ct".
    outside : float
        Value that stands for "nothing measured here", in the image's unit.

    Raises
    ------
    InputError
        If the file can't be read, is not a 3-D scalar image, or has no finite voxel.
    """
    reader = sitk.ImageFileReader()
    reader.SetFileName(str(path))
    # Told, not guessed: by itself ITK knows .mha only in lower case, and takes DICOM by any name.
    metaimage = path.suffix.lower() in (".mha", ".mhd")
    reader.SetImageIO("MetaImageIO" if metaimage else "NiftiImageIO")
    try:
        reader.ReadImageInformation()
    except RuntimeError as error:
        raise InputError(f"{socket}: expected an image, found {_reason(path, error)}") from error
    _check_header(reader, socket)
    if not metaimage:
        check_complete(path, reader, socket=socket)
    try:
        image = reader.Execute()
    except (RuntimeError, MemoryError) as error:
        raise InputError(
            f"{socket}: expected a complete image, found {_reason(path, error)}"
        ) from error
    return _only_finite(image, socket, outside)


def _check_header(reader: sitk.ImageFileReader, socket: str) -> None:
    dimension, components = reader.GetDimension(), reader.GetNumberOfComponents()
    if dimension != 3:
        raise InputError(f"{socket}: expected a 3-D image, found {dimension}-D {reader.GetSize()}")
    if components != 1:
        raise InputError(f"{socket}: expected one value a voxel, found {components} (colour?)")
    if reader.GetPixelID() not in _INTEGERS | _FLOATS:
        kind = sitk.GetPixelIDValueAsString(reader.GetPixelID())
        raise InputError(f"{socket}: expected integer or float voxels, found {kind}")
    direction = np.reshape(reader.GetDirection(), (3, 3))
    if not np.allclose(direction.T @ direction, np.eye(3), atol=1e-3):
        raise InputError(f"{socket}: expected axes at right angles, found {direction.tolist()}")
    geometry = np.asarray((*reader.GetSpacing(), *reader.GetOrigin()))
    if not np.all(np.isfinite(geometry)) or min(reader.GetSpacing()) <= 0.0:
        raise InputError(f"{socket}: expected a finite geometry, found {geometry.tolist()}")


def _reason(path: Path, error: BaseException) -> str:
    """Shorten a reader's multi-line complaint to the file's name and its last sentence."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    # ITK's "Reason" is whatever the system last complained of, seldom what is wrong.
    lines = [line for line in lines if not line.startswith("Reason:")]
    last = lines[-1].rsplit("): ")[-1] if lines else type(error).__name__
    return f"{path.name!r} that can't be read ({last.replace(str(path), path.name)[:160]})"


def _only_finite(image: sitk.Image, socket: str, outside: float) -> sitk.Image:
    if image.GetPixelID() in _INTEGERS:
        return image
    view = sitk.GetArrayViewFromImage(image)
    finite = np.isfinite(view)
    bad = finite.size - int(np.count_nonzero(finite))
    if bad == 0:
        return image
    if bad == finite.size:
        raise InputError(f"{socket}: expected measured voxels, found none that is finite")
    log.warning("%s: %d voxels are not finite; taken as %g", socket, bad, outside)
    return Grid.of(image).image(np.where(finite, view, np.array(outside, dtype=view.dtype)))


def read_ct(sockets: Sockets) -> sitk.Image:
    """Read the CT socket, HU."""
    return read_image(sockets.image(CT), socket="CT socket images/ct", outside=AIR_HU)


def read_case(input_dir: Path, *, optional: Collection[str] = ()) -> Case:
    """Read and check every socket of one case.

    Parameters
    ----------
    input_dir : Path
        The folder that holds `images/ct`, `images/pet`, `ehr.json` and perhaps `inputs.json`;
        may be a symlink and read-only.
    optional : collection of str
        Which of the sockets that may be absent (`PLANNING_CT`, `DOSE`) are read where present.

    Raises
    ------
    InputError
        Naming the socket, what was expected and what was found.
    """
    sockets = find_sockets(input_dir)
    clinical = parse_ehr(sockets.paths[EHR])
    ct_path, pet_path = sockets.image(CT), sockets.image(PET)
    log.info("reading CT %s and PET %s", ct_path.name, pet_path.name)
    ct_hu = read_ct(sockets)
    pet = read_image(pet_path, socket="PET socket images/pet", outside=0.0)
    # Refuses scans that share no point before anything is computed.
    shared_field = overlap(Grid.of(ct_hu), Grid.of(pet), spacing_mm=(4.0, 4.0, 4.0))
    log.info(
        "CT %s voxels of %s mm, PET %s of %s mm, overlap %s mm",
        ct_hu.GetSize(),
        _rounded(ct_hu.GetSpacing()),
        pet.GetSize(),
        _rounded(pet.GetSpacing()),
        tuple(round(n * 4) for n in shared_field.size_xyz),
    )
    return Case(
        ct_hu=ct_hu,
        pet_suv=pet_in_suv(pet, ct_hu=ct_hu, field=shared_field),
        clinical=clinical,
        patient_id=sockets.patient_id,
        planning_ct_hu=_optional(sockets, PLANNING_CT, AIR_HU) if PLANNING_CT in optional else None,
        dose_gy=_optional(sockets, DOSE, 0.0) if DOSE in optional else None,
    )


def _rounded(values: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(round(value, 3) for value in values)


def _optional(sockets: Sockets, socket: str, outside: float) -> sitk.Image | None:
    """Read a socket that may be absent; see `read_optional`."""
    if not sockets.present(socket):
        return None
    try:
        path = sockets.image(socket)
    except InputError as error:
        _go_on_without(error)
        return None
    return read_optional(path, socket=f"{socket} socket", outside=outside)


def read_optional(path: Path, *, socket: str, outside: float) -> sitk.Image | None:
    """Read an image as `read_image` does; one that can't be used is None, with a warning.

    Some of the data set's dose maps and planning CTs are corrupt; no task depends on them.
    """
    try:
        return read_image(path, socket=socket, outside=outside)
    except InputError as error:
        _go_on_without(error)
        return None


def _go_on_without(error: InputError) -> None:
    log.warning("%s; going on without it", error)
