import math

import numpy as np
import pytest

from phantom.disease import NODE, PRIMARY, REACTIVE, Lesion
from phantom.profile import Profile

QUANTILES = (5, 25, 50, 75, 95)


def _lesions(profiles: list[Profile], label: int) -> list[Lesion]:
    return [lesion for p in profiles for lesion in p.lesions if lesion.label == label]


def _quantiles(lesions: list[Lesion], name: str) -> np.ndarray:
    return np.percentile([getattr(lesion, name) for lesion in lesions], QUANTILES)


def test_primaries_measure_as_published(profiles: list[Profile]) -> None:
    measured = [lesion for lesion in _lesions(profiles, PRIMARY) if lesion.volume_ml >= 1]
    volumes, uptakes = (_quantiles(measured, name) for name in ("volume_ml", "suv_max"))
    np.testing.assert_allclose(volumes, (2.0, 4.5, 8.2, 16.8, 42.8), rtol=0.15)
    np.testing.assert_allclose(uptakes, (5.1, 8.7, 13.0, 16.5, 23.9), rtol=0.16)


def test_nodes_follow_the_preset(profiles: list[Profile]) -> None:
    # Log-normal (1.5, 1.25) cut below 0.3 ml and above 90 ml: quantiles by hand from its normal.
    nodes = _lesions(profiles, NODE)
    volumes = _quantiles(nodes, "volume_ml")
    np.testing.assert_allclose(volumes, (0.65, 2.0, 4.6, 10.4, 32.6), rtol=0.08)
    assert np.percentile([n.suv_max for n in nodes], 50) == pytest.approx(7.4, rel=0.06)


@pytest.mark.parametrize(("label", "correlation"), [(PRIMARY, 0.53), (NODE, 0.55)])
def test_large_lesions_are_hotter(profiles: list[Profile], label: int, correlation: float) -> None:
    lesions = _lesions(profiles, label)
    logs = np.log([(lesion.volume_ml, lesion.suv_max) for lesion in lesions])
    assert np.corrcoef(logs.T)[0, 1] == pytest.approx(correlation, abs=0.05)


def test_counts_and_absences_are_as_published(profiles: list[Profile]) -> None:
    primaries = [sum(x.label == PRIMARY for x in p.lesions) for p in profiles]
    nodes = np.array([sum(x.label == NODE for x in p.lesions) for p in profiles])
    assert set(primaries) == {0, 1}
    assert primaries.count(0) / len(profiles) == pytest.approx(0.04, abs=0.005)
    assert (nodes == 0).mean() == pytest.approx(0.11, abs=0.01)
    shares = np.bincount(np.minimum(nodes[nodes > 0], 5))[1:] / (nodes > 0).sum()
    np.testing.assert_allclose(shares, (0.60, 0.25, 0.085, 0.04, 0.025), atol=0.012)


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
        large = [x for x in _lesions(groups[hpv], NODE) if x.volume_ml > 1.5]
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
