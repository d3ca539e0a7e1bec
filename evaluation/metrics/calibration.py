"""Whether predicted probabilities of HPV positive come true."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit
from scipy.stats import norm

from evaluation.metrics.calls import both_classes
from evaluation.metrics.checks import flags, known, same_length
from evaluation.metrics.risk import risk_groups

Floats = NDArray[np.float64]
Bins = Literal["quantile", "width"]
_CERTAIN = 1e-6
"""Probabilities nearer to 0 or 1 than this count as this near: log odds must be finite."""
_STEPS = 50


@dataclass(frozen=True)
class Reliability:
    """Patients binned by predicted probability; bins without patients are left out.

    Attributes
    ----------
    patients : ndarray, shape (m,), int
        Patients of each bin.
    predicted, observed : ndarray, shape (m,)
        Their mean probability and their share of HPV positives; equal when calibrated.
    low, high : ndarray, shape (m,)
        Wilson's 95 % interval of the observed share.
    """

    patients: NDArray[np.int64]
    predicted: Floats
    observed: Floats
    low: Floats
    high: Floats


def reliability(
    probability: ArrayLike, *, truth: ArrayLike, bins: int = 10, by: Bins = "quantile"
) -> Reliability:
    """Bin patients by probability and compare with what was observed.

    Parameters
    ----------
    probability : array_like, shape (n,)
        Of HPV positive, 0 to 1.
    truth : array_like, shape (n,)
        True where the patient is HPV positive; one class alone will do.
    bins : int
        How many, at least two.
    by : {"quantile", "width"}
        Bins of as many patients each, equal probabilities together; or of equal width.

    Raises
    ------
    ValueError
        If there is no patient, lengths differ, a value is NaN or no probability, or bins are too
        few.
    """
    p, y = _checked(probability, truth)
    if bins < 2:
        raise ValueError(f"expected at least two bins, found {bins}")
    of = risk_groups(p, bins) if by == "quantile" else np.minimum((p * bins).astype(int), bins - 1)
    patients = np.bincount(of, minlength=bins)
    full = patients > 0
    n = patients[full]
    predicted = np.bincount(of, weights=p, minlength=bins)[full] / n
    observed = np.bincount(of, weights=y, minlength=bins)[full] / n
    low, high = wilson_interval(observed, n)
    return Reliability(n, predicted, observed, low, high)


def wilson_interval(share: ArrayLike, n: ArrayLike, level: float = 0.95) -> tuple[Floats, Floats]:
    """Return the score interval of a share of n (Wilson 1927), which stays within 0 and 1."""
    p, count = np.asarray(share, dtype=float), np.asarray(n, dtype=float)
    z2 = norm.ppf(0.5 + level / 2.0) ** 2
    centre = (p + z2 / (2.0 * count)) / (1.0 + z2 / count)
    half = np.sqrt(z2 * (p * (1.0 - p) / count + z2 / (4.0 * count**2))) / (1.0 + z2 / count)
    return np.clip(centre - half, 0.0, 1.0), np.clip(centre + half, 0.0, 1.0)


def brier_score(probability: ArrayLike, *, truth: ArrayLike) -> float:
    """Return the mean squared difference of probability and truth; 0 is best (Brier 1950).

    Raises
    ------
    ValueError
        As `reliability`.
    """
    p, y = _checked(probability, truth)
    return float(np.square(p - y).mean())


def expected_calibration_error(found: Reliability) -> float:
    """Return the mean distance of predicted and observed, bins weighing by patients; 0 is best.

    Naeini 2015. It depends on the bins, so name them beside it.
    """
    return float(np.average(np.abs(found.predicted - found.observed), weights=found.patients))


@dataclass(frozen=True)
class CalibrationLine:
    """Observed log odds as a line over predicted log odds; calibrated: intercept 0, slope 1.

    A slope below 1 means probabilities are too extreme.
    """

    intercept: float
    slope: float


def calibration_line(probability: ArrayLike, *, truth: ArrayLike) -> CalibrationLine:
    """Fit the line by maximum likelihood (Cox 1958).

    Parameters
    ----------
    probability, truth : array_like, shape (n,)
        As in `reliability`.

    Raises
    ------
    ValueError
        As `reliability`; also if the truth has only one class, or no line fits best: all
        probabilities are equal, or they part the classes perfectly.
    """
    p, y = _checked(probability, truth)
    both_classes(y)
    odds = logit(np.clip(p, _CERTAIN, 1.0 - _CERTAIN))
    if np.ptp(odds) == 0.0 or _parted(odds, y):
        raise ValueError("expected probabilities that overlap between classes and vary")
    design = np.column_stack([np.ones_like(odds), odds])
    line = np.zeros(2)
    for _ in range(_STEPS):
        fitted = expit(design @ line)
        curvature = design.T @ (design * (fitted * (1.0 - fitted))[:, None])
        step = np.linalg.solve(curvature, design.T @ (y - fitted))
        line += step
        if np.abs(step).max() < 1e-10:
            return CalibrationLine(float(line[0]), float(line[1]))
    raise ValueError(f"expected a fit within {_STEPS} steps, found none")


def _parted(odds: Floats, truth: NDArray[np.bool_]) -> bool:
    lower, upper = odds[~truth], odds[truth]
    return bool(lower.max() <= upper.min() or upper.max() <= lower.min())


def _checked(probability: ArrayLike, truth: ArrayLike) -> tuple[Floats, NDArray[np.bool_]]:
    p, y = known("probability", probability), flags("truth", truth)
    same_length(probability=p, truth=y)
    if p.size == 0:
        raise ValueError("expected at least one patient, found none")
    if p.min() < 0.0 or p.max() > 1.0:
        raise ValueError(f"probability: expected 0 to 1, found {p.min():g} to {p.max():g}")
    return p, y
