"""Patients on paper: how their statistics, by the many thousands, compare with the published."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluation.metrics.calls import roc_auc
from evaluation.metrics.survival import concordance_index
from phantom.disease.drawing import PRIMARY
from phantom.profile import draw_profile
from phantom.report import published as known
from phantom.report.calibration import (
    LESION_TOLERANCE,
    clinical_checks,
    lesion_checks,
    share_check,
)
from phantom.report.checks import Check, Tolerance, share_of_published
from phantom.report.predict import cross_validated
from phantom.report.sample import Row, Sample, drawn_row, make_sample
from phantom.report.visible import image_findings

FEWEST = 50
"""Too few patients on paper for any of the figures."""


@dataclass(frozen=True)
class Drawn:
    """Patients on paper, their figures and what can be foretold of them.

    Attributes
    ----------
    sample : Sample
        Their figures.
    primary_suv : dict of centre to ndarray
        SUVmax of the primaries of at least 1 ml.
    hpv : ndarray of bool, shape (n,)
        True HPV status.
    hpv_score : ndarray of float, shape (n,)
        Cross-validated score from what an image shows; higher means HPV positive.
    log_risk : ndarray of float, shape (n,)
        True log risk of a relapse.
    hpv_auc, concordance : float
        Of that score with the status, and of the true risk with the recorded relapses.
    """

    sample: Sample
    primary_suv: dict[str, NDArray[np.float64]]
    hpv: NDArray[np.bool_]
    hpv_score: NDArray[np.float64]
    log_risk: NDArray[np.float64]
    hpv_auc: float
    concordance: float


def draw_many(seed: int, number: int) -> Drawn:
    """Draw patients ``0 .. number - 1`` of a cohort on paper.

    Raises
    ------
    ValueError
        There are too few for a statistic.
    """
    if number < FEWEST:
        raise ValueError(f"need at least {FEWEST} drawn patients, got {number}")
    profiles = [draw_profile(seed, index) for index in range(number)]
    rows = [drawn_row(profile) for profile in profiles]
    sample = make_sample(rows)
    hpv = np.array([profile.clinical.hpv_positive for profile in profiles])
    score = cross_validated(image_findings(profiles), hpv)
    seen = ~np.isnan(sample.columns["Relapse"])
    risk = np.array([profile.outcome.log_risk for profile in profiles])
    index = concordance_index(
        risk[seen], time_days=sample.known("RFS"), event=sample.known("Relapse")
    )
    return Drawn(sample, _primary_suv(rows), hpv, score, risk, roc_auc(score, truth=hpv), index)


def drawn_checks(drawn: Drawn) -> tuple[Check, ...]:
    """Compare patients on paper with the published figures."""
    sample = drawn.sample
    return (
        *lesion_checks(sample, Tolerance()),
        *clinical_checks(sample, Tolerance(), Tolerance(points=0.02)),
        *_missing_checks(sample),
        *_relapse_checks(sample),
        *_uptake_checks(drawn),
        _range_check("HPV from image findings, AUC", drawn.hpv_auc, known.HPV_AUC, known.HAIDER),
        _range_check(
            "true risk, concordance", drawn.concordance, known.CONCORDANCE, known.OUTCOME_RANGE
        ),
    )


def _range_check(name: str, found: float, limits: tuple[float, float], source: str) -> Check:
    return Check("foretelling", name, None, found, *limits, rule="published range", source=source)


def _missing_checks(sample: Sample) -> Iterator[Check]:
    """One check for each column and centre."""
    for column, shares in known.MISSING.items():
        absent = np.isnan(sample.columns[column])
        for centre, share in zip(known.CENTRES, shares, strict=True):
            here = absent[sample.centres == centre]
            limits = Tolerance().share(share, here.size)
            name = f"{column}, {centre}"
            yield share_check("missing values", name, here, share, limits, known.CLINICAL_TABLE)


def _relapse_checks(sample: Sample) -> Iterator[Check]:
    for centre, share in known.RELAPSE.items():
        limits = share_of_published(share, known.PATIENTS[centre])
        values = sample.columns["Relapse"][sample.centres == centre]
        seen = values[~np.isnan(values)] == 1
        yield share_check("relapse by centre", centre, seen, share, limits, known.CLINICAL_TABLE)


def _primary_suv(rows: Sequence[Row]) -> dict[str, NDArray[np.float64]]:
    return {
        centre: np.array(
            [
                component.suv_max
                for row in rows
                if row.centre == centre
                for component in row.components
                if component.label == PRIMARY and component.counted
            ]
        )
        for centre in known.CENTRES
    }


def _uptake_checks(drawn: Drawn) -> Iterator[Check]:
    for centre, median in known.PRIMARY_SUV_MAX.items():
        values = drawn.primary_suv[centre]
        yield Check(
            group="GTVp SUVmax by centre",
            name=f"{centre}, median",
            published=median,
            found=float(np.median(values)) if values.size else float("nan"),
            low=median * (1 - LESION_TOLERANCE),
            high=median * (1 + LESION_TOLERANCE),
            rule=f"± {LESION_TOLERANCE:.0%}",
            source=known.LESION_TABLE,
            unit="SUV",
        )
