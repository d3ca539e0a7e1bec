"""The box that each patient's scans are cut to."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from shared.grid import Grid, bounds_mm
from shared.localise import head_neck_centre_mm
from training.data.patient import Loaded
from training.data.preparation import Preparation

BOX_COLUMNS = ("PatientID", "x1", "x2", "y1", "y2", "z1", "z2")
"""As in the boxes that the challenge released in 2020 and 2021: outer faces, mm."""


def target_grid(loaded: Loaded, config: Preparation) -> Grid:
    """Return the lattice that a patient is brought onto."""
    case = loaded.case
    edges = np.asarray(config.box_mm)
    reach = None
    if config.centre == "labels" and loaded.labels is not None:
        reach = _reach_mm(loaded.labels)
    if reach is None:
        centre = head_neck_centre_mm(case.overview)
    else:
        low, high = reach
        x, y, z = ((low + high) / 2).tolist()
        centre = (x, y, z)
        edges = np.maximum(edges, high - low + 2 * config.margin_mm)
    # No voxel less than the labels and their margin need, whatever the division leaves.
    voxels = np.ceil(edges / np.asarray(config.spacing_mm) - 1e-6).astype(int).tolist()
    return Grid.around(
        centre, size_xyz=(voxels[0], voxels[1], voxels[2]), spacing_mm=config.spacing_mm
    )


def _reach_mm(
    labels: sitk.Image,
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Return the lower and the upper corner of the labels' box along LPS; None where empty."""
    shapes = sitk.LabelShapeStatisticsImageFilter()
    shapes.Execute(labels > 0)
    if not shapes.GetLabels():
        return None
    box = shapes.GetBoundingBox(1)
    part = labels[tuple(slice(box[i], box[i] + box[i + 3]) for i in range(3))]
    return bounds_mm(Grid.of(part))


def box_row(name: str, grid: Grid) -> dict[str, str]:
    """Return the outer faces of a patient's box as a row of `BOX_COLUMNS`."""
    low, high = bounds_mm(grid)
    row = {"PatientID": name}
    for axis, first, last in zip("xyz", low.tolist(), high.tolist(), strict=True):
        row |= {f"{axis}1": f"{first:.3f}", f"{axis}2": f"{last:.3f}"}
    return row
