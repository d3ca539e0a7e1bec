import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lifelines import KaplanMeierFitter
from lifelines.statistics import multivariate_logrank_test
from lifelines.utils import concordance_index as lifelines_index
from numpy.typing import NDArray

from evaluation.metrics import survival
from evaluation.metrics.survival import concordance_index, kaplan_meier, log_rank
from tests.strategies import few, many

Rows = list[tuple[int, int, bool]]
Columns = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]

cohorts = st.lists(
    st.tuples(st.integers(-3, 3), st.integers(1, 6), st.booleans()), min_size=2, max_size=25
)


def columns(rows: Rows) -> Columns:
    risk, time, event = zip(*rows, strict=True)
    return np.array(risk, float), np.array(time, float), np.array(event)


def index_or_none(risk: NDArray[np.float64], rows: Rows) -> float | None:
    _, time, event = columns(rows)
    try:
        return concordance_index(risk, time_days=time, event=event)
    except ValueError:
        return None


def random_cohort(seed: int, patients: int = 150) -> Columns:
    rng = np.random.default_rng(seed)
    recurs, leaves = rng.exponential(2000.0, patients), rng.uniform(200.0, 3000.0, patients)
    # Whole months make many ties.
    time = np.ceil(np.minimum(recurs, leaves) / 30.0) * 30.0
    return rng.normal(size=patients), time, recurs <= leaves


def test_a_higher_risk_for_the_earlier_event_is_concordant() -> None:
    assert concordance_index([3, 2, 1], time_days=[1, 2, 3], event=[1, 1, 1]) == 1.0
    assert concordance_index([1, 2, 3], time_days=[1, 2, 3], event=[1, 1, 1]) == 0.0


def test_concordance_by_hand() -> None:
    # Pairs: (1,2) yes, (1,3) tie, (1,4) no; patient 2 is censored at 2; (3,4) no.
    value = concordance_index([3, 2, 3, 9], time_days=[1, 2, 3, 4], event=[1, 0, 1, 0])
    assert value == pytest.approx((1 + 0.5 + 0 + 0) / 4)


def test_an_event_and_a_censoring_at_one_time_are_comparable() -> None:
    assert concordance_index([2, 1], time_days=[5, 5], event=[1, 0]) == 1.0
    with pytest.raises(ValueError, match="at least one comparable pair"):
        concordance_index([2, 1], time_days=[5, 5], event=[1, 1])


def test_without_events_no_pair_is_comparable() -> None:
    with pytest.raises(ValueError, match="at least one comparable pair, found none"):
        concordance_index([2, 1], time_days=[5, 6], event=[0, 0])
    with pytest.raises(ValueError, match="at least one comparable pair, found none"):
        concordance_index([], time_days=[], event=[])


@pytest.mark.parametrize("name", ["risk", "time_days", "event"])
def test_nan_is_refused_by_name(name: str) -> None:
    values = {"risk": [2.0, 1.0], "time_days": [1.0, 2.0], "event": [1.0, 1.0]}
    values[name] = [1.0, np.nan]
    with pytest.raises(ValueError, match=f"{name}: expected values without NaN"):
        concordance_index(values["risk"], time_days=values["time_days"], event=values["event"])


def test_other_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="found risk 2, time_days 3, event 3"):
        concordance_index([1, 2], time_days=[1, 2, 3], event=[1, 1, 1])


@many
@given(cohorts)
def test_concordance_agrees_with_lifelines(rows: Rows) -> None:
    risk, time, event = columns(rows)
    try:
        expected = lifelines_index(time, -risk, event)
    except ZeroDivisionError:
        with pytest.raises(ValueError, match="comparable pair"):
            concordance_index(risk, time_days=time, event=event)
        return
    assert concordance_index(risk, time_days=time, event=event) == pytest.approx(expected, abs=1e-9)


def test_a_cohort_compared_in_blocks_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    risk, time, event = random_cohort(3)
    whole = concordance_index(risk, time_days=time, event=event)
    monkeypatch.setattr(survival, "_BLOCK", 7 * len(risk))
    assert concordance_index(risk, time_days=time, event=event) == pytest.approx(whole, abs=1e-12)


@few
@given(cohorts, st.randoms(use_true_random=False))
def test_concordance_knows_order_alone(rows: Rows, random) -> None:  # type: ignore[no-untyped-def]
    risk, _, _ = columns(rows)
    value = index_or_none(risk, rows)
    if value is None:
        return
    assert 0.0 <= value <= 1.0
    assert index_or_none(np.exp(risk) * 7.0 + 2.0, rows) == value
    assert index_or_none(-risk, rows) == pytest.approx(1.0 - value, abs=1e-12)
    assert index_or_none(np.zeros_like(risk), rows) == 0.5
    mixed = random.sample(rows, len(rows))
    assert index_or_none(columns(mixed)[0], mixed) == pytest.approx(value, abs=1e-12)


def test_kaplan_meier_by_hand() -> None:
    # Six patients; day 2: one of 6 recurs; day 3: one of 5 and a censoring; day 5: a censoring;
    # day 7: one of 2; day 9: a censoring.
    curve = kaplan_meier([2, 3, 3, 5, 7, 9], [1, 1, 0, 0, 1, 0])
    assert curve.times_days.tolist() == [0, 2, 3, 5, 7, 9]
    assert curve.at_risk.tolist() == [6, 6, 5, 3, 2, 1]
    assert curve.events.tolist() == [0, 1, 1, 0, 1, 0]
    after = [1, 5 / 6, 5 / 6 * 4 / 5, 2 / 3, 2 / 3 * 1 / 2, 1 / 3]
    np.testing.assert_allclose(curve.survival, after, atol=1e-12)


def test_limits_by_hand() -> None:
    # Greenwood's sum after day 2: 1 / (6 * 5); the share then is 5 / 6.
    curve = kaplan_meier([2, 3, 3, 5, 7, 9], [1, 1, 0, 0, 1, 0])
    spread = 1.959964 * math.sqrt(1 / 30) / -math.log(5 / 6)
    assert curve.low[1] == pytest.approx((5 / 6) ** math.exp(spread), abs=1e-6)
    assert curve.high[1] == pytest.approx((5 / 6) ** math.exp(-spread), abs=1e-6)
    assert curve.low[0] == curve.high[0] == 1.0


def test_a_curve_holds_between_its_steps() -> None:
    curve = kaplan_meier([2, 3, 3, 5, 7, 9], [1, 1, 0, 0, 1, 0])
    assert [curve.survival_at(day) for day in (0, 1.9)] == [1.0, 1.0]
    assert curve.survival_at(2) == curve.survival_at(2.9) == pytest.approx(5 / 6)
    assert curve.survival_at(9) == pytest.approx(1 / 3)
    assert math.isnan(curve.survival_at(9.1))
    assert [curve.at_risk_at(day) for day in (0, 2, 2.5, 3, 8, 9, 10)] == [6, 6, 5, 5, 1, 1, 0]


def test_once_all_recurred_the_share_stays_0() -> None:
    curve = kaplan_meier([1, 2], [1, 1])
    assert curve.survival_at(100) == 0.0
    assert np.isnan([curve.low[-1], curve.high[-1]]).all()


def test_without_events_nobody_is_lost() -> None:
    curve = kaplan_meier([4, 8], [0, 0])
    assert curve.survival.tolist() == curve.low.tolist() == curve.high.tolist() == [1, 1, 1]


def test_a_recurrence_on_day_0_counts() -> None:
    curve = kaplan_meier([0, 4], [1, 0])
    assert curve.times_days.tolist() == [0, 4]
    assert curve.survival_at(0) == 0.5


def test_a_curve_of_nobody_is_refused() -> None:
    with pytest.raises(ValueError, match="expected at least one patient, found none"):
        kaplan_meier([], [])
    with pytest.raises(ValueError, match="time_days: expected 0 days or more"):
        kaplan_meier([-1], [1])


@pytest.mark.parametrize("seed", range(4))
def test_kaplan_meier_agrees_with_lifelines(seed: int) -> None:
    _, time, event = random_cohort(seed)
    curve, fitter = kaplan_meier(time, event), KaplanMeierFitter().fit(time, event)
    np.testing.assert_array_equal(curve.times_days, fitter.timeline)
    np.testing.assert_allclose(curve.survival, fitter.survival_function_.iloc[:, 0], atol=1e-6)
    for name, mine in (("lower", curve.low), ("upper", curve.high)):
        theirs = fitter.confidence_interval_[f"KM_estimate_{name}_0.95"].to_numpy()
        there = curve.survival > 0
        np.testing.assert_allclose(mine[there], theirs[there], atol=1e-6)


@few
@given(cohorts)
def test_a_curve_falls_within_its_limits(rows: Rows) -> None:
    _, time, event = columns(rows)
    curve = kaplan_meier(time, event)
    assert (np.diff(curve.survival) <= 0).all()
    there = curve.survival > 0
    assert (curve.low[there] <= curve.survival[there]).all()
    assert (curve.survival[there] <= curve.high[there]).all()
    assert (curve.low[there] >= 0).all()
    assert (curve.high[there] <= 1).all()
    assert curve.events.sum() == event.sum()


def test_log_rank_by_hand() -> None:
    # Group a recurs on days 1 and 2, b on day 3 and is censored on day 4.
    # Expected in a: 2 of 4 at risk on day 1, 1 of 3 on day 2, 0 of 2 on day 3; observed 2.
    # Variance: 1/2 * 1/2 on day 1, 1/3 * 2/3 on day 2, 0 on day 3.
    found = log_rank(["a", "a", "b", "b"], time_days=[1, 2, 3, 4], event=[1, 1, 1, 0])
    statistic = (2 - 1 / 2 - 1 / 3) ** 2 / (1 / 4 + 2 / 9)
    assert found.statistic == pytest.approx(statistic, abs=1e-12)
    assert found.degrees == 1
    # A chi-square of one degree is a squared normal.
    assert found.p_value == pytest.approx(math.erfc(math.sqrt(statistic / 2)), abs=1e-12)


def test_log_rank_with_ties_by_hand() -> None:
    # Day 1: one of 2 in a and one of 2 in b recur: expected in a 2 * 2/4 = 1, so no excess;
    # variance 2 * 1/2 * 1/2 * (4 - 2) / (4 - 1). Day 2: one of one in a, none of one in b:
    # expected 1/2, variance 1/4.
    found = log_rank([0, 0, 1, 1], time_days=[1, 2, 1, 2], event=[1, 1, 1, 0])
    assert found.statistic == pytest.approx((1 / 2) ** 2 / (1 / 3 + 1 / 4), abs=1e-12)


@pytest.mark.parametrize("groups", [2, 3, 5])
def test_log_rank_agrees_with_lifelines(groups: int) -> None:
    risk, time, event = random_cohort(groups)
    labels = np.digitize(risk, np.linspace(-1, 1, groups - 1))
    found, theirs = (
        log_rank(labels, time_days=time, event=event),
        multivariate_logrank_test(time, labels, event),
    )
    assert found.statistic == pytest.approx(theirs.test_statistic, abs=1e-6)
    assert found.p_value == pytest.approx(theirs.p_value, abs=1e-6)
    assert found.degrees == groups - 1


def test_a_group_that_left_before_the_first_event_adds_nothing() -> None:
    time, event = [1, 2, 3, 4], [1, 1, 1, 0]
    alone = log_rank([0, 0, 1, 1], time_days=time, event=event)
    beside = log_rank([0, 0, 1, 1, 2], time_days=[*time, 0.5], event=[*event, 0])
    assert beside.statistic == pytest.approx(alone.statistic, abs=1e-9)


def test_one_group_or_no_event_is_refused() -> None:
    with pytest.raises(ValueError, match="found 1 groups, 2 events"):
        log_rank([0, 0], time_days=[1, 2], event=[1, 1])
    with pytest.raises(ValueError, match="found 2 groups, 0 events"):
        log_rank([0, 1], time_days=[1, 2], event=[0, 0])


@few
@given(cohorts, st.randoms(use_true_random=False))
def test_log_rank_knows_neither_names_nor_order(rows: Rows, random) -> None:  # type: ignore[no-untyped-def]
    group, time, event = columns(rows)
    if not event.any() or len(set(group)) < 2:
        return
    found = log_rank(group, time_days=time, event=event)
    assert found.statistic >= -1e-9
    assert 0.0 <= found.p_value <= 1.0
    mixed_group, mixed_time, mixed_event = columns(random.sample(rows, len(rows)))
    again = log_rank(-mixed_group, time_days=mixed_time, event=mixed_event)
    assert again.statistic == pytest.approx(found.statistic, abs=1e-6)
