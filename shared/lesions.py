"""What a mask says about the disease: volume, uptake, count and spread of its components."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import dist, log1p
from typing import Literal

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from shared.grid import Grid, Point
from shared.resample import resample

GTVP, GTVN = 1, 2

LesionFeature = Literal[
    "log_gtvp_ml",
    "log_gtvn_ml",
    "gtvp_suvmax",
    "gtvn_suvmax",
    "gtvp_count",
    "gtvn_count",
    "log_total_lesion_glycolysis",
    "spread_mm",
    "gtvp_suvmean",
    "gtvn_suvmean",
    "log_gtvp_tlg",
    "log_gtvn_tlg",
    "log_largest_gtvn_ml",
    "gtvp_hu_mean",
    "gtvn_hu_mean",
    "gtvn_hu_lowest",
    "gtvn_core_ratio",
    "gtvp_roundness",
]

TISSUE_HU = (-200.0, 300.0)
"""Limits of a lesion's CT values: streaks of metal, and air at its rim, would outweigh tissue."""
CYSTIC_FROM_ML = 1.5
"""Of smaller nodes the CT's mean is that of their rim, and tells nothing of fluid."""


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
        Surface of the ball of its volume over its own surface, 1 for a ball and above for a few
        voxels; the surface is ITK's estimate by the Crofton formula (Lehmann and Legland 2012).
    centre_mm : tuple of float
        Centroid, LPS.
    """

    label: int
    volume_ml: float
    suvmax: float
    suvmean: float
    hu_mean: float
    roundness: float
    centre_mm: Point

    @property
    def glycolysis(self) -> float:
        """Volume times mean uptake, ml SUV; not below 0."""
        return max(0.0, self.suvmean) * self.volume_ml

    @property
    def core_ratio(self) -> float:
        """Mean over highest uptake, lower with a cold core; 0 without uptake."""
        return max(0.0, self.suvmean) / self.suvmax if self.suvmax > 0.0 else 0.0


def find_lesions(
    labels: sitk.Image, *, pet_suv: sitk.Image, ct_hu: sitk.Image
) -> tuple[Lesion, ...]:
    """List the connected components of every label, largest first within a label.

    Parameters
    ----------
    labels : SimpleITK.Image
        uint8 on any grid; its spacing gives the volumes.
    pet_suv, ct_hu : SimpleITK.Image
        PET and CT on any grids, SUV and HU; read at the mask's voxels by linear interpolation.
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
    found: list[Lesion] = []
    values = np.unique(sitk.GetArrayViewFromImage(labels)).tolist()
    for label in (value for value in values if value != 0):
        components = sitk.RelabelComponent(sitk.ConnectedComponent(labels == label, True))
        found += _measured(components, label, uptake=uptake, tissue=tissue)
    return tuple(found)


def _measured(
    components: sitk.Image, label: int, *, uptake: sitk.Image, tissue: sitk.Image
) -> list[Lesion]:
    """Measure numbered components, all three images on one grid."""
    on_pet, on_ct = (sitk.LabelIntensityStatisticsImageFilter() for _ in range(2))
    on_pet.Execute(components, uptake)
    on_ct.Execute(components, tissue)
    return [
        Lesion(
            label=label,
            volume_ml=on_pet.GetPhysicalSize(number) / 1000.0,
            suvmax=on_pet.GetMaximum(number),
            suvmean=on_pet.GetMean(number),
            hu_mean=on_ct.GetMean(number),
            roundness=on_pet.GetRoundness(number),
            centre_mm=on_pet.GetCentroid(number),
        )
        for number in on_pet.GetLabels()
    ]


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


def lesion_vector(
    lesions: Sequence[Lesion], features: Sequence[LesionFeature]
) -> NDArray[np.float32]:
    """Describe all lesions by chosen features.

    Volumes and glycolysis are ln(1 + value). Means over a label's lesions weigh by volume. A label
    without lesions has 0 for all. `gtvn_hu_lowest` is the lowest mean of a node, of those of
    `CYSTIC_FROM_ML` or more where there are any; `gtvn_core_ratio` mean over highest uptake of the
    largest node, `gtvp_roundness` that of the largest primary.

    Returns
    -------
    ndarray, shape (len(features),), float32
    """
    primaries, nodes = _of(lesions, GTVP), _of(lesions, GTVN)
    told = [node for node in nodes if node.volume_ml >= CYSTIC_FROM_ML] or nodes
    values = {
        **_measures("gtvp", primaries),
        **_measures("gtvn", nodes),
        "log_total_lesion_glycolysis": log1p(sum(lesion.glycolysis for lesion in lesions)),
        "spread_mm": spread_mm(lesions),
        "log_largest_gtvn_ml": log1p(max((node.volume_ml for node in nodes), default=0.0)),
        "gtvn_hu_lowest": min((node.hu_mean for node in told), default=0.0),
        "gtvn_core_ratio": nodes[0].core_ratio if nodes else 0.0,
        "gtvp_roundness": primaries[0].roundness if primaries else 0.0,
    }
    return np.array([values[feature] for feature in features], dtype=np.float32)


def _of(lesions: Sequence[Lesion], label: int) -> list[Lesion]:
    return [lesion for lesion in lesions if lesion.label == label]


def _measures(name: str, lesions: Sequence[Lesion]) -> dict[str, float]:
    """Return what is measured alike of both labels, under the label's name."""
    volumes = [lesion.volume_ml for lesion in lesions]
    return {
        f"log_{name}_ml": log1p(sum(volumes)),
        f"{name}_count": len(lesions),
        f"{name}_suvmax": max((lesion.suvmax for lesion in lesions), default=0.0),
        f"{name}_suvmean": _mean([lesion.suvmean for lesion in lesions], volumes),
        f"{name}_hu_mean": _mean([lesion.hu_mean for lesion in lesions], volumes),
        f"log_{name}_tlg": log1p(sum(lesion.glycolysis for lesion in lesions)),
    }


def _mean(values: Sequence[float], weights: Sequence[float]) -> float:
    return float(np.average(values, weights=weights)) if values else 0.0
