import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, logit
from sklearn.calibration import calibration_curve
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss

from evaluation.metrics.calibration import (
    brier_score,
    calibration_line,
    expected_calibration_error,
    reliability,
    wilson_interval,
)
from tests.strategies import few

PROBABILITY = [0.1, 0.2, 0.2, 0.6, 0.8, 1.0]
TRUTH = [0, 0, 1, 0, 1, 1]


def drawn(seed: int, patients: int = 400) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities too extreme by the factor 2 in log odds."""
    rng = np.random.default_rng(seed)
    odds = rng.normal(0.5, 1.0, patients)
    return expit(2.0 * odds), rng.random(patients) < expit(odds)


def test_bins_of_equal_width_by_hand() -> None:
    # Five bins: three patients below .2 .. .4, none in .4 - .6, one at .6, two from .8 on.
    found = reliability(PROBABILITY, truth=TRUTH, bins=5, by="width")
    assert found.patients.tolist() == [1, 2, 1, 2]
    np.testing.assert_allclose(found.predicted, [0.1, 0.2, 0.6, 0.9], atol=1e-12)
    assert found.observed.tolist() == [0.0, 0.5, 0.0, 1.0]
    # Weighted distances: 1 x .1, 2 x .3, 1 x .6, 2 x .1.
    assert expected_calibration_error(found) == pytest.approx((0.1 + 0.6 + 0.6 + 0.2) / 6)


def test_bins_of_equal_numbers_keep_ties_together() -> None:
    found = reliability(PROBABILITY, truth=TRUTH, bins=2)
    assert found.patients.tolist() == [3, 3]
    np.testing.assert_allclose(found.predicted, [0.5 / 3, 2.4 / 3], atol=1e-12)
    np.testing.assert_allclose(found.observed, [1 / 3, 2 / 3], atol=1e-12)
    one = reliability([0.7] * 4, truth=[1, 1, 1, 0], bins=5)
    assert one.patients.tolist() == [4]
    assert one.observed.tolist() == [0.75]


def test_one_class_has_bins_and_a_score_but_no_line() -> None:
    found = reliability([0.2, 0.9], truth=[1, 1], bins=2)
    assert found.observed.tolist() == [1.0, 1.0]
    assert brier_score([0.2, 0.9], truth=[1, 1]) == pytest.approx((0.64 + 0.01) / 2)
    with pytest.raises(ValueError, match="found one class"):
        calibration_line([0.2, 0.9], truth=[1, 1])


def test_wilson_by_hand() -> None:
    # z^2 = 3.8414588: none of 10 gives 0 to z^2 / (10 + z^2), all of 10 its mirror.
    low, high = wilson_interval([0.0, 1.0], [10, 10])
    np.testing.assert_allclose(low, [0.0, 10 / 13.8414588], atol=1e-8)
    np.testing.assert_allclose(high, [3.8414588 / 13.8414588, 1.0], atol=1e-8)


def test_wilsons_ends_are_where_the_score_test_turns() -> None:
    # The interval holds each share q with |p - q| <= z sqrt(q (1 - q) / n).
    p, n = np.array([0.3, 0.55]), np.array([20, 9])
    for end in wilson_interval(p, n):
        np.testing.assert_allclose(
            np.abs(p - end), 1.959964 * np.sqrt(end * (1 - end) / n), atol=1e-6
        )


def test_brier_by_hand() -> None:
    squares = 0.01 + 0.04 + 0.64 + 0.36 + 0.04 + 0.0
    assert brier_score(PROBABILITY, truth=TRUTH) == pytest.approx(squares / 6)
    assert brier_score([0.0, 1.0], truth=[0, 1]) == 0.0


@pytest.mark.parametrize("seed", range(3))
def test_bins_and_score_agree_with_scikit_learn(seed: int) -> None:
    probability, truth = drawn(seed)
    found = reliability(probability, truth=truth, bins=8, by="width")
    observed, predicted = calibration_curve(truth, probability, n_bins=8, strategy="uniform")
    np.testing.assert_allclose(found.observed, observed, atol=1e-9)
    np.testing.assert_allclose(found.predicted, predicted, atol=1e-9)
    # Without ties, and with patients that divide evenly, both quantile rules are one.
    found = reliability(probability, truth=truth, bins=10)
    observed, predicted = calibration_curve(truth, probability, n_bins=10, strategy="quantile")
    np.testing.assert_allclose(found.observed, observed, atol=1e-9)
    np.testing.assert_allclose(found.predicted, predicted, atol=1e-9)
    theirs = brier_score_loss(truth, probability)
    assert brier_score(probability, truth=truth) == pytest.approx(theirs, abs=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_the_line_agrees_with_scikit_learn(seed: int) -> None:
    probability, truth = drawn(seed)
    line = calibration_line(probability, truth=truth)
    fit = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000)
    fit.fit(logit(probability)[:, None], truth)
    assert line.slope == pytest.approx(fit.coef_[0, 0], abs=1e-6)
    assert line.intercept == pytest.approx(fit.intercept_[0], abs=1e-6)
    # They were drawn twice too extreme.
    assert line.slope == pytest.approx(0.5, abs=0.15)


def test_the_line_by_hand() -> None:
    # Predicted 1/4 and 3/4, observed 1/3 of 3 and 2/3 of 3: log odds -/+ log 3 against -/+ log 2.
    line = calibration_line([0.25] * 3 + [0.75] * 3, truth=[1, 0, 0, 1, 1, 0])
    assert line.intercept == pytest.approx(0.0, abs=1e-9)
    assert line.slope == pytest.approx(np.log(2) / np.log(3), abs=1e-9)


def test_certain_probabilities_have_finite_odds() -> None:
    line = calibration_line([0.0, 1.0, 0.0, 1.0], truth=[0, 1, 1, 0])
    assert line.slope == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize(
    "probability", [[0.5, 0.5, 0.5, 0.5], [0.1, 0.2, 0.8, 0.9], [0.9, 0.8, 0.2, 0.2]]
)
def test_no_line_fits_equal_or_parted_probabilities(probability: list[float]) -> None:
    with pytest.raises(ValueError, match="expected probabilities that overlap between classes"):
        calibration_line(probability, truth=[0, 0, 1, 1])


def test_bad_input_is_named() -> None:
    with pytest.raises(ValueError, match=r"probability: expected 0 to 1, found 0.5 to 1.5"):
        brier_score([0.5, 1.5], truth=[0, 1])
    with pytest.raises(ValueError, match="probability: expected values without NaN"):
        reliability([0.5, np.nan], truth=[0, 1])
    with pytest.raises(ValueError, match="expected at least one patient, found none"):
        brier_score([], truth=[])
    with pytest.raises(ValueError, match="expected at least two bins, found 1"):
        reliability([0.5], truth=[1], bins=1)


@few
@given(
    st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=1, max_size=40),
    st.integers(2, 12),
    st.sampled_from(["quantile", "width"]),
    st.randoms(use_true_random=False),
)
def test_bins_hold_everybody_once(rows, bins, by, random) -> None:  # type: ignore[no-untyped-def]
    def binned(of):  # type: ignore[no-untyped-def]
        return reliability([p / 20 for p, _ in of], truth=[y for _, y in of], bins=bins, by=by)

    found = binned(rows)
    assert found.patients.sum() == len(rows)
    assert found.patients.min() > 0
    assert (found.low <= found.observed + 1e-12).all()
    assert (found.observed <= found.high + 1e-12).all()
    assert found.observed @ found.patients == pytest.approx(sum(y for _, y in rows))
    error = expected_calibration_error(found)
    assert 0.0 <= error <= 1.0
    again = binned(random.sample(rows, len(rows)))
    assert expected_calibration_error(again) == pytest.approx(error, abs=1e-12)
