"""From class probabilities on the network's grid to labels on the CT's."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from shared.errors import ModelError
from shared.grid import Grid
from shared.lesions import label_box
from shared.resample import resample
from shared.spec import Label, Spec


def to_labels(
    probabilities: NDArray[np.float32], network_grid: Grid, *, spec: Spec, onto: Grid
) -> sitk.Image:
    """Resample probabilities onto another grid, once, and decide there; see `likely_labels`.

    Returns
    -------
    SimpleITK.Image
        uint8 on `onto`, 0 for background.
    """
    return placed(likely_labels(probabilities, network_grid, spec=spec, onto=onto), onto)


def likely_labels(
    probabilities: NDArray[np.float32], network_grid: Grid, *, spec: Spec, onto: Grid
) -> sitk.Image | None:
    """Decide in the part of another grid where a label can win: elsewhere it is background.

    Deciding after the resample keeps borders smooth where the target is finer. A whole-body CT has
    a hundred times the voxels of that part.

    Parameters
    ----------
    probabilities : ndarray, shape (k, z, y, x), float32
        One channel a class, on `network_grid`.
    network_grid : Grid
        Where they lie.
    spec : Spec
        Labels and their thresholds.
    onto : Grid
        Usually the CT's.

    Returns
    -------
    SimpleITK.Image or None
        uint8 on a box of `onto`'s voxels; None where no label can win.

    Raises
    ------
    ModelError
        If the network has fewer channels than the labels need.
    """
    _check_channels(probabilities, spec)
    start, stop = _likely_box(probabilities, network_grid, spec, onto)
    if not np.all(stop > start):
        return None
    x, y, z = (stop - start).tolist()
    corner = tuple(onto.to_mm(start).tolist())
    part = Grid((x, y, z), onto.spacing_mm, corner, onto.direction)
    return part.image(_decide(_on(part, probabilities, network_grid, spec), spec))


def placed(part: sitk.Image | None, onto: Grid) -> sitk.Image:
    """Return a grid's labels from those of a box of its voxels; the rest is background."""
    result = np.zeros(onto.shape_zyx, dtype=np.uint8)
    if part is not None:
        start = np.rint(onto.to_index(part.GetOrigin())).astype(int)[::-1]
        labels = sitk.GetArrayViewFromImage(part)
        where = tuple(slice(s, s + n) for s, n in zip(start, labels.shape, strict=True))
        result[where] = labels
    return onto.image(result)


def _check_channels(probabilities: NDArray[np.float32], spec: Spec) -> None:
    needed = max(label.channel for label in spec.labels) + 1
    if any(label.threshold is None for label in spec.labels):
        needed = max(needed, 2)  # a lone channel beats every other one everywhere
    if probabilities.shape[0] < needed:
        raise ModelError(
            f"expected at least {needed} output channels for the labels, "
            f"found {probabilities.shape[0]}"
        )


def _likely_box(
    probabilities: NDArray[np.float32], grid: Grid, spec: Spec, onto: Grid
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return start and stop (x, y, z) of the part of `onto` where a label can win."""
    low = min((label.threshold or 0.5) for label in spec.labels) / 4.0
    # Among k classes the winner has at least 1 / k.
    low = min(low, 0.5 / probabilities.shape[0])
    likely = np.max([probabilities[label.channel] for label in spec.labels], axis=0) > low
    z, y, x = np.nonzero(likely)
    if z.size == 0:
        return np.zeros(3, dtype=np.int64), np.zeros(3, dtype=np.int64)
    low_index = np.array([x.min(), y.min(), z.min()]) - 1.0
    high_index = np.array([x.max(), y.max(), z.max()]) + 1.0
    unit = np.stack(np.meshgrid([0, 1], [0, 1], [0, 1], indexing="ij"), axis=-1).reshape(-1, 3)
    corners = onto.to_index(grid.to_mm(low_index + unit * (high_index - low_index)))
    size = np.asarray(onto.size_xyz)
    start = np.clip(np.floor(corners.min(axis=0)), 0, size).astype(np.int64)
    stop = np.clip(np.ceil(corners.max(axis=0)) + 1, 0, size).astype(np.int64)
    return start, stop


def _on(
    part: Grid, probabilities: NDArray[np.float32], grid: Grid, spec: Spec
) -> NDArray[np.float32]:
    """Resample every channel; beyond the network's grid no label is likely."""
    foreground = {label.channel for label in spec.labels}
    return np.stack(
        [
            sitk.GetArrayFromImage(
                resample(
                    grid.image(channel),
                    part,
                    interpolation="linear",
                    outside=0.0 if number in foreground else 1.0,
                )
            )
            for number, channel in enumerate(probabilities)
        ]
    )


def _decide(probabilities: NDArray[np.float32], spec: Spec) -> NDArray[np.uint8]:
    """Give each voxel the label that wins, or whose threshold it passes (the likelier first)."""
    winner = np.argmax(probabilities, axis=0)
    result = np.zeros(winner.shape, dtype=np.uint8)
    best = np.zeros(winner.shape, dtype=np.float32)
    for label in spec.labels:
        score = probabilities[label.channel]
        passes = winner == label.channel if label.threshold is None else score > label.threshold
        take = passes & (score > best)
        result[take] = label.value
        best[take] = score[take]
    return result


def clean(labels: sitk.Image, *, spec: Spec, pet_suv: sitk.Image) -> sitk.Image:
    """Drop components that are too small, too faint or too many.

    Parameters
    ----------
    labels : SimpleITK.Image
        uint8 labels on any grid.
    spec : Spec
        Each label's rules.
    pet_suv : SimpleITK.Image
        PET on any grid, SUV.

    Returns
    -------
    SimpleITK.Image
        uint8 on the same grid.
    """
    box = label_box(labels)
    if box is None:
        return labels
    z, y, x = box
    part = labels[x, y, z]
    result = sitk.GetArrayFromImage(labels)
    uptake: sitk.Image | None = None
    if any(label.minimum_suvmax > 0.0 for label in spec.labels):
        uptake = resample(pet_suv, Grid.of(part), interpolation="linear", outside=0.0)
    for label in spec.labels:
        components = sitk.RelabelComponent(
            sitk.ConnectedComponent(part == label.value, True), sortByObjectSize=True
        )
        dropped = _dropped(components, label, uptake)
        if dropped:
            result[box][np.isin(sitk.GetArrayFromImage(components), dropped)] = 0
    return Grid.of(labels).image(result)


def _dropped(components: sitk.Image, label: Label, uptake: sitk.Image | None) -> list[int]:
    """Return the numbers of the components that a label's rules drop; 1 is the largest.

    What is too small or too faint does not count among the largest that stay.
    """
    if uptake is None:
        shapes = sitk.LabelShapeStatisticsImageFilter()
        shapes.Execute(components)
    else:
        shapes = sitk.LabelIntensityStatisticsImageFilter()
        shapes.Execute(components, uptake)
    dropped, kept = [], 0
    for number in shapes.GetLabels():
        small = shapes.GetPhysicalSize(number) < label.minimum_ml * 1000.0
        faint = label.minimum_suvmax > 0.0 and shapes.GetMaximum(number) < label.minimum_suvmax
        if small or faint or kept == label.maximum_components:
            dropped.append(number)
        else:
            kept += 1
    return dropped
