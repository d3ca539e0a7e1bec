"""Maximum-intensity projections of the PET from the front and from the side, labels outlined."""

from dataclasses import dataclass
from itertools import product

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from evaluation.metrics.boxes import bounding_box
from evaluation.report.lattice import (
    Points,
    bounds_mm,
    lattice,
    on_lattice,
    points_mm,
    share_on_lattice,
)
from evaluation.report.scans import PET_WINDOW_SUV, Outlines, grey, outlines
from evaluation.report.view import Outline, View, encoded, path

CORONAL, SAGITTAL = 1, 2
"""Array axes, of z, y, x, that a projection looks along."""
_STEP_MM, _BODY_STEP_MM = 2.0, 4.0
_FIELD_MM, _LONGEST_MM, _MARGIN_MM = 280.0, 420.0, 25.0
_WHOLE_BODY_BEYOND_MM = 180.0
_BODY_SUV = 0.4
_MOST_VOXELS = 4e6
_SHADOW_STEP_MM = 1.5


@dataclass(frozen=True)
class Shadow:
    """The outline of one label seen along an axis.

    Attributes
    ----------
    label, truth
        As in `Outline`.
    axis : int
        `CORONAL` or `SAGITTAL`.
    lines_mm : list of ndarray, shape (points, 2)
        x (or y) and z in patient axes.
    """

    label: int
    truth: bool
    axis: int
    lines_mm: Outlines


def projections(
    pet_suv: sitk.Image | None, truth: sitk.Image, prediction: sitk.Image
) -> tuple[View, ...]:
    """Return the neck from the front and from the side, and a long scan as a whole.

    Parameters
    ----------
    pet_suv : Image or None
        On any grid; None leaves the ground white.
    truth, prediction : Image
        Labels 0, 1, 2 on one grid, of any direction.
    """
    shown = labels_mm(truth, prediction)
    low, high = bounds_mm(truth if pet_suv is None else pet_suv)
    near = _field(pet_suv, low, high, labels_mm(truth) or shown)
    shadows = [] if shown is None else _shadows(truth, prediction, shown)
    views = [_view(pet_suv, near, shadows, axis, _STEP_MM) for axis in (CORONAL, SAGITTAL)]
    outside = shown is not None and (shown[0][2] < near[0][2] or shown[1][2] > near[1][2])
    if outside or high[2] - low[2] > near[1][2] - near[0][2] + _WHOLE_BODY_BEYOND_MM:
        views.append(_view(pet_suv, (low, high), shadows, CORONAL, _BODY_STEP_MM))
    return tuple(views)


def labels_mm(*images: sitk.Image) -> tuple[Points, Points] | None:
    """Return the low and high corner of all labels in patient axes; None where there are none."""
    corners = []
    for image in images:
        box = bounding_box(sitk.GetArrayViewFromImage(image))
        if box is not None:
            ends = [(side.start, side.stop - 1) for side in box]
            corners.append(points_mm(np.array(list(product(*ends))), image))
    if not corners:
        return None
    together = np.concatenate(corners)
    return together.min(axis=0), together.max(axis=0)


def _field(
    pet_suv: sitk.Image | None, low: Points, high: Points, shown: tuple[Points, Points] | None
) -> tuple[Points, Points]:
    """Return the box of head and neck: about the labels, else the top of the scan."""
    if shown is None:
        shown = (low + high) / 2, (low + high) / 2
        shown[0][2] = shown[1][2] = high[2] - _FIELD_MM / 2
    middle = (shown[0] + shown[1]) / 2
    first = np.minimum(shown[0] - _MARGIN_MM, middle - _FIELD_MM / 2)
    last = np.maximum(shown[1] + _MARGIN_MM, middle + _FIELD_MM / 2)
    first[2] = max(first[2], middle[2] - _LONGEST_MM / 2, low[2])
    last[2] = min(last[2], middle[2] + _LONGEST_MM / 2, high[2])
    if last[2] <= first[2]:  # labels off the scan: nothing of it can be shown beside them
        first[2], last[2] = middle[2] - _FIELD_MM / 2, middle[2] + _FIELD_MM / 2
    if pet_suv is not None:
        _centre_on_body(pet_suv, first, last, shown)
    return first, last


def _centre_on_body(
    pet_suv: sitk.Image, first: Points, last: Points, shown: tuple[Points, Points]
) -> None:
    """Move a box sideways to the middle of the body, as far as the labels stay inside."""
    low, high = bounds_mm(pet_suv)
    low[2], high[2] = first[2], last[2]
    body = on_lattice(pet_suv, lattice(low, high, 8.0), 0.0) > _BODY_SUV
    for axis, others in ((0, (0, 1)), (1, (0, 2))):
        inside = np.flatnonzero(body.any(axis=others))
        if inside.size:
            half = (last[axis] - first[axis]) / 2
            middle = low[axis] + 8.0 * (inside[0] + inside[-1]) / 2
            reach = shown[1][axis] + _MARGIN_MM - half, shown[0][axis] - _MARGIN_MM + half
            middle = np.clip(middle, min(reach), max(reach))
            first[axis], last[axis] = middle - half, middle + half


def _shadows(
    truth: sitk.Image, prediction: sitk.Image, shown: tuple[Points, Points]
) -> list[Shadow]:
    low, high = (shown[0] - 2 * _SHADOW_STEP_MM, shown[1] + 2 * _SHADOW_STEP_MM)
    step = max(_SHADOW_STEP_MM, float(np.prod(high - low) / _MOST_VOXELS) ** (1 / 3))
    onto = lattice(low, high, step)
    found = []
    for label in (1, 2):
        for image, is_truth in ((prediction, False), (truth, True)):
            share = share_on_lattice(image, label, onto)
            for axis in (CORONAL, SAGITTAL):
                start = np.array((low[0] if axis == CORONAL else low[1], low[2]))
                lines = outlines(share.max(axis=axis))
                found.append(Shadow(label, is_truth, axis, [start + step * x for x in lines]))
    return sorted(found, key=lambda shadow: shadow.truth)


def _view(
    pet_suv: sitk.Image | None,
    field: tuple[Points, Points],
    shadows: list[Shadow],
    axis: int,
    step_mm: float,
) -> View:
    low, high = field
    onto = lattice(low, high, step_mm)
    size = onto.GetSize()
    width, height = size[0 if axis == CORONAL else 1], size[2]
    pixels: NDArray[np.uint8] | None = None
    if pet_suv is not None:
        hottest = on_lattice(pet_suv, onto, 0.0).max(axis=axis)
        pixels = 255 - grey(hottest, PET_WINDOW_SUV)[::-1]
    side, top = low[0 if axis == CORONAL else 1], low[2] + step_mm * (height - 1)

    def placed(lines_mm: Outlines) -> str:
        flip = np.array((1.0, -1.0))
        return path([(line - (side, top)) * flip / step_mm for line in lines_mm])

    borders = tuple(
        Outline(shadow.label, shadow.truth, placed(shadow.lines_mm))
        for shadow in shadows
        if shadow.axis == axis and shadow.lines_mm
    )
    whole = step_mm == _BODY_STEP_MM
    name = "whole scan" if whole else "from the front" if axis == CORONAL else "from the side"
    return View(
        name=name,
        width=width,
        height=height,
        pixel_mm=step_mm,
        png=encoded(pixels),
        dark=False,
        outlines=borders,
        bar_mm=100 if whole else 50,
        left="R" if axis == CORONAL else "A",
        top_mm=float(top),
    )
