"""Small pictures of one patient, for the montage; grey levels of one byte, sizes in millimetres."""

from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from evaluation.report.scans import CT_WINDOW_HU, PET_WINDOW_SUV, Grey, grey
from evaluation.report.slices import largest_part
from phantom.disease.drawing import NODE, PRIMARY
from phantom.patient import Patient
from phantom.profile import Profile
from phantom.report.regions import Regions
from shared.intensity import AIR_HU, BODY_HU

FIELD_MM = 220.0
PIXEL_MM = 1.0
_NECK_BELOW_TOP_MM = 190.0


@dataclass(frozen=True)
class Projection:
    """A maximum-intensity projection of the PET.

    Attributes
    ----------
    pet : ndarray, shape (z, side), uint8
        Uptake over `PET_WINDOW_SUV`; z increases towards the head.
    primary, nodes : ndarray, shape (z, side), bool
        Shadows of the labels.
    spacing_mm : tuple of float
        Pixel size along z and the side.
    """

    pet: Grey
    primary: NDArray[np.bool_]
    nodes: NDArray[np.bool_]
    spacing_mm: tuple[float, float]


@dataclass(frozen=True)
class Thumbnail:
    """One patient's pictures and what stands beside them.

    Attributes
    ----------
    title : str
        Identifier, site and HPV status.
    ct, pet : ndarray, shape (y, x), uint8
        The axial slice with the most of the primary (or of the nodes), 1 mm pixels.
    labels : ndarray, shape (y, x), uint8
        0, 1 primary, 2 nodes on that slice.
    coronal, sagittal : Projection
        Of the whole PET.
    ct_mm, pet_mm : tuple of float
        Bottom and top of the scans, above the bottom of the PET.
    slice_mm : float
        Height of the axial slice above the bottom of the PET.
    """

    title: str
    ct: Grey
    pet: Grey
    labels: Grey
    coronal: Projection
    sagittal: Projection
    ct_mm: tuple[float, float]
    pet_mm: tuple[float, float]
    slice_mm: float


def make_thumbnail(
    profile: Profile, patient: Patient, regions: Regions, suv: NDArray[np.float32]
) -> Thumbnail:
    """Picture a patient.

    Parameters
    ----------
    profile : Profile
        For site and HPV status.
    patient : Patient
        The scans.
    regions : Regions
        Labels on the PET's grid.
    suv : ndarray, shape (z, y, x), float32
        The PET in SUV.
    """
    z_mm = _slice_mm(patient)
    plane = _plane(patient.ct_hu, z_mm)
    pet_suv = sitk.GetImageFromArray(suv)
    pet_suv.CopyInformation(patient.pet)
    ct, pet, labels = (
        sitk.GetArrayFromImage(
            sitk.Resample(image, plane, sitk.Transform(), how, outside, image.GetPixelID())
        )[0]
        for image, how, outside in (
            (patient.ct_hu, sitk.sitkLinear, AIR_HU),
            (pet_suv, sitk.sitkLinear, 0.0),
            (patient.labels, sitk.sitkNearestNeighbor, 0.0),
        )
    )
    bottom = patient.pet.GetOrigin()[2]
    return Thumbnail(
        title=_title(profile),
        ct=grey(ct, CT_WINDOW_HU),
        pet=grey(pet, PET_WINDOW_SUV),
        labels=labels,
        coronal=_projection(suv, regions.labels, patient.pet, axis=1),
        sagittal=_projection(suv, regions.labels, patient.pet, axis=2),
        ct_mm=_span_mm(patient.ct_hu, bottom),
        pet_mm=_span_mm(patient.pet, bottom),
        slice_mm=z_mm - bottom,
    )


def _title(profile: Profile) -> str:
    primary = [lesion.place for lesion in profile.lesions if lesion.label == PRIMARY]
    nodes = sum(lesion.label == NODE for lesion in profile.lesions)
    counted = {0: "no nodes", 1: "1 node"}.get(nodes, f"{nodes} nodes")
    hpv = "HPV+" if profile.clinical.hpv_positive else "HPV−"
    return f"{profile.patient_id}  {' and '.join(primary) or 'no primary'}, {counted}, {hpv}"


def _slice_mm(patient: Patient) -> float:
    """Return the height with the most of the primary, else of the nodes, else of the neck."""
    array = sitk.GetArrayViewFromImage(patient.labels)
    _, _, bottom = patient.labels.GetOrigin()
    _, _, step = patient.labels.GetSpacing()
    for label in (PRIMARY, NODE):
        area = np.count_nonzero(array == label, axis=(1, 2))
        if area.any():
            return float(bottom + step * int(np.argmax(area)))
    return float(bottom + step * (array.shape[0] - 1) - _NECK_BELOW_TOP_MM)


def _plane(ct: sitk.Image, z_mm: float) -> sitk.Image:
    """Return an empty slice of the montage's field, centred on the body."""
    x0, y0, bottom = ct.GetOrigin()
    sx, sy, sz = ct.GetSpacing()
    array = sitk.GetArrayViewFromImage(ct)
    level = int(np.clip(round((z_mm - bottom) / sz), 0, array.shape[0] - 1))
    body = largest_part(array[level] > BODY_HU)
    rows, columns = np.flatnonzero(body.any(axis=1)), np.flatnonzero(body.any(axis=0))
    row, column = ((s[0] + s[-1]) / 2 if s.size else body.shape[0] / 2 for s in (rows, columns))
    count = round(FIELD_MM / PIXEL_MM)
    plane = sitk.Image([count, count, 1], sitk.sitkUInt8)
    plane.SetSpacing((PIXEL_MM, PIXEL_MM, sz))
    plane.SetOrigin((x0 + sx * column - FIELD_MM / 2, y0 + sy * row - FIELD_MM / 2, z_mm))
    return plane


def _projection(
    suv: NDArray[np.float32], labels: Grey, image: sitk.Image, *, axis: int
) -> Projection:
    sx, sy, sz = image.GetSpacing()
    return Projection(
        pet=grey(suv.max(axis=axis), PET_WINDOW_SUV),
        primary=(labels == PRIMARY).any(axis=axis),
        nodes=(labels == NODE).any(axis=axis),
        spacing_mm=(sz, sx if axis == 1 else sy),
    )


def _span_mm(image: sitk.Image, bottom_mm: float) -> tuple[float, float]:
    low = image.GetOrigin()[2] - bottom_mm
    return low, low + image.GetSpacing()[2] * (image.GetSize()[2] - 1)
