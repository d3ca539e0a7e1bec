import math
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import bootstrap as scipy_bootstrap

from evaluation.metrics import intervals
from evaluation.metrics.calls import balanced_accuracy
from evaluation.metrics.intervals import bootstrap, bootstrap_mean, bootstrap_ratio
from evaluation.metrics.survival import concordance_index
from tests.strategies import few


def test_the_interval_holds_the_mean_and_shrinks_with_patients() -> None:
    values = np.random.default_rng(0).normal(0.7, 0.1, 400)
    many, fewer = bootstrap_mean(values), bootstrap_mean(values[:25])
    assert many.low < values.mean() < many.high
    assert fewer.high - fewer.low > 2.0 * (many.high - many.low)
    assert many.draws_used == 2000


def test_of_two_patients_the_share_of_draws_by_hand() -> None:
    # Draws of two from (0, 1): means 0, .5 and 1 with the chances 1/4, 1/2 and 1/4, so the
    # middle 40 % lie at .5 and the middle 60 % reach both ends.
    values = np.array([0.0, 1.0])
    assert (bootstrap_mean(values, level=0.4).low, bootstrap_mean(values, level=0.4).high) == (
        0.5,
        0.5,
    )
    assert (bootstrap_mean(values, level=0.6).low, bootstrap_mean(values, level=0.6).high) == (0, 1)


def test_the_mean_agrees_with_scipy() -> None:
    # Other draws, so it agrees as two resamplings do: within a part of the interval's width.
    values = np.random.default_rng(1).gamma(2.0, 1.0, 100)
    found = bootstrap_mean(values, draws=20_000)
    theirs = scipy_bootstrap(
        (values,), np.mean, n_resamples=20_000, method="percentile", rng=2
    ).confidence_interval
    width = theirs.high - theirs.low
    assert found.low == pytest.approx(theirs.low, abs=0.03 * width)
    assert found.high == pytest.approx(theirs.high, abs=0.03 * width)


def test_shortcuts_draw_the_same_patients(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    above, below = rng.random(30), 1.0 + rng.random(30)
    slow = bootstrap(lambda i: float(above[i].sum() / below[i].sum()), 30, draws=200)
    fast = bootstrap_ratio(above, below, draws=200)
    assert (fast.low, fast.high) == pytest.approx((slow.low, slow.high), abs=1e-12)
    slow = bootstrap(lambda i: float(above[i].mean()), 30, draws=200)
    fast = bootstrap_mean(above, draws=200)
    assert (fast.low, fast.high) == pytest.approx((slow.low, slow.high), abs=1e-12)
    monkeypatch.setattr(intervals, "_BLOCK", 7 * 30)
    blocks = bootstrap_mean(above, draws=200)
    assert blocks.draws_used == 200
    assert abs(blocks.low - fast.low) < 0.2 * (fast.high - fast.low)


def test_a_seed_repeats_and_another_differs() -> None:
    values = np.random.default_rng(4).random(40)
    assert bootstrap_mean(values, seed=1) == bootstrap_mean(values, seed=1)
    assert bootstrap_mean(values, seed=1) != bootstrap_mean(values, seed=2)


def test_patients_without_a_value_are_drawn_and_skipped() -> None:
    values = np.array([0.2, np.nan, 0.4, 0.9, np.nan, 0.7])
    slow = bootstrap(
        lambda i: float(np.nanmean(values[i])) if np.isfinite(values[i]).any() else np.nan, 6
    )
    fast = bootstrap_mean(values)
    assert (fast.low, fast.high) == pytest.approx((slow.low, slow.high), abs=1e-12)
    assert fast.draws_used == slow.draws_used
    nobody = bootstrap_mean([np.nan, np.nan])
    assert math.isnan(nobody.low)
    assert nobody.draws_used == 0


def test_draws_without_a_value_are_left_out_and_counted() -> None:
    # Two of 8 are negative: a draw has none of them with the chance (6/8)^8 = 10 %, and no
    # positive almost never.
    truth = np.array([1, 1, 1, 1, 1, 1, 0, 0])
    call = np.array([1, 1, 0, 1, 1, 1, 0, 1])
    found = bootstrap(lambda i: balanced_accuracy(call[i], truth=truth[i]), 8)
    assert found.draws_used == pytest.approx(2000 * (1 - 0.75**8), abs=60)
    assert 0.0 <= found.low < found.high <= 1.0


def test_too_few_values_give_no_interval() -> None:
    calls = iter(range(10))

    def rarely(_: NDArray[np.int64]) -> float:
        if next(calls) > 3:
            raise ValueError("one class")
        return 1.0

    found = bootstrap(rarely, 5, draws=10)
    assert math.isnan(found.low)
    assert math.isnan(found.high)
    assert found.draws_used == 4


def test_other_errors_are_not_swallowed() -> None:
    def wrong(_: NDArray[np.int64]) -> float:
        raise KeyError("risk")

    with pytest.raises(KeyError, match="risk"):
        bootstrap(wrong, 5)


def test_bad_input_is_named() -> None:
    with pytest.raises(ValueError, match="found 0 patients, 2000 draws"):
        bootstrap_mean([])
    with pytest.raises(ValueError, match="found 2 patients, 0 draws"):
        bootstrap_mean([1.0, 2.0], draws=0)
    with pytest.raises(ValueError, match="level: expected a number between 0 and 1, found 95"):
        bootstrap_mean([1.0, 2.0], level=95)
    with pytest.raises(ValueError, match="found numerator 1, denominator 2"):
        bootstrap_ratio([1.0], [1.0, 2.0])
    with pytest.raises(ValueError, match="numerator: expected values without NaN"):
        bootstrap_ratio([np.nan], [1.0])


def test_a_thousand_draws_of_two_hundred_patients_take_moments() -> None:
    rng = np.random.default_rng(5)
    risk, days = rng.normal(size=200), rng.exponential(1000.0, 200)
    event = np.ones(200, dtype=bool)
    start = time.process_time()
    found = bootstrap(
        lambda i: concordance_index(risk[i], time_days=days[i], event=event[i]), 200, draws=1000
    )
    bootstrap_ratio(days, days + 1.0)
    assert time.process_time() - start < 2.0
    assert found.low < 0.5 < found.high


@few
@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=20), st.floats(0.1, 0.9))
def test_intervals_stay_within_the_values_and_grow_with_the_level(
    values: list[float], level: float
) -> None:
    narrow, wide = (bootstrap_mean(values, draws=100, level=at) for at in (level, 0.95))
    assert min(values) - 1e-9 <= wide.low <= narrow.low <= narrow.high <= wide.high
    assert wide.high <= max(values) + 1e-9
