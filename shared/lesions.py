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
]


@dataclass(frozen=True)
class Lesion:
    """One 26-connected component of one label.

    Attributes
    ----------
    label : int
        1 primary tumour, 2 lymph node.
    volume_ml, suvmax, suvmean : float
        Its size and uptake.
    centre_mm : tuple of float
        Centroid, LPS.
    """

    label: int
    volume_ml: float
    suvmax: float
    suvmean: float
    centre_mm: Point


def find_lesions(labels: sitk.Image, *, pet_suv: sitk.Image) -> tuple[Lesion, ...]:
    """List the connected components of every label, largest first within a label.

    Parameters
    ----------
    labels : SimpleITK.Image
        uint8 on any grid; its spacing gives the volumes.
    pet_suv : SimpleITK.Image
        PET on any grid, SUV; read at the mask's voxels by linear interpolation.
    """
    box = label_box(labels)
    if box is None:
        return ()
    z, y, x = box
    labels = labels[x, y, z]
    uptake = resample(pet_suv, Grid.of(labels), interpolation="linear", outside=0.0)
    found: list[Lesion] = []
    values = np.unique(sitk.GetArrayViewFromImage(labels)).tolist()
    for label in (value for value in values if value != 0):
        components = sitk.RelabelComponent(sitk.ConnectedComponent(labels == label, True))
        statistics = sitk.LabelIntensityStatisticsImageFilter()
        statistics.Execute(components, uptake)
        found += [
            Lesion(
                label=label,
                volume_ml=statistics.GetPhysicalSize(number) / 1000.0,
                suvmax=statistics.GetMaximum(number),
                suvmean=statistics.GetMean(number),
                centre_mm=statistics.GetCentroid(number),
            )
            for number in statistics.GetLabels()
        ]
    return tuple(found)


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

    Volumes and total lesion glycolysis (volume times mean uptake, ml SUV) are ln(1 + value); a
    label without lesions has volume, uptake and count 0.

    Returns
    -------
    ndarray, shape (len(features),), float32
    """
    of = {label: [lesion for lesion in lesions if lesion.label == label] for label in (GTVP, GTVN)}
    values: dict[LesionFeature, float] = {
        "log_gtvp_ml": log1p(sum(lesion.volume_ml for lesion in of[GTVP])),
        "log_gtvn_ml": log1p(sum(lesion.volume_ml for lesion in of[GTVN])),
        "gtvp_suvmax": max((lesion.suvmax for lesion in of[GTVP]), default=0.0),
        "gtvn_suvmax": max((lesion.suvmax for lesion in of[GTVN]), default=0.0),
        "gtvp_count": len(of[GTVP]),
        "gtvn_count": len(of[GTVN]),
        "log_total_lesion_glycolysis": log1p(
            sum(max(0.0, lesion.suvmean) * lesion.volume_ml for lesion in lesions)
        ),
        "spread_mm": spread_mm(lesions),
    }
    return np.array([values[feature] for feature in features], dtype=np.float32)
