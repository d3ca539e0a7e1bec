"""The components of a mask, each measured: volume, uptake, density, roundness, dose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import dist, pi

import numpy as np
import SimpleITK as sitk

from shared.grid import Grid, Point
from shared.resample import resample

GTVP, GTVN = 1, 2

TISSUE_HU = (-200.0, 300.0)
"""Limits of a lesion's CT values: streaks of metal, and air at its rim, would outweigh tissue."""

_UNREACHED_GY = -1000.0
"""Stands for "the dose map does not reach here", where 0 Gy would be a dose."""


@dataclass(frozen=True)
class Lesion:
    """One 26-connected component of one label.

    Attributes
    ----------
    label : int
        1 primary tumour, 2 lymph node.
    volume_ml, suvmax, suvmean : float
        Its size and uptake.
    hu_mean : float
        Mean of its CT values, each limited to `TISSUE_HU`.
    roundness : float
        Variance of a ball of its volume over its own variance of place: 1 for a ball, less for what
        is long, bent or spread out. Unlike a surface it does not follow the voxels' edges.
    centre_mm : tuple of float
        Centroid, LPS.
    dose_gy : float or None
        Mean dose, Gy; None without a map, or where it does not reach all of the lesion.
    """

    label: int
    volume_ml: float
    suvmax: float
    suvmean: float
    hu_mean: float
    roundness: float
    centre_mm: Point
    dose_gy: float | None = None

    @property
    def glycolysis(self) -> float:
        """Volume times mean uptake, ml SUV; not below 0."""
        return max(0.0, self.suvmean) * self.volume_ml

    @property
    def core_ratio(self) -> float:
        """Mean over highest uptake, lower with a cold core; 0 without uptake."""
        return max(0.0, self.suvmean) / self.suvmax if self.suvmax > 0.0 else 0.0


def find_lesions(
    labels: sitk.Image,
    *,
    pet_suv: sitk.Image,
    ct_hu: sitk.Image,
    dose_gy: sitk.Image | None = None,
) -> tuple[Lesion, ...]:
    """List the connected components of every label, largest first within a label.

    Parameters
    ----------
    labels : SimpleITK.Image
        uint8 on any grid; its spacing gives the volumes.
    pet_suv, ct_hu : SimpleITK.Image
        PET and CT on any grids, SUV and HU; read at the mask's voxels by linear interpolation.
    dose_gy : SimpleITK.Image, optional
        Dose map, Gy, read in the same way. It is not registered: where its frame is the planning
        CT's, which is only roughly that of PET and CT, doses at its steep edges are rough too.
    """
    box = label_box(labels)
    if box is None:
        return ()
    z, y, x = box
    labels = labels[x, y, z]
    grid = Grid.of(labels)
    uptake = resample(pet_suv, grid, interpolation="linear", outside=0.0)
    tissue = sitk.Clamp(
        resample(ct_hu, grid, interpolation="linear", outside=TISSUE_HU[0]),
        lowerBound=TISSUE_HU[0],
        upperBound=TISSUE_HU[1],
    )
    dose = None
    if dose_gy is not None:
        dose = resample(dose_gy, grid, interpolation="linear", outside=_UNREACHED_GY)
    found: list[Lesion] = []
    values = np.unique(sitk.GetArrayViewFromImage(labels)).tolist()
    for label in (value for value in values if value != 0):
        components = sitk.RelabelComponent(sitk.ConnectedComponent(labels == label, True))
        found += _measured(components, label, uptake=uptake, tissue=tissue, dose=dose)
    return tuple(found)


def _measured(
    components: sitk.Image,
    label: int,
    *,
    uptake: sitk.Image,
    tissue: sitk.Image,
    dose: sitk.Image | None,
) -> list[Lesion]:
    """Measure numbered components, all images on one grid."""
    on_pet, on_ct = (_statistics(components, image) for image in (uptake, tissue))
    doses = {} if dose is None else _doses_gy(components, dose)
    return [
        Lesion(
            label=label,
            volume_ml=on_pet.GetPhysicalSize(number) / 1000.0,
            suvmax=on_pet.GetMaximum(number),
            suvmean=on_pet.GetMean(number),
            hu_mean=on_ct.GetMean(number),
            roundness=_roundness(on_pet, number, components.GetSpacing()),
            centre_mm=on_pet.GetCentroid(number),
            dose_gy=doses.get(number),
        )
        for number in on_pet.GetLabels()
    ]


def _statistics(
    components: sitk.Image, values: sitk.Image
) -> sitk.LabelIntensityStatisticsImageFilter:
    found = sitk.LabelIntensityStatisticsImageFilter()
    found.ComputePerimeterOff()
    found.Execute(components, values)
    return found


def _roundness(
    found: sitk.LabelIntensityStatisticsImageFilter, number: int, spacing_mm: Sequence[float]
) -> float:
    # ITK's moments are of the voxels' middles; each voxel adds its own.
    own_mm2: float = sum(found.GetPrincipalMoments(number)) + sum(s**2 for s in spacing_mm) / 12.0
    radius_mm = (3.0 * found.GetPhysicalSize(number) / (4.0 * pi)) ** (1.0 / 3.0)
    return 0.6 * float(radius_mm**2) / own_mm2


def _doses_gy(components: sitk.Image, dose: sitk.Image) -> dict[int, float]:
    """Return the mean dose of each numbered component that the map reaches everywhere, Gy."""
    on_dose = _statistics(components, dose)
    return {
        number: on_dose.GetMean(number)
        for number in on_dose.GetLabels()
        if on_dose.GetMinimum(number) > _UNREACHED_GY
    }


def label_box(labels: sitk.Image) -> tuple[slice, slice, slice] | None:
    """Return where labels are, as slices (z, y, x) with one voxel of margin; None where nowhere.

    Components are counted in this box: on a whole-body CT the rest is two hundred million zeros.
    """
    present = sitk.GetArrayViewFromImage(labels) != 0
    box = []
    for axis in range(3):
        others = tuple(other for other in range(3) if other != axis)
        where = np.flatnonzero(present.any(axis=others))
        if where.size == 0:
            return None
        box.append(slice(max(0, int(where[0]) - 1), int(where[-1]) + 2))
    z, y, x = box
    return z, y, x


def centre_of(lesions: Sequence[Lesion]) -> Point | None:
    """Return the volume-weighted centroid of all lesions, LPS; None where there is none."""
    if not lesions:
        return None
    weights = [lesion.volume_ml for lesion in lesions]
    x, y, z = np.average([lesion.centre_mm for lesion in lesions], axis=0, weights=weights).tolist()
    return x, y, z


def spread_mm(lesions: Sequence[Lesion]) -> float:
    """Return the largest distance between two lesions' centroids; 0 for fewer than two."""
    pairs = combinations((lesion.centre_mm for lesion in lesions), 2)
    return max((dist(a, b) for a, b in pairs), default=0.0)
