"""A picture of a predicted mask: where it lies in the body, and what is under it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import SimpleITK as sitk
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from evaluation.report.lattice import bounds_mm, lattice, on_lattice, points_mm, share_on_lattice
from evaluation.report.picture import LABEL_COLOURS
from evaluation.report.scans import CT_WINDOW_HU, PET_WINDOW_SUV, fused, grey, outlines
from shared.intensity import AIR_HU

NAMES = {1: "GTVp", 2: "GTVn"}
_STEP_MM, _SLICE_STEP_MM = 2.0, 1.0
_FIELD_MM, _LONGEST_MM = 240.0, 420.0
_CORONAL, _SAGITTAL = 1, 2

Box = tuple[NDArray[np.float64], NDArray[np.float64]]


def draw_preview(
    ct_hu: sitk.Image, pet_suv: sitk.Image, labels: sitk.Image, file: Path, *, title: str
) -> None:
    """Draw the uptake from the front and from the side, and a slice through each label.

    Parameters
    ----------
    ct_hu, pet_suv : Image
        Each on a grid of its own.
    labels : Image, uint8
        0, 1 GTVp, 2 GTVn.
    file : Path
        PNG to write.
    title : str
        Stands above.
    """
    figure = Figure(figsize=(8.4, 8.8), dpi=110, layout="constrained")
    figure.suptitle(f"{title}\nGTVp green, GTVn yellow; not for clinical use", fontsize=10)
    (front, side), (primary, nodes) = figure.subplots(2, 2)
    box = _field(ct_hu, labels)
    _projection(front, pet_suv, labels, box, _CORONAL)
    _projection(side, pet_suv, labels, box, _SAGITTAL)
    for axes, label in ((primary, 1), (nodes, 2)):
        _slice(axes, ct_hu, pet_suv, labels, box, label)
    figure.savefig(file)


def _field(ct_hu: sitk.Image, labels: sitk.Image) -> Box:
    """Return the box to show: around the labels, or the middle of the CT where there are none."""
    low, high = bounds_mm(ct_hu)
    voxels = np.argwhere(sitk.GetArrayViewFromImage(labels) > 0)
    middle = points_mm(voxels, labels).mean(axis=0) if len(voxels) else (low + high) / 2
    half = np.array([_FIELD_MM, _FIELD_MM, _LONGEST_MM]) / 2
    return np.maximum(low, middle - half), np.minimum(high, middle + half)


def _projection(axes: Axes, pet_suv: sitk.Image, labels: sitk.Image, box: Box, along: int) -> None:
    onto = lattice(*box, _STEP_MM)
    uptake = on_lattice(pet_suv, onto, 0.0).max(axis=along)
    extent = _extent(box, 0 if along == _CORONAL else 1)
    # Hot is dark, as PET is read.
    levels = 255 - grey(uptake, (0.0, PET_WINDOW_SUV[1]))
    axes.imshow(levels, cmap="gray", vmin=0, vmax=255, extent=extent, origin="lower")
    for label in NAMES:
        shadow = share_on_lattice(labels, label, onto).max(axis=along)
        _outline(axes, shadow, extent, label)
    axes.set_title(f"PET, maximum, from the {'front' if along == _CORONAL else 'side'}", fontsize=9)
    axes.set_xlabel("left → (mm)" if along == _CORONAL else "back → (mm)", fontsize=8)
    axes.tick_params(labelsize=7)


def _slice(
    axes: Axes, ct_hu: sitk.Image, pet_suv: sitk.Image, labels: sitk.Image, box: Box, label: int
) -> None:
    name, voxel_ml = NAMES[label], float(np.prod(labels.GetSpacing())) / 1000.0
    voxels = np.argwhere(sitk.GetArrayViewFromImage(labels) == label)
    if not len(voxels):
        axes.set_axis_off()
        axes.text(0.5, 0.5, f"no {name} found", ha="center", transform=axes.transAxes)
        return
    heights = points_mm(voxels, labels)[:, 2]
    values, counts = np.unique(np.round(heights, 1), return_counts=True)
    height = float(values[counts.argmax()])
    low, high = box[0].copy(), box[1].copy()
    low[2] = high[2] = height
    onto = lattice(low, high, _SLICE_STEP_MM)
    ct = grey(on_lattice(ct_hu, onto, AIR_HU)[0], CT_WINDOW_HU)
    pet = grey(on_lattice(pet_suv, onto, 0.0)[0], PET_WINDOW_SUV)
    extent = (low[0], high[0], high[1], low[1])
    axes.imshow(fused(ct, pet), extent=extent, origin="upper")
    for each in NAMES:
        _outline(axes, share_on_lattice(labels, each, onto)[0], extent, each, upper=True)
    axes.set_title(
        f"{name}, {len(voxels) * voxel_ml:.1f} ml: slice at z = {height:.0f} mm", fontsize=9
    )
    axes.set_xlabel("left → (mm)", fontsize=8)
    axes.tick_params(labelsize=7)


def _extent(box: Box, axis: int) -> tuple[float, float, float, float]:
    return box[0][axis], box[1][axis], box[0][2], box[1][2]


def _outline(
    axes: Axes,
    share: NDArray[np.float32],
    extent: tuple[float, float, float, float],
    label: int,
    *,
    upper: bool = False,
) -> None:
    left, right, bottom, top = extent
    rows, columns = share.shape
    start, stop = (top, bottom) if upper else (bottom, top)
    for line in outlines(share):
        x = left + (line[:, 0] + 0.5) / columns * (right - left)
        y = start + (line[:, 1] + 0.5) / rows * (stop - start)
        axes.plot(x, y, color="black", linewidth=2.4)
        axes.plot(x, y, color=LABEL_COLOURS[label], linewidth=1.4)
