import math

import numpy as np
import pytest

from phantom.disease.drawing import CYSTIC_FROM_ML, NODE, PRIMARY, REACTIVE, Lesion
from phantom.profile import Profile

QUANTILES = (5, 25, 50, 75, 95)
PUBLISHED = {
    # Of the components of at least 1 ml.
    (PRIMARY, "volume_ml"): (2.0, 4.5, 8.2, 16.8, 42.8),
    (PRIMARY, "suv_max"): (5.1, 8.7, 13.0, 16.5, 23.9),
    (NODE, "volume_ml"): (1.17, 2.0, 5.7, 15.4, 38.9),
    (NODE, "suv_max"): (2.7, 5.2, 8.6, 12.5, 19.0),
}


def _lesions(profiles: list[Profile], label: int) -> list[Lesion]:
    return [lesion for p in profiles for lesion in p.lesions if lesion.label == label]


def _measured(profiles: list[Profile], label: int) -> list[Lesion]:
    return [lesion for lesion in _lesions(profiles, label) if lesion.volume_ml >= 1]


@pytest.mark.parametrize(("label", "name"), PUBLISHED)
def test_lesions_measure_as_published(profiles: list[Profile], label: int, name: str) -> None:
    values = [getattr(lesion, name) for lesion in _measured(profiles, label)]
    found = np.percentile(values, QUANTILES)
    np.testing.assert_allclose(found, PUBLISHED[label, name], rtol=0.07)


def test_a_patients_nodes_add_up_to_the_published_volume(profiles: list[Profile]) -> None:
    totals = [
        sum(x.volume_ml for x in p.lesions if x.label == NODE)
        for p in profiles
        if any(x.label == NODE and x.volume_ml >= 1 for x in p.lesions)
    ]
    assert np.median(totals) == pytest.approx(14.1, rel=0.06)
    assert np.percentile(totals, 90) == pytest.approx(42.6, rel=0.12)


@pytest.mark.parametrize(("label", "correlation"), [(PRIMARY, 0.53), (NODE, 0.55)])
def test_large_lesions_are_hotter(profiles: list[Profile], label: int, correlation: float) -> None:
    lesions = _measured(profiles, label)
    logs = np.log([(lesion.volume_ml, lesion.suv_max) for lesion in lesions])
    assert np.corrcoef(logs.T)[0, 1] == pytest.approx(correlation, abs=0.05)


def test_counts_and_absences_are_as_published(profiles: list[Profile]) -> None:
    def counts(label: int, least_ml: float) -> np.ndarray:
        return np.array(
            [sum(x.label == label and x.volume_ml >= least_ml for x in p.lesions) for p in profiles]
        )

    for label, absent in ((PRIMARY, 0.040), (NODE, 0.111)):
        assert (counts(label, 0.0) == 0).mean() == pytest.approx(absent, abs=0.01)
    # Components of at least 1 ml of 676 patients.
    for label, published in ((PRIMARY, (64, 608, 4)), (NODE, (104, 342, 144, 49, 23, 14))):
        found = np.bincount(np.minimum(counts(label, 1.0), len(published) - 1))
        np.testing.assert_allclose(
            found / len(profiles), np.array(published) / sum(published), atol=0.012
        )


def test_reactive_nodes_are_small_and_mild(profiles: list[Profile]) -> None:
    reactive = _lesions(profiles, REACTIVE)
    assert len(reactive) / len(profiles) == pytest.approx(2.0, abs=0.05)
    diameters = [2 * lesion.radius_mm for lesion in reactive]
    assert min(diameters) > 4.9
    assert max(diameters) < 10.1
    assert max(lesion.suv_max for lesion in reactive) <= 3.5


def test_hpv_shifts_the_disease_as_published(profiles: list[Profile]) -> None:
    groups = {hpv: [p for p in profiles if p.clinical.hpv_positive is hpv] for hpv in (True, False)}

    def gap(label: int, name: str) -> float:
        means = [
            np.mean(np.log([getattr(x, name) for x in _lesions(groups[hpv], label)]))
            for hpv in (True, False)
        ]
        return float(means[0] - means[1])

    assert gap(PRIMARY, "volume_ml") == pytest.approx(-0.4, abs=0.09)
    assert gap(PRIMARY, "suv_max") == pytest.approx(-0.25, abs=0.06)
    assert gap(NODE, "volume_ml") == pytest.approx(0.3, abs=0.12)
    assert gap(NODE, "suv_max") == pytest.approx(0.25, abs=0.07)
    for hpv, share in ((True, 0.37), (False, 0.10)):
        large = [x for x in _lesions(groups[hpv], NODE) if x.volume_ml > CYSTIC_FROM_ML]
        assert np.mean([x.cystic for x in large]) == pytest.approx(share, abs=0.03)


def test_labelled_lesions_keep_apart(profiles: list[Profile]) -> None:
    touching = pairs = 0
    for profile in profiles[:4000]:
        labelled = [lesion for lesion in profile.lesions if lesion.label != REACTIVE]
        for i, one in enumerate(labelled):
            for other in labelled[:i]:
                pairs += 1
                distance = math.dist(one.centre_mm, other.centre_mm)
                touching += distance < one.radius_mm + other.radius_mm
    assert pairs > 4000
    assert touching / pairs < 0.02
