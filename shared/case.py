"""One patient's inputs, read and checked: headers before pixels, and geometry kept with voxels."""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

import SimpleITK as sitk

from shared.clinical import Clinical, parse_ehr
from shared.errors import InputError
from shared.grid import Grid, Point, overlap
from shared.images import read_image, read_optional
from shared.intensity import AIR_HU, pet_in_suv
from shared.sockets import CT, DOSE, EHR, PET, PLANNING_CT, Sockets, find_sockets

log = logging.getLogger(__name__)


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
    # Both are found before one is unpacked, the CT first.
    _, pet_path = sockets.image(CT), sockets.image(PET)
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


def _go_on_without(error: InputError) -> None:
    log.warning("%s; going on without it", error)
