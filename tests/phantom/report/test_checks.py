import numpy as np
import pytest

from phantom.report.checks import Check, Sampling, Tolerance, share_of_published
from phantom.report.published import SUV_MAX, VOLUME_ML


def check(found: float, low: float = 1.0, high: float = 2.0) -> Check:
    return Check("group", "name", 1.5, found, low, high, rule="", source="")


@pytest.mark.parametrize(
    ("found", "passed"),
    [(1.0, True), (2.0, True), (0.999, False), (2.001, False), (float("nan"), None)],
)
def test_a_check_passes_within_its_limits_ends_included(found: float, passed: bool | None) -> None:
    assert check(found).passed is passed


def test_a_tolerance_is_a_part_of_a_quantile_and_points_of_a_share() -> None:
    quantile = Tolerance().quantile(VOLUME_ML[1], 0.5, 10, tolerance=0.15)
    assert (quantile.low, quantile.high) == pytest.approx((8.2 * 0.85, 8.2 * 1.15))
    share = Tolerance(points=0.02).share(0.01, 10)
    assert (share.low, share.high) == (0.0, 0.03)


def test_a_binomial_interval_by_hand() -> None:
    # Two tosses of a fair coin: each of 0, 1 and 2 heads is likelier than 0.5 %.
    limits = Sampling().share(0.5, 2)
    assert (limits.low, limits.high) == (0.0, 1.0)
    # A hundred tosses: P(X <= 36) = 0.33 %, P(X <= 37) = 0.60 %.
    limits = Sampling().share(0.5, 100)
    assert (limits.low, limits.high) == (0.37, 0.63)


@pytest.mark.parametrize("probability", [0.05, 0.25, 0.5, 0.95])
def test_a_quantile_of_the_published_distribution_keeps_its_interval(probability: float) -> None:
    rng = np.random.default_rng(1)
    limits = Sampling().quantile(SUV_MAX[1], probability, 300, tolerance=0.0)
    samples = SUV_MAX[1].at(rng.uniform(1e-9, 1, (2000, 300)))
    found = np.quantile(samples, probability, axis=1)
    inside = ((found >= limits.low) & (found <= limits.high)).mean()
    assert 0.98 <= inside <= 0.998
    # A generator whose values are half as large again is told from a right one.
    outside = (1.5 * found > limits.high).mean()
    assert outside > 0.9


def test_a_share_of_few_patients_bounds_little() -> None:
    none = share_of_published(0.0, 10)
    assert none.low == 0.0
    assert none.high == pytest.approx(1 - 0.005**0.1)
    some = share_of_published(0.545, 11)
    assert 0.1 < some.low < 0.2
    assert 0.85 < some.high < 0.95
