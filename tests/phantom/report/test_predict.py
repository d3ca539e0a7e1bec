import numpy as np
import pytest

from phantom.report.predict import auc, concordance, cross_validated, fit_logistic


def test_auc_by_hand() -> None:
    # Pairs (positive, negative): 3>1, 3>2, 2>1, 2=2: three and a half of four.
    assert auc([3.0, 2.0, 1.0, 2.0], [True, True, False, False]) == pytest.approx(3.5 / 4)


def test_auc_of_one_class_is_not_a_number() -> None:
    assert np.isnan(auc([1.0, 2.0], [True, True]))


def test_concordance_by_hand() -> None:
    # Events on days 1 and 3. Day 1 against 2, 3, 4: right, right, tie; day 3 against 4: wrong.
    index = concordance([3.0, 1.0, 2.0, 3.0], days=[1, 2, 3, 4], event=[True, False, True, False])
    assert index == pytest.approx(2.5 / 4)


def test_concordance_without_a_pair_is_not_a_number() -> None:
    assert np.isnan(concordance([1.0, 2.0], days=[5, 6], event=[False, False]))


def test_concordance_turns_with_the_risk() -> None:
    rng = np.random.default_rng(3)
    risk, days, event = rng.normal(size=200), rng.uniform(size=200), rng.random(200) < 0.4
    right = concordance(risk, days=days, event=event)
    assert concordance(-risk, days=days, event=event) == pytest.approx(1 - right)


def test_a_logistic_regression_finds_the_weights_that_made_the_data() -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(40_000, 2))
    chance = 1 / (1 + np.exp(-(0.5 + features @ [1.5, -1.0])))
    weights = fit_logistic(features, rng.random(40_000) < chance)
    assert weights == pytest.approx([0.5, 1.5, -1.0], abs=0.06)


def test_a_strong_ridge_leaves_the_prevalence() -> None:
    truth = np.arange(100) < 80
    weights = fit_logistic(truth[:, None].astype(float) - 0.8, truth, ridge=1e9)
    assert weights == pytest.approx([np.log(4), 0.0], abs=1e-3)


def test_cross_validation_learns_nothing_from_noise() -> None:
    rng = np.random.default_rng(0)
    truth = rng.random(1000) < 0.5
    noise, signal = rng.normal(size=(1000, 30)), truth[:, None] + rng.normal(size=(1000, 1))
    assert abs(auc(cross_validated(noise, truth), truth) - 0.5) < 0.06
    # One standard deviation apart: an AUC of Phi(1 / sqrt 2) = 0.76.
    assert auc(cross_validated(signal, truth), truth) == pytest.approx(0.76, abs=0.03)


def test_a_constant_feature_does_no_harm() -> None:
    truth = np.arange(50) % 3 == 0
    features = np.column_stack([np.ones(50), truth.astype(float)])
    assert auc(cross_validated(features, truth), truth) == 1.0
