"""What a mask says about the disease, as numbers for risk and HPV networks."""

from __future__ import annotations

from collections.abc import Sequence
from math import log1p
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from shared.lesions import GTVN, GTVP, Lesion, spread_mm

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
    "gtvp_dose_gy",
    "gtvn_dose_gy",
    "dose_known",
]

DOSE_FEATURES: tuple[LesionFeature, ...] = ("gtvp_dose_gy", "gtvn_dose_gy", "dose_known")

UNKNOWN = float("nan")
"""Of a label that is absent, or where no dose map reaches; networks of `training` take the mean."""

CYSTIC_FROM_ML = 1.5
"""Of smaller nodes the CT's mean is that of their rim, and tells nothing of fluid."""

BELIEVABLE_GY = (30.0, 100.0)
"""Limits of the mean dose of all lesions.

Below, a map shows no curative plan, or lies elsewhere: loaders of the data set leave such maps out.
Above, it is in another unit: 66 to 70 Gy are prescribed, and no voxel should have over 110 %.
"""


def lesion_vector(
    lesions: Sequence[Lesion], features: Sequence[LesionFeature]
) -> NDArray[np.float32]:
    """Describe all lesions by chosen features, NaN where there is nothing to measure.

    Volumes and glycolysis are ln(1 + value). Means over a label's lesions weigh by volume. Of a
    label without lesions the count, the volumes and the glycolysis are 0, and all else is unknown:
    0 would be colder than any lesion, and its HU those of water. `gtvn_hu_lowest` is the lowest
    mean of a node, of those of `CYSTIC_FROM_ML` or more where there are any; `gtvn_core_ratio` mean
    over highest uptake of the largest node, `gtvp_roundness` that of the largest primary.

    Doses are means in Gy of all lesions of a label. `dose_known` is 1 where a map reaches all
    lesions whole and their mean is in `BELIEVABLE_GY`; else it is 0, and the doses are unknown. The
    map may lie in the planning CT's frame, which is only roughly that of the mask.

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
        "gtvn_hu_lowest": min((node.hu_mean for node in told), default=UNKNOWN),
        "gtvn_core_ratio": nodes[0].core_ratio if nodes else UNKNOWN,
        "gtvp_roundness": primaries[0].roundness if primaries else UNKNOWN,
        **_doses(primaries, nodes),
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
        f"{name}_suvmax": max((lesion.suvmax for lesion in lesions), default=UNKNOWN),
        f"{name}_suvmean": _mean([lesion.suvmean for lesion in lesions], volumes),
        f"{name}_hu_mean": _mean([lesion.hu_mean for lesion in lesions], volumes),
        f"log_{name}_tlg": log1p(sum(lesion.glycolysis for lesion in lesions)),
    }


def _doses(primaries: Sequence[Lesion], nodes: Sequence[Lesion]) -> dict[str, float]:
    lesions = [*primaries, *nodes]
    reached = bool(lesions) and all(lesion.dose_gy is not None for lesion in lesions)
    low, high = BELIEVABLE_GY
    known = reached and low <= _mean_dose_gy(lesions) <= high
    return {
        "gtvp_dose_gy": _mean_dose_gy(primaries) if known else UNKNOWN,
        "gtvn_dose_gy": _mean_dose_gy(nodes) if known else UNKNOWN,
        "dose_known": float(known),
    }


def _mean_dose_gy(lesions: Sequence[Lesion]) -> float:
    reached = [
        (lesion.dose_gy, lesion.volume_ml) for lesion in lesions if lesion.dose_gy is not None
    ]
    return _mean([dose_gy for dose_gy, _ in reached], [ml for _, ml in reached])


def _mean(values: Sequence[float], weights: Sequence[float]) -> float:
    return float(np.average(values, weights=weights)) if values else UNKNOWN
