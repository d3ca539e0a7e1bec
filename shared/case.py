"""One patient's inputs, read and checked: headers before pixels, and geometry kept with voxels."""

from __future__ import annotations

import logging
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

import SimpleITK as sitk

from shared.clinical import Clinical, parse_ehr
from shared.errors import InputError
from shared.grid import Point, overlap
from shared.images import open_image, read_image, read_optional
from shared.intensity import AIR_HU, suv_factor
from shared.overview import Overview
from shared.sockets import CT, DOSE, EHR, PET, PLANNING_CT, Sockets, find_sockets

log = logging.getLogger(__name__)

_CT_SOCKET, _PET_SOCKET = "CT socket images/ct", "PET socket images/pet"


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
    overview : Overview
        Both in coarse voxels, HU and SUV.
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
    overview: Overview
    clinical: Clinical = field(default_factory=Clinical)
    patient_id: str | None = None
    planning_ct_hu: sitk.Image | None = None
    dose_gy: sitk.Image | None = None
    clicks: Clicks = field(default_factory=Clicks)

    @classmethod
    def of(
        cls,
        *,
        ct_hu: sitk.Image,
        pet: sitk.Image,
        clinical: Clinical | None = None,
        patient_id: str | None = None,
    ) -> Case:
        """Make a case of scans as they were read, PET in SUV or Bq/ml.

        Raises
        ------
        InputError
            If CT and PET do not overlap, or the PET shows no uptake where they do.
        """
        overview = Overview.of(ct_hu=ct_hu, pet=pet)
        factor = suv_factor(overview.pet, ct_hu=overview.ct_hu)
        if factor != 1.0:
            pet = sitk.Cast(pet, sitk.sitkFloat32) * factor
            overview = overview.scaled(factor)
        return cls(
            ct_hu=ct_hu,
            pet_suv=pet,
            overview=overview,
            clinical=clinical or Clinical(),
            patient_id=patient_id,
        )


def read_ct(sockets: Sockets) -> sitk.Image:
    """Read the CT socket, HU."""
    return read_image(sockets.image(CT), socket=_CT_SOCKET, outside=AIR_HU)


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
    ct_hu, pet = _read_scans(sockets)
    # Scans that can't be used are refused before more is unpacked.
    case = Case.of(ct_hu=ct_hu, pet=pet, clinical=clinical, patient_id=sockets.patient_id)
    return replace(
        case,
        planning_ct_hu=_optional(sockets, PLANNING_CT, AIR_HU) if PLANNING_CT in optional else None,
        dose_gy=_optional(sockets, DOSE, 0.0) if DOSE in optional else None,
    )


def _read_scans(sockets: Sockets) -> tuple[sitk.Image, sitk.Image]:
    """Read CT and PET: both files are found, then both headers read and compared, then the voxels.

    A stream is unpacked by one processor, so the second one takes the PET's.
    """
    ct_path, pet_path = sockets.image(CT), sockets.image(PET)
    ct = open_image(ct_path, socket=_CT_SOCKET)
    pet = open_image(pet_path, socket=_PET_SOCKET)
    seen = overlap(ct.grid, pet.grid, spacing_mm=(1.0, 1.0, 1.0))
    log.info(
        "CT %s voxels of %s mm, PET %s of %s mm, overlap %s mm",
        ct.grid.size_xyz,
        _rounded(ct.grid.spacing_mm),
        pet.grid.size_xyz,
        _rounded(pet.grid.spacing_mm),
        seen.size_xyz,
    )
    with ThreadPoolExecutor(max_workers=1) as other:
        reading = other.submit(pet.read, outside=0.0)
        return ct.read(outside=AIR_HU), reading.result()


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


def _go_on_without(error: InputError) -> None:
    log.warning("%s; going on without it", error)
