import numpy as np
import pytest
from numpy.typing import NDArray

from phantom.profile import Profile
from phantom.record.centres import CENTRES
from phantom.record.outcome import SHORTEST_DAYS, draw_outcome


def _harrell(
    days: NDArray[np.float64], events: NDArray[np.bool_], risk: NDArray[np.float64]
) -> float:
    """Concordance; 1 where every earlier relapse has the higher risk."""
    comparable = concordant = 0.0
    for i in np.flatnonzero(events):
        later = days > days[i]
        comparable += later.sum()
        concordant += (risk[i] > risk[later]).sum() + 0.5 * (risk[i] == risk[later]).sum()
    return concordant / comparable


def _columns(
    profiles: list[Profile],
) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.float64]]:
    outcomes = [profile.outcome for profile in profiles]
    return (
        np.array([outcome.days for outcome in outcomes]),
        np.array([outcome.relapse for outcome in outcomes]),
        np.array([outcome.log_risk for outcome in outcomes]),
    )


def test_concordance_of_three_patients() -> None:
    # Events at 1 and 2 days, one censored at 3: pairs (1,2) and (1,3) right, (2,3) wrong.
    days, events = np.array([1.0, 2.0, 3.0]), np.array([True, True, False])
    assert _harrell(days, events, np.array([3.0, 1.0, 2.0])) == pytest.approx(2 / 3)


def test_relapses_and_their_dates_are_as_published(profiles: list[Profile]) -> None:
    days, events, _ = _columns(profiles)
    assert events.mean() == pytest.approx(0.204, abs=0.015)
    np.testing.assert_allclose(np.percentile(days, (25, 50, 75)), (715, 1295, 2546), rtol=0.2)
    assert days.mean() == pytest.approx(1639, rel=0.05)
    assert days.min() >= 7
    assert days.max() <= 5888
    assert np.median(days[events]) == pytest.approx(417, rel=0.08)


def test_the_true_risk_orders_patients_as_well_as_it_can(profiles: list[Profile]) -> None:
    days, events, risk = _columns(profiles)
    offsets = np.array([CENTRES[profile.centre].log_risk for profile in profiles])
    assert _harrell(days, events, risk) == pytest.approx(0.70, abs=0.02)
    assert _harrell(days, events, risk - offsets) == pytest.approx(0.685, abs=0.02)
    assert _harrell(days, events, -risk) == pytest.approx(0.30, abs=0.02)


PUBLISHED_RELAPSE = {
    "CHUM": 12.5,
    "CHUP": 38.3,
    "CHUS": 18.1,
    "MDA": 19.1,
    "HGJ": 20.0,
    "HMR": 22.2,
    "USZ": 54.5,
}


@pytest.mark.parametrize("centre", CENTRES)
def test_relapses_by_centre_are_as_published(profiles: list[Profile], centre: str) -> None:
    rate = np.mean([p.outcome.relapse for p in profiles if p.centre == centre])
    assert 100 * rate == pytest.approx(PUBLISHED_RELAPSE[centre], abs=5.5)


def test_a_higher_risk_relapses_oftener_and_earlier() -> None:
    def drawn(risk: float) -> tuple[float, float]:
        rng = np.random.default_rng(0)
        outcomes = [draw_outcome(rng, risk) for _ in range(4000)]
        relapses = [outcome.days for outcome in outcomes if outcome.relapse]
        assert min(outcome.days for outcome in outcomes) >= SHORTEST_DAYS
        return len(relapses) / 4000, float(np.median(relapses))

    (low_rate, low_days), (high_rate, high_days) = drawn(-1.0), drawn(1.0)
    assert high_rate > 2 * low_rate
    assert high_days < 0.9 * low_days
