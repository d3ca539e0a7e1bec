import numpy as np
import pytest

from evaluation.metrics.calls import roc_auc
from phantom.report.predict import cross_validated, fit_logistic


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
    assert abs(roc_auc(cross_validated(noise, truth), truth=truth) - 0.5) < 0.06
    # One standard deviation apart: an AUC of Phi(1 / sqrt 2) = 0.76.
    assert roc_auc(cross_validated(signal, truth), truth=truth) == pytest.approx(0.76, abs=0.03)


def test_a_constant_feature_does_no_harm() -> None:
    truth = np.arange(50) % 3 == 0
    features = np.column_stack([np.ones(50), truth.astype(float)])
    assert roc_auc(cross_validated(features, truth), truth=truth) == 1.0
