"""What can be told of HPV status from all that a patient shows: images and clinical record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from phantom.disease.drawing import NODE, PRIMARY
from phantom.disease.seats import SITES
from phantom.disk.case import EHR_KEYS
from phantom.profile import Profile, draw_profile
from phantom.record.clinical import Value
from phantom.report.predict import fit_logistic

VISIBLE_SEED, VISIBLE_PATIENTS = 616_000, 10_000
"""The cohort on paper that the visible score is fitted on; nothing else uses its seed."""
_SMALLEST_ML, _LOWEST_SUV = 0.1, 1.0
"""What stands for a lesion that is not there, before the logarithm."""
_TEXTS = {"M0": 0.0, "M1": 1.0}

Numbers = NDArray[np.float64]


def image_findings(profiles: Sequence[Profile]) -> Numbers:
    """Return what an ideal reader of the images knows of each patient, shape (patients, findings).

    Numbers, sizes, uptake, cores and borders of the lesions, and the site of the primary.
    """
    return np.array([_findings(profile) for profile in profiles])


def _findings(profile: Profile) -> list[float]:
    primary = [lesion for lesion in profile.lesions if lesion.label == PRIMARY]
    nodes = [lesion for lesion in profile.lesions if lesion.label == NODE]
    findings = [float(len(nodes))]
    for lesions in (primary, nodes):
        volumes = [lesion.volume_ml for lesion in lesions]
        peaks = [lesion.suv_max for lesion in lesions]
        findings += [
            float(bool(lesions)),
            float(np.log(max(sum(volumes), _SMALLEST_ML))),
            float(np.log(max([*peaks, _LOWEST_SUV]))),
        ]
        findings += [float(any(x.core == core for x in lesions)) for core in ("cystic", "necrotic")]
    findings.append(max((lesion.irregularity for lesion in primary), default=0.0))
    return findings + [float(any(x.place == site for x in primary)) for site in SITES]


def recorded_values(profiles: Sequence[Profile]) -> Numbers:
    """Return the recorded clinical values, shape (patients, columns), NaN where there is none."""
    return np.array(
        [[_number(profile.recorded.values[name]) for name in EHR_KEYS] for profile in profiles]
    )


def _number(value: Value) -> float:
    if value is None:
        return float("nan")
    return _TEXTS[value] if isinstance(value, str) else value


@dataclass(frozen=True)
class VisibleScore:
    """A fitted score; higher means HPV positive.

    Attributes
    ----------
    known : ndarray, shape (columns,)
        Mean of each clinical column where it is recorded, which stands for what is not.
    mean, spread : ndarray, shape (features,)
        Of the patients it was fitted on.
    weights : ndarray, shape (1 + features,)
        Of the logistic regression, the intercept first.
    """

    known: Numbers
    mean: Numbers
    spread: Numbers
    weights: Numbers

    def of(self, profiles: Sequence[Profile]) -> Numbers:
        """Return the log odds of HPV of each patient, shape (patients,)."""
        scaled = (_features(profiles, self.known) - self.mean) / self.spread
        return np.asarray(self.weights[0] + scaled @ self.weights[1:], dtype=np.float64)


def fit_visible(profiles: Sequence[Profile]) -> VisibleScore:
    """Fit a ridge logistic regression of HPV on image findings and recorded clinical values.

    A value that is not recorded is the mean of those that are, and has an indicator beside it.

    Parameters
    ----------
    profiles : sequence of Profile
        Patients on paper; each clinical value is recorded of one of them or more.
    """
    known = np.nanmean(recorded_values(profiles), axis=0)
    features = _features(profiles, known)
    mean, spread = features.mean(axis=0), features.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    hpv = np.array([profile.clinical.hpv_positive for profile in profiles])
    return VisibleScore(known, mean, spread, fit_logistic((features - mean) / spread, hpv))


def _features(profiles: Sequence[Profile], known: Numbers) -> Numbers:
    recorded = recorded_values(profiles)
    missing = np.isnan(recorded)
    return np.column_stack([image_findings(profiles), np.where(missing, known, recorded), missing])


@cache
def visible_score() -> VisibleScore:
    """Return the score fitted on the cohort kept for it: some ten seconds, once a process."""
    return fit_visible([draw_profile(VISIBLE_SEED, index) for index in range(VISIBLE_PATIENTS)])
