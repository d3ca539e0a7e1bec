"""Relapse and its date from a patient's true risk.

A mixture cure model: whether a patient would ever relapse is logistic in the log risk, when
is log-normal and earlier at a higher risk, and follow-up censors both. Hazard ratios: HPV
Larsen 2016, tobacco Gillison 2012, volumes Tang 2012; intercepts calibrated to the published
event rate and quartiles.
"""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from phantom.disease.drawing import NODE, PRIMARY, Lesion
from phantom.record.centres import CENTRES
from phantom.record.clinical import AGE_MEAN, AGE_SD, Clinical

LONGEST_DAYS = 5888.0
SHORTEST_DAYS = 7.0
PRIMARY_LOG_ML = (2.01, 1.11)
NODES_LOG_ML = (2.38, 1.16)
"""Mean and standard deviation of the log of the total volume among patients with any."""
_ABSENT_Z = -1.5


@dataclass(frozen=True)
class Outcome:
    """What follow-up saw.

    Attributes
    ----------
    log_risk : float
        True log risk; higher means an earlier and likelier relapse.
    relapse : bool
        Whether a relapse was seen.
    days : float
        From the end of radiotherapy to relapse or last follow-up.
    """

    log_risk: float
    relapse: bool
    days: float


def _volume_z(lesions: tuple[Lesion, ...], label: int, moments: tuple[float, float]) -> float:
    total = sum(lesion.volume_ml for lesion in lesions if lesion.label == label)
    if total == 0:
        return _ABSENT_Z
    return float(np.clip((np.log(total) - moments[0]) / moments[1], -2.5, 2.5))


def log_risk(clinical: Clinical, lesions: tuple[Lesion, ...], centre: str) -> float:
    """Return the true log risk, about zero on average; higher means earlier relapse."""
    return float(
        np.log(0.45) * (clinical.hpv_positive - 0.893)
        + np.log(1.5) * (clinical.tobacco - 0.46)
        + np.log(1.4) * (min(clinical.performance, 2) - 0.6)
        + np.log(1.45) * _volume_z(lesions, PRIMARY, PRIMARY_LOG_ML)
        + np.log(1.35) * _volume_z(lesions, NODE, NODES_LOG_ML)
        + np.log(1.15) * (clinical.age_years - AGE_MEAN) / AGE_SD
        + np.log(0.85) * (clinical.chemotherapy - 0.836)
        + CENTRES[centre].log_risk
    )


def draw_outcome(rng: Generator, risk: float) -> Outcome:
    """Draw relapse and days from the log risk."""
    susceptible = rng.random() < 1 / (1 + np.exp(1.25 - risk))
    onset = rng.lognormal(6.3 - 0.25 * risk, 0.9)
    follow_up = min(rng.lognormal(7.37, 0.7), LONGEST_DAYS)
    relapse = bool(susceptible and onset <= follow_up)
    days = onset if relapse else follow_up
    return Outcome(risk, relapse, float(np.round(max(days, SHORTEST_DAYS))))
