"""The clinical table: true values of a patient and what the centre recorded of them.

Distributions are those of the published table (2026 edition, 782 patients); HPV acts on age
and smoking as published.
"""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from phantom.record.centres import CENTRES
from phantom.streams import pick

HPV_POSITIVE = 0.893
AGE_MEAN, AGE_SD, AGE_RANGE = 60.0, 9.2, (32.0, 90.0)
AGE_HPV_YEARS = -1.5
MALE = 0.835
TOBACCO_BY_HPV = {True: 0.43, False: 0.75}
ALCOHOL = 0.638
PERFORMANCE = (226, 208, 23, 7, 4)
CHEMOTHERAPY = 0.836
METASTASIS = 0.015

Value = float | str | None


@dataclass(frozen=True)
class Clinical:
    """True clinical values of one patient, nothing missing."""

    hpv_positive: bool
    age_years: float
    male: bool
    tobacco: bool
    alcohol: bool
    performance: int
    chemotherapy: bool
    metastasis: bool


def draw_clinical(rng: Generator) -> Clinical:
    """Draw one patient's true clinical values."""
    hpv = bool(rng.random() < HPV_POSITIVE)
    mean = AGE_MEAN + AGE_HPV_YEARS * (hpv - HPV_POSITIVE)
    age = float(np.clip(np.round(rng.normal(mean, AGE_SD)), *AGE_RANGE))
    return Clinical(
        hpv_positive=hpv,
        age_years=age,
        male=bool(rng.random() < MALE),
        tobacco=bool(rng.random() < TOBACCO_BY_HPV[hpv]),
        alcohol=bool(rng.random() < ALCOHOL),
        performance=pick(rng, PERFORMANCE),
        chemotherapy=bool(rng.random() < CHEMOTHERAPY),
        metastasis=bool(rng.random() < METASTASIS),
    )


@dataclass(frozen=True)
class Recorded:
    """What the data set's tables hold of a patient.

    Attributes
    ----------
    values : dict
        Columns of the tables by name, None where missing.
    hpv_positive : bool or None
        HPV status where tested.
    followed_up : bool
        Whether relapse and its date are known.
    """

    values: dict[str, Value]
    hpv_positive: bool | None
    followed_up: bool


FOLLOW_UP_MISSING = 0.07


def record(clinical: Clinical, centre: str, rng: Generator) -> Recorded:
    """Drop the values that the centre does not record."""
    preset = CENTRES[centre]
    missing = preset.missing

    def kept(value: float, fraction: float) -> float | None:
        return None if rng.random() < fraction else value

    values: dict[str, Value] = {
        "CenterID": float(preset.centre_id),
        "Age": clinical.age_years,
        "Gender": float(clinical.male),
        "Tobacco Consumption": kept(float(clinical.tobacco), missing.tobacco),
        "Alcohol Consumption": kept(float(clinical.alcohol), missing.alcohol),
        "Performance Status": kept(float(clinical.performance), missing.performance),
        "Treatment": kept(float(clinical.chemotherapy), missing.treatment),
        "M-stage": "M1" if clinical.metastasis else "M0",
    }
    hpv = clinical.hpv_positive if rng.random() >= missing.hpv else None
    return Recorded(values, hpv, bool(rng.random() >= FOLLOW_UP_MISSING))
