"""True labels on a network's grid."""

from __future__ import annotations

import logging

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from shared.grid import Grid
from shared.resample import average, crop
from shared.spec import Spec
from training.data.patient import DataError

log = logging.getLogger(__name__)

CHANCE_PATIENTS = 10
"""From so many patients on, none with a label is no chance."""


def labels_on(labels: sitk.Image, grid: Grid, spec: Spec, *, patient_id: str) -> NDArray[np.uint8]:
    """Bring true labels onto a network's grid: each voxel takes the channel that fills most of it.

    Parameters
    ----------
    labels : SimpleITK.Image
        True labels, uint8, on any grid; may be empty.
    grid : Grid
        The network's.
    spec : Spec
        Names the labels' values and channels.
    patient_id : str
        Whose, for messages.

    Returns
    -------
    ndarray, shape (z, y, x), uint8
        Channel numbers, 0 for background.

    Raises
    ------
    DataError
        If the truth holds a value that the spec gives no name.
    """
    require_named(values_in(labels), spec, patient_id=patient_id)
    channels = np.array([0, *(label.channel for label in spec.labels)], dtype=np.uint8)
    winner: NDArray[np.uint8] = channels[
        fullest(labels, grid, values=tuple(label.value for label in spec.labels))
    ]
    return winner


def fullest(labels: sitk.Image, grid: Grid, *, values: tuple[int, ...]) -> NDArray[np.intp]:
    """Tell what fills most of each voxel of a grid.

    Returns
    -------
    ndarray, shape (z, y, x)
        0 for background, else one more than the value's position in `values`.
    """
    # What the grid needs, and no more: whole bodies as float take gigabytes.
    part = crop(labels, grid)
    if part is None or not values:
        return np.zeros(grid.shape_zyx, dtype=np.intp)
    shares = [
        sitk.GetArrayFromImage(
            average(
                sitk.Cast(part == value, sitk.sitkFloat32),
                grid,
                interpolation="linear",
                outside=0.0,
            )
        )
        for value in values
    ]
    background = 1.0 - np.sum(shares, axis=0)
    winner: NDArray[np.intp] = np.argmax([background, *shares], axis=0)
    return winner


def values_in(labels: sitk.Image) -> tuple[int, ...]:
    """Return the values of a label image, background left out, smallest first."""
    array = sitk.GetArrayViewFromImage(labels)
    counts = np.zeros(256, dtype=np.int64)
    for plane in array:
        # Most planes are empty, which is seen faster than counted.
        if plane.any():
            counts += np.bincount(plane.ravel(), minlength=256)
    return tuple(value for value in np.flatnonzero(counts).tolist() if value)


def require_named(values: tuple[int, ...], spec: Spec, *, patient_id: str) -> None:
    """Refuse a patient's label values that a spec gives no name.

    Raises
    ------
    DataError
        Naming the patient, the values and what the spec knows.
    """
    named = {label.value: label.name for label in spec.labels}
    strange = [value for value in values if value not in named]
    if strange:
        known = ", ".join(f"{value} ({name})" for value, name in sorted(named.items()))
        raise DataError(
            f"{patient_id}: expected labels {known}, found {', '.join(map(str, strange))}"
        )


def require_all_seen(seen: set[int], spec: Spec, *, patients: int) -> None:
    """Refuse data in which no patient has one of a spec's labels: it could not be learned.

    Among fewer than `CHANCE_PATIENTS`, as in a trial of the parts, it is a warning only: every
    tenth patient has no nodes.

    Raises
    ------
    DataError
        Naming the labels.
    """
    never = [f"{label.name} ({label.value})" for label in spec.labels if label.value not in seen]
    if not never:
        return
    told = (
        f"labels: expected {', '.join(never)} in some patient's truth, "
        f"found it in none of {patients}"
    )
    if patients >= CHANCE_PATIENTS:
        raise DataError(told)
    log.warning("%s", told)
