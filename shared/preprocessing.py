"""The only preprocessing: training's data set and the containers both call `prepare`."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from shared.case import Case
from shared.errors import ModelError
from shared.grid import Grid, Point, overlap
from shared.intensity import AIR_HU, normalise
from shared.localise import head_neck_centre_mm
from shared.resample import average, crop
from shared.spec import Box, Channel, Identity, Spec
from shared.steps import step

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class NetworkInput:
    """What a network sees, and where it lies.

    Attributes
    ----------
    tensor : ndarray, shape (1, c, z, y, x), float32
        The channels in the spec's order.
    grid : Grid
        The tensor's lattice in the patient.
    """

    tensor: NDArray[np.float32]
    grid: Grid


def prepare(
    case: Case,
    spec: Spec,
    *,
    centre_mm: Point | None = None,
    segmentation: sitk.Image | None = None,
) -> NetworkInput:
    """Turn a case into a network's image tensor: one resample an image, then its normalisation.

    Parameters
    ----------
    case : Case
        The patient.
    spec : Spec
        What the model expects.
    centre_mm : tuple of float, optional
        Middle of a box region, LPS; by default the head and neck are looked for.
    segmentation : SimpleITK.Image, optional
        Labels on any grid, for models with a segmentation channel.

    Raises
    ------
    ModelError
        If the spec has a segmentation channel and no segmentation is given.
    """
    grid = _target_grid(case, spec, centre_mm)
    with step(log, "resample") as current:
        middle = tuple(round(value) for value in grid.centre_mm)
        current.note = f"{grid.size_xyz} voxels of {grid.spacing_mm} mm around {middle} mm"
        return NetworkInput(_tensor(case, spec, grid, segmentation), grid)


def _target_grid(case: Case, spec: Spec, centre_mm: Point | None) -> Grid:
    if isinstance(spec.region, Box):
        if centre_mm is None:
            with step(log, "locate"):
                centre_mm = head_neck_centre_mm(case.overview)
        return Grid.around(
            centre_mm,
            size_xyz=spec.region.size_xyz,
            spacing_mm=spec.spacing_mm,
            orientation=spec.orientation,
        )
    return overlap(
        Grid.of(case.ct_hu),
        Grid.of(case.pet_suv),
        spacing_mm=spec.spacing_mm,
        orientation=spec.orientation,
    )


def _tensor(
    case: Case, spec: Spec, grid: Grid, segmentation: sitk.Image | None
) -> NDArray[np.float32]:
    """Fill the channels; those that differ in their normalisation alone share one resample."""
    arrays: dict[Channel, NDArray[np.float32]] = {}
    tensor = np.empty((1, len(spec.channels), *grid.shape_zyx), dtype=np.float32)
    for number, channel in enumerate(spec.channels):
        plain = channel.model_copy(update={"normalisation": Identity()})
        if plain not in arrays:
            arrays[plain] = _array_of(case, channel, grid, segmentation)
        tensor[0, number] = normalise(arrays[plain], channel.normalisation)
    return tensor


def _array_of(
    case: Case, channel: Channel, grid: Grid, segmentation: sitk.Image | None
) -> NDArray[np.float32]:
    match channel.source:
        case "ct":
            return _ct(case, channel, grid)
        case "pet":
            return _pet(case, channel, grid)
        case "dose":
            return _dose(case, channel, grid)
        case "segmentation":
            return _segmentation(segmentation, channel, grid)
        case "clicks":
            return _clicks(case, channel, grid)


def _resampled(image: sitk.Image, channel: Channel, grid: Grid, outside: float) -> sitk.Image:
    value = outside if channel.outside is None else channel.outside
    return average(image, grid, interpolation=channel.interpolation, outside=value)


def _array(image: sitk.Image) -> NDArray[np.float32]:
    array: NDArray[np.float32] = sitk.GetArrayFromImage(image).astype(np.float32, copy=False)
    return array


def _at_least(image: sitk.Image, grid: Grid, lower: float) -> sitk.Image:
    """Raise values below `lower` in the part of an image that a grid needs.

    Done on the native voxels: what a scanner pads with (-2048 or -3024 HU, negative uptake) would
    otherwise bleed into its neighbours.
    """
    part = crop(image, grid)
    return image if part is None else sitk.Clamp(part, part.GetPixelID(), lower)


def _ct(case: Case, channel: Channel, grid: Grid) -> NDArray[np.float32]:
    return _array(_resampled(_at_least(case.ct_hu, grid, AIR_HU), channel, grid, AIR_HU))


def _pet(case: Case, channel: Channel, grid: Grid) -> NDArray[np.float32]:
    return _array(_resampled(_at_least(case.pet_suv, grid, 0.0), channel, grid, 0.0))


def _dose(case: Case, channel: Channel, grid: Grid) -> NDArray[np.float32]:
    if case.dose_gy is None:
        return np.zeros(grid.shape_zyx, dtype=np.float32)
    return _array(_resampled(case.dose_gy, channel, grid, 0.0))


def _segmentation(
    segmentation: sitk.Image | None, channel: Channel, grid: Grid
) -> NDArray[np.float32]:
    if segmentation is None:
        raise ModelError("the model has a segmentation channel, but no segmentation was given")
    # In the network's region alone: a whole body's mask has a hundred times its voxels.
    part = crop(segmentation, grid)
    if part is None:
        return np.zeros(grid.shape_zyx, dtype=np.float32)
    chosen = np.isin(sitk.GetArrayViewFromImage(part), channel.labels).astype(np.uint8)
    return _array(_resampled(Grid.of(part).image(chosen), channel, grid, 0.0))


def _clicks(case: Case, channel: Channel, grid: Grid) -> NDArray[np.float32]:
    """Draw each click as a Gaussian of height 1."""
    points = getattr(case.clicks, f"{channel.click}_mm")
    heat = np.zeros(grid.shape_zyx, dtype=np.float32)
    z, y, x = np.meshgrid(*(np.arange(n) for n in grid.shape_zyx), indexing="ij", sparse=True)
    sx, sy, sz = grid.spacing_mm
    for point in points:
        i, j, k = grid.to_index(point).tolist()
        squared_mm = ((x - i) * sx) ** 2 + ((y - j) * sy) ** 2 + ((z - k) * sz) ** 2
        heat = np.maximum(heat, np.exp(-squared_mm / (2.0 * channel.sigma_mm**2)))
    return heat.astype(np.float32)
