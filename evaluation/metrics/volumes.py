"""How predicted volumes agree with the true ones over patients."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

_Z_95 = 1.96


@dataclass(frozen=True)
class VolumeAgreement:
    """Agreement of volumes over patients.

    Attributes
    ----------
    bias_ml : float
        Mean of prediction minus truth: positive where too much is predicted.
    low_ml, high_ml : float
        Limits of agreement, bias -/+ 1.96 standard deviations of the differences (Bland and
        Altman, Lancet 1986); NaN for fewer than two patients.
    concordance : float
        Lin's concordance correlation coefficient (Biometrics 1989), -1 to 1, higher is better;
        NaN where all volumes are one number.
    relative_bias : float
        Sum of the differences as a part of all true volume; NaN where there is none.
    """

    bias_ml: float
    low_ml: float
    high_ml: float
    concordance: float
    relative_bias: float


def volume_agreement(prediction_ml: ArrayLike, *, truth_ml: ArrayLike) -> VolumeAgreement:
    """Compare volumes over patients.

    Parameters
    ----------
    prediction_ml, truth_ml : array_like, shape (patients,)
        Volumes in ml, 0 where a side has none.

    Raises
    ------
    ValueError
        If the lengths differ or there is no patient.
    """
    p, t = np.asarray(prediction_ml, float), np.asarray(truth_ml, float)
    if p.shape != t.shape or p.ndim != 1 or p.size == 0:
        raise ValueError(f"expected two equal lengths of at least 1, found {p.shape}, {t.shape}")
    differences = p - t
    bias = float(differences.mean())
    spread = _Z_95 * float(differences.std(ddof=1)) if p.size > 1 else float("nan")
    concordance = float("nan")
    # Compared exactly: the variance of equal numbers is not always exactly zero.
    if np.ptp(np.concatenate((p, t))) > 0:
        # Lin's moments divide by n.
        covariance = float(np.mean((p - p.mean()) * (t - t.mean())))
        concordance = 2.0 * covariance / (float(p.var() + t.var()) + bias**2)
    return VolumeAgreement(
        bias_ml=bias,
        low_ml=bias - spread,
        high_ml=bias + spread,
        concordance=concordance,
        relative_bias=float(differences.sum() / t.sum()) if t.sum() > 0 else float("nan"),
    )
