"""Axial slices through one place: the neck around it, and close up on CT and on fused PET/CT."""

from dataclasses import dataclass, replace

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from scipy import ndimage

from evaluation.report.lattice import (
    Points,
    bounds_mm,
    lattice,
    on_lattice,
    points_mm,
    share_on_lattice,
)
from evaluation.report.scans import CT_WINDOW_HU, PET_WINDOW_SUV, Grey, fused, grey, outlines
from evaluation.report.view import Outline, View, encoded, path
from shared.intensity import AIR_HU, BODY_HU

FIELD_MM, MARGIN_MM = 240.0, 10.0
_SMALLEST_MM, _LARGEST_MM = 60.0, 130.0
_STEP_MM, _COARSE_MM, _CLOSE_PIXELS = 1.5, 4.0, 100


@dataclass(frozen=True)
class Scans:
    """What a slice is cut from; `truth` and `prediction` share one grid of any direction."""

    ct_hu: sitk.Image | None
    pet_suv: sitk.Image | None
    truth: sitk.Image
    prediction: sitk.Image


@dataclass(frozen=True)
class Place:
    """Where to cut, in patient axes.

    Attributes
    ----------
    z_mm : float
        Height of the slice.
    low_mm, high_mm : ndarray, shape (2,)
        x and y of the corners of what is to be seen.
    """

    z_mm: float
    low_mm: Points
    high_mm: Points


def place(voxels_zyx: NDArray[np.intp], image: sitk.Image) -> Place:
    """Return the axial slice that holds most of some voxels, and their box.

    Parameters
    ----------
    voxels_zyx : ndarray, shape (n, 3)
        Indices of at least one voxel.
    image : Image
        Whose grid they count on.
    """
    points = points_mm(voxels_zyx, image)
    # The voxel's extent along the patient's z, whichever of the scan's axes runs along it.
    steps = np.abs(np.reshape(image.GetDirection(), (3, 3))[2]) * image.GetSpacing()
    level = np.round((points[:, 2] - points[:, 2].min()) / steps.max()).astype(int)
    fullest = int(np.argmax(np.bincount(level)))
    z_mm = float(points[level == fullest, 2].mean())
    return Place(z_mm, points[:, :2].min(axis=0), points[:, :2].max(axis=0))


def slice_views(scans: Scans, at: Place) -> tuple[View, ...]:
    """Return the neck around a place with a frame, then the frame alone, 10 mm wider than it."""
    middle = (at.low_mm + at.high_mm) / 2
    needed = float((at.high_mm - at.low_mm).max()) + 2 * MARGIN_MM
    side = float(np.clip(needed, _SMALLEST_MM, _LARGEST_MM))
    reach = (FIELD_MM - side) / 2
    centre = np.clip(_body_middle(scans, at, middle), middle - reach, middle + reach)
    frame = (middle - side / 2 - (centre - FIELD_MM / 2)) / _STEP_MM
    box = (float(frame[0]), float(frame[1]), side / _STEP_MM, side / _STEP_MM)
    neck = _plane(centre, at.z_mm, FIELD_MM, _STEP_MM)
    *_, (_, ground) = _grounds(scans, neck).items()
    wide = _view(scans, neck, "axial", ground)
    close = _plane(middle, at.z_mm, side, side / _CLOSE_PIXELS)
    zoomed = (_view(scans, close, name, pixels) for name, pixels in _grounds(scans, close).items())
    return (replace(wide, box=box, bar_mm=50), *zoomed)


def _plane(centre: Points, z_mm: float, side_mm: float, step_mm: float) -> sitk.Image:
    low = (*(centre - side_mm / 2 + step_mm / 2), z_mm)
    high = (*(centre + side_mm / 2 - step_mm / 2), z_mm)
    return lattice(low, high, (step_mm, step_mm, 1.0))


def _grounds(scans: Scans, plane: sitk.Image) -> dict[str, Grey | None]:
    """Return the CT alone and the fusion, or the one scan there is (hot is dark), or no ground."""
    ct = pet = None
    if scans.ct_hu is not None:
        ct = grey(on_lattice(scans.ct_hu, plane, AIR_HU)[0], CT_WINDOW_HU)
    if scans.pet_suv is not None:
        pet = grey(on_lattice(scans.pet_suv, plane, 0.0)[0], PET_WINDOW_SUV)
    if ct is not None:
        return {"CT": ct} if pet is None else {"CT": ct, "PET/CT": fused(ct, pet)}
    return {"outlines": None} if pet is None else {"PET": 255 - pet}


def _view(scans: Scans, plane: sitk.Image, name: str, pixels: Grey | None) -> View:
    found = []
    for image, truth in ((scans.prediction, False), (scans.truth, True)):
        for label in (1, 2):
            lines = outlines(share_on_lattice(image, label, plane)[0])
            if lines:
                found.append(Outline(label, truth, path(lines)))
    return View(
        name=name,
        width=plane.GetWidth(),
        height=plane.GetHeight(),
        pixel_mm=plane.GetSpacing()[0],
        png=encoded(pixels),
        dark=scans.ct_hu is not None,
        outlines=tuple(found),
        bar_mm=10,
        left="R",
    )


def _body_middle(scans: Scans, at: Place, otherwise: Points) -> Points:
    """Return x and y of the middle of the body, the couch left out, in the slice."""
    if scans.ct_hu is None:
        return otherwise
    low, high = bounds_mm(scans.ct_hu)
    low[2] = high[2] = at.z_mm
    hu = on_lattice(scans.ct_hu, lattice(low, high, (_COARSE_MM, _COARSE_MM, 1.0)), AIR_HU)[0]
    body = largest_part(hu > BODY_HU)
    if not body.any():
        return otherwise
    ends = [np.flatnonzero(body.any(axis=axis))[[0, -1]] for axis in (0, 1)]
    return np.asarray(low[:2] + _COARSE_MM * np.array([end.mean() for end in ends]))


def largest_part(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the largest connected part of a mask."""
    parts, number = ndimage.label(mask)
    if number == 0:
        return mask
    return np.asarray(parts == 1 + int(np.argmax(np.bincount(parts.ravel())[1:])))
