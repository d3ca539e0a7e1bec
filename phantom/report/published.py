"""What is published of HECKTOR's patients, lesions and scans: the figures a report compares with.

Every constant names its source. None of them is ever adjusted to what the generator makes, and
none is read from the generator: typed twice, a slip in either shows.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm

from phantom.disease.curves import log_linear

LESION_TABLE = (
    "Farquhar's lesion table (CC BY 4.0): 676 patients with 1,573 components of at least 1 ml, "
    "measured on the PET grid"
)
CLINICAL_TABLE = "HECKTOR 2026 clinical table, aggregates over 782 patients"
ABSENCE = "segment-pioneers: absent structures among the 782 patients of 2026"
GEOMETRY = "HECKTOR 2022 training scans (n = 524), image data table of the qurit repository"
FINGERPRINT = "nnU-Net fingerprint of the 2025 training set, voxels inside either label"
UNITS = "conversion table for 51 scans in Bq/ml of the 2026 training set; share 3 to 7 %"
HAIDER = "Haider 2020 (PubMed 32399621) and the range of image-only models, AUC 0.75 to 0.83"
OUTCOME_RANGE = "honest C-indices of the challenge's teams, 0.56 to 0.72"
REQUIRED = "requirement of the cohort"
NECK_SECONDS, BODY_SECONDS, PEAK_GB = 10.0, 30.0, 3.0
"""What a patient may cost on one core."""


@dataclass(frozen=True)
class Quantiles:
    """A published distribution, known at some probabilities.

    Attributes
    ----------
    probabilities, values : tuple of float
        Increasing.
    source : str
        Where it is published.
    unit : str
        Of the values; empty for a ratio.
    """

    probabilities: tuple[float, ...]
    values: tuple[float, ...]
    source: str
    unit: str

    def at(self, probability: ArrayLike) -> NDArray[np.float64]:
        """Return the value at any probability in (0, 1), as of a piecewise log-normal."""
        scores = norm.ppf(np.asarray(self.probabilities))
        return log_linear(scores, np.asarray(self.values), norm.ppf(np.asarray(probability)))


_NINE = (0.01, 0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95, 0.99)
_QUARTILES = (0.25, 0.50, 0.75)


def _lesions(values: tuple[float, ...], unit: str) -> Quantiles:
    return Quantiles(_NINE, values, LESION_TABLE, unit)


VOLUME_ML = {
    1: _lesions((1.4, 2.0, 2.5, 4.5, 8.2, 16.8, 31.8, 42.8, 69.7), "ml"),
    2: _lesions((1.04, 1.17, 1.29, 2.0, 5.7, 15.4, 28.6, 38.9, 77.0), "ml"),
}
SUV_MAX = {
    1: _lesions((3.9, 5.1, 6.0, 8.7, 13.0, 16.5, 20.9, 23.9, 31.2), "SUV"),
    2: _lesions((1.7, 2.7, 3.3, 5.2, 8.6, 12.5, 16.2, 19.0, 24.9), "SUV"),
}
MEAN_TO_MAX = {
    1: Quantiles(_QUARTILES, (0.43, 0.56, 0.70), LESION_TABLE, ""),
    2: Quantiles(_QUARTILES, (0.36, 0.53, 0.72), LESION_TABLE, ""),
}
SPHERICITY_MEDIAN = 0.56
TOTAL_NODES_ML = Quantiles((0.5, 0.9), (14.1, 42.6), LESION_TABLE, "ml")
"""Of all nodes of a patient together, among patients with a node of at least 1 ml."""
COUNTED_FROM_ML = 1.0
COUNTS = {1: (64, 608, 4), 2: (104, 342, 144, 49, 23, 14)}
"""Patients with 0, 1, 2 ... components of at least 1 ml (the last: or more), of 676 with any."""
ABSENT = {1: 31 / 782, 2: 87 / 782}
"""Patients without a single voxel of the label."""

AGE_YEARS = Quantiles(_QUARTILES, (53.0, 59.0, 66.0), CLINICAL_TABLE, "years")
RFS_DAYS = Quantiles(_QUARTILES, (715.0, 1295.0, 2546.0), CLINICAL_TABLE, "days")
SHARES = {
    "Gender": ("male", 0.835),
    "Tobacco Consumption": ("tobacco", 0.462),
    "Alcohol Consumption": ("alcohol", 0.638),
    "Treatment": ("chemotherapy", 0.836),
    "HPV Status": ("HPV positive", 533 / 597),
    "Relapse": ("relapse", 148 / 727),
}
"""Columns of the clinical table with the share of ones among the known values."""
PERFORMANCE = (226, 208, 23, 7, 4)

CENTRES = ("CHUM", "CHUP", "CHUS", "MDA", "HGJ", "HMR", "USZ")
PATIENTS = dict(zip(CENTRES, (56, 72, 72, 396, 55, 18, 11), strict=True))
"""Training patients of 2025."""
RELAPSE = dict(zip(CENTRES, (0.125, 0.383, 0.181, 0.191, 0.200, 0.222, 0.545), strict=True))
PRIMARY_SUV_MAX = dict(zip(CENTRES, (10.7, 15.3, 11.4, 12.4, 16.3, 14.2, 13.5), strict=True))
"""Median SUVmax of the primaries by centre, of the table of components."""
MISSING = {
    "Tobacco Consumption": (1.0, 0.0, 1.0, 0.0, 1.0, 1.0, 1.0),
    "Alcohol Consumption": (1.0, 0.0, 1.0, 0.01, 1.0, 1.0, 1.0),
    "Performance Status": (1.0, 0.0, 1.0, 0.11, 1.0, 1.0, 1.0),
    "Treatment": (0.0, 0.0, 0.0, 0.04, 0.0, 0.0, 0.0),
    "HPV Status": (0.61, 0.20, 0.54, 0.02, 0.31, 0.89, 1.0),
}
"""Share of missing values by centre, in the order of `CENTRES`."""

HU = {"mean": 36.5, "median": 41.0, "sd": 46.8, "p0.5": -150.0, "p99.5": 160.0}
HPV_AUC = (0.75, 0.83)
CONCORDANCE = (0.56, 0.72)
PET_MAX_MEDIANS = (14.0, 55.0)
BQML_SHARE = 0.05
