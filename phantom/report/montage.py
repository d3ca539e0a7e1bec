"""The montage: patients in rows, axial slices and projections at one scale each."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from evaluation.report.picture import LABEL_COLOURS, ORANGE, Picture, picture
from evaluation.report.scans import fused, outlines, rgb
from phantom.disease.drawing import NODE, PRIMARY
from phantom.report.geometry import WHOLE_BODY_MM
from phantom.report.thumbnail import FIELD_MM, PIXEL_MM, Projection, Thumbnail

PATIENTS_A_PAGE = 4
_AXIAL_INCH = 2.35
_MM_AN_INCH = 255.0
"""Scale of the projections: all patients alike, so that a whole body is seen at a glance."""
_CORONAL_MM, _SAGITTAL_MM = 520.0, 400.0
_TITLE_INCH, _GAP_INCH = 0.26, 0.06


def montage(thumbnails: Sequence[Thumbnail]) -> list[Picture]:
    """Return pages of a few patients each, in the order given."""
    pages = [
        thumbnails[start : start + PATIENTS_A_PAGE]
        for start in range(0, len(thumbnails), PATIENTS_A_PAGE)
    ]
    return [_page(number, page) for number, page in enumerate(pages, 1)]


def _row_inch(thumbnail: Thumbnail) -> float:
    return max(_AXIAL_INCH, _length_mm(thumbnail) / _MM_AN_INCH) + _TITLE_INCH


def _length_mm(thumbnail: Thumbnail) -> float:
    low, high = thumbnail.pet_mm
    return high - low


def _page(number: int, thumbnails: Sequence[Thumbnail]) -> Picture:
    width = 3 * (_AXIAL_INCH + _GAP_INCH) + (_CORONAL_MM + _SAGITTAL_MM) / _MM_AN_INCH
    heights = [_row_inch(thumbnail) for thumbnail in thumbnails]
    figure = Figure(figsize=(width, sum(heights)), dpi=96)
    top = sum(heights)
    for thumbnail, height in zip(thumbnails, heights, strict=True):
        _row(figure, thumbnail, top)
        top -= height
    return picture(f"montage-{number}", f"Patients, page {number}", "", figure, palette=False)


def _row(figure: Figure, thumbnail: Thumbnail, top: float) -> None:
    width, total = figure.get_size_inches().tolist()
    figure.text(
        0.004, (top - 0.05) / total, _heading(thumbnail), va="top", fontsize=9, weight="bold"
    )
    top -= _TITLE_INCH

    def axes(left: float, wide: float, high: float) -> Axes:
        box = (left / width, (top - high) / total, wide / width, high / total)
        panel = figure.add_axes(box)
        panel.set_axis_off()
        return panel

    step = _AXIAL_INCH + _GAP_INCH
    shown = (
        rgb(thumbnail.ct),
        rgb(255 - thumbnail.pet),
        fused(thumbnail.ct, thumbnail.pet),
    )
    for column, colours in enumerate(shown):
        panel = axes(column * step, _AXIAL_INCH, _AXIAL_INCH)
        panel.imshow(colours, interpolation="bilinear")
        for label in (PRIMARY, NODE):
            _contour(panel, thumbnail.labels == label, label)
    _scale_bar(figure.axes[-3])
    left, high = 3 * step, _length_mm(thumbnail) / _MM_AN_INCH
    for projection, wide_mm in (
        (thumbnail.coronal, _CORONAL_MM),
        (thumbnail.sagittal, _SAGITTAL_MM),
    ):
        panel = axes(left, wide_mm / _MM_AN_INCH, high)
        _project(panel, projection, wide_mm)
        panel.axhline(thumbnail.slice_mm, color=ORANGE, linewidth=0.5, alpha=0.7)
        if thumbnail.ct_mm[0] > thumbnail.pet_mm[0] + 30:
            panel.axhline(thumbnail.ct_mm[0], color="#888888", linestyle="--", linewidth=0.8)
            panel.text(0, thumbnail.ct_mm[0] - 8, "CT ends", fontsize=6, va="top", ha="center")
        left += wide_mm / _MM_AN_INCH


def _heading(thumbnail: Thumbnail) -> str:
    pet, ct = _length_mm(thumbnail), thumbnail.ct_mm[1] - thumbnail.ct_mm[0]
    if ct >= WHOLE_BODY_MM:
        extent = f"WHOLE BODY, {ct:.0f} mm"
    elif pet >= WHOLE_BODY_MM:
        extent = f"WHOLE-BODY PET, {pet:.0f} mm; CT of the neck, {ct:.0f} mm"
    else:
        extent = f"neck, {ct:.0f} mm"
    return f"{thumbnail.title}   |   {extent}"


def _contour(
    axes: Axes,
    mask: NDArray[np.bool_],
    label: int,
    *,
    first: tuple[float, float] = (0.0, 0.0),
    step: tuple[float, float] = (1.0, 1.0),
) -> None:
    """Outline a mask whose first pixel's centre lies at `first`, x and y, `step` apart."""
    for line in outlines(mask):
        x, y = (np.array(first) + line * step).T
        axes.plot(x, y, color=LABEL_COLOURS[label], linewidth=1.0)


def _scale_bar(axes: Axes) -> None:
    y = FIELD_MM / PIXEL_MM - 8
    axes.plot([8, 8 + 50 / PIXEL_MM], [y, y], color="white", linewidth=2)
    axes.text(10 + 50 / PIXEL_MM, y, "50 mm", color="white", fontsize=7, va="center")


def _project(axes: Axes, projection: Projection, wide_mm: float) -> None:
    rows, columns = projection.pet.shape
    step_z, step = projection.spacing_mm
    half = step * columns / 2
    extent = (-half, half, -step_z / 2, step_z * (rows - 0.5))
    axes.imshow(
        255 - projection.pet,
        cmap="gray",
        vmin=0,
        vmax=255,
        extent=extent,
        origin="lower",
        aspect="auto",
        interpolation="bilinear",
    )
    for mask, label in ((projection.primary, PRIMARY), (projection.nodes, NODE)):
        _contour(axes, mask, label, first=(step / 2 - half, 0.0), step=(step, step_z))
    axes.set_xlim(-wide_mm / 2, wide_mm / 2)
    axes.set_ylim(0, step_z * (rows - 1))
