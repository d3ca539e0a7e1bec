"""A case in pictures, made where its images are, small enough to be sent between processes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import SimpleITK as sitk

from evaluation.findings.kinds import Finding
from evaluation.metrics.boxes import Box, corner
from evaluation.report.agreement import Labels, agreeing, agreement
from evaluation.report.projection import projections
from evaluation.report.slices import Place, Scans, place, slice_views
from evaluation.report.view import View

MOST_SLICES = 6
_DISC_PIXELS = 12.0
"""Numbers nearer than this would hide one another."""


@dataclass(frozen=True)
class Cut:
    """One place of a case: what is the matter there, and the slice that tells most of it.

    Attributes
    ----------
    text : str
        The finding in a sentence, or that the lesion was found.
    wrong : bool
        Whether it is a finding.
    z_mm : float
        Height of the slice in the patient.
    views : tuple of View
        The neck with a frame, then the frame's content on each ground.
    """

    text: str
    wrong: bool
    z_mm: float
    views: tuple[View, ...]


@dataclass(frozen=True)
class Scene:
    """The pictures of a case.

    Attributes
    ----------
    projections : tuple of View
        Front, side and, of a long scan, the whole.
    cuts : tuple of Cut
        Findings first, in the order given, then lesions without one.
    more_findings, more_agreeing : int
        Places left out, since a case shows only so many.
    """

    projections: tuple[View, ...]
    cuts: tuple[Cut, ...]
    more_findings: int
    more_agreeing: int


def make_scene(
    *,
    ct_hu: sitk.Image | None,
    pet_suv: sitk.Image | None,
    truth: sitk.Image,
    prediction: sitk.Image,
    findings: Sequence[Finding],
    most: int = MOST_SLICES,
) -> Scene:
    """Picture one case.

    Parameters
    ----------
    ct_hu, pet_suv : Image or None
        Each on a grid of its own; without them the outlines stand on white.
    truth, prediction : Image, uint8
        0 background, 1 GTVp, 2 GTVn, on one grid, of any direction.
    findings : sequence of Finding
        The worst first; their boxes count on the labels' grid.
    most : int
        Places to show.

    Raises
    ------
    ValueError
        Truth and prediction differ in size.
    """
    if truth.GetSize() != prediction.GetSize():
        raise ValueError(
            f"expected truth and prediction of one size, found {truth.GetSize()} "
            f"and {prediction.GetSize()}"
        )
    scans = Scans(ct_hu, pet_suv, truth, prediction)
    # Views: a copy of a whole body in fine slices would take a gigabyte in a few workers.
    known, said = (sitk.GetArrayViewFromImage(image) for image in (truth, prediction))
    lesions = agreeing(known, [finding.box for finding in findings])
    chosen = list(findings[:most])
    left = most - len(chosen)
    voxel_ml = float(np.prod(truth.GetSpacing())) / 1000
    cuts = [
        Cut(
            _told(x), True, *_seen(scans, known[x.box], said[x.box], x.box, x.label, differing=True)
        )
        for x in chosen
    ]
    for label, box in lesions[: max(left, 0)]:
        text = agreement(known[box], said[box], label, voxel_ml)
        seen = _seen(scans, known[box], said[box], box, label, differing=False)
        cuts.append(Cut(text, False, *seen))
    views = projections(pet_suv, truth, prediction)
    return Scene(
        (*(_with_levels(view, cuts) for view in views[:2]), *views[2:]),
        tuple(cuts),
        len(findings) - len(chosen),
        max(len(lesions) - max(left, 0), 0),
    )


def _with_levels(view: View, cuts: Sequence[Cut]) -> View:
    """Mark the heights of the slices, numbered from one, where the view shows them."""
    levels: list[tuple[float, int, str]] = []
    for number, cut in enumerate(cuts, 1):
        at = (view.top_mm - cut.z_mm) / view.pixel_mm + 0.5
        if 0 <= at <= view.height:
            taken = {column for y, column, _ in levels if abs(y - at) < _DISC_PIXELS}
            free = next(column for column in range(len(cuts)) if column not in taken)
            levels.append((at, free, str(number)))
    return replace(view, levels=tuple(levels))


def _told(finding: Finding) -> str:
    kind, detail = str(finding.kind), finding.detail
    told = detail if detail.casefold().startswith(kind.casefold()) else f"{kind}: {detail}"
    return told[:1].upper() + told[1:]


def _seen(
    scans: Scans, truth: Labels, said: Labels, box: Box, label: int, *, differing: bool
) -> tuple[float, tuple[View, ...]]:
    """Return the height of the telling slice of a box, and its views."""
    at = _telling(truth, said, box, label, scans.truth, differing=differing)
    return at.z_mm, slice_views(scans, at)


def _telling(
    truth: Labels, said: Labels, box: Box, label: int, grid: sitk.Image, *, differing: bool
) -> Place:
    """Return the slice of a box with most disagreement about a label, or with most of it."""
    either = (truth == label) | (said == label)
    differ = (truth == label) != (said == label)
    masks = [differ, truth != said, either] if differing else [either]
    for mask in [*masks, np.ones(truth.shape, dtype=bool)]:
        if mask.any():
            at = place(np.argwhere(mask) + corner(box), grid)
            whole = place(np.argwhere(either | mask) + corner(box), grid)
            return Place(at.z_mm, whole.low_mm, whole.high_mm)
    raise ValueError(f"expected a box with voxels, found {box}")
