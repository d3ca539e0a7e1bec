"""Who is compared with whom, and a feature's own C-index or AUC, on samples with repetitions."""

import numpy as np
import pytest

from evaluation.metrics.calls import roc_auc
from evaluation.metrics.survival import concordance_index
from tests.training.patients import outcomes
from training.fitting.scores.pairs import comparable_pairs, concordances

COUNT = 40


def test_pairs_of_a_risk_by_hand() -> None:
    # Events at 1 and 2; two left at 2 and 3.
    table = outcomes(
        "risk", time=np.array([1.0, 2.0, 2.0, 3.0]), outcome=[True, True, False, False]
    )
    pairs = comparable_pairs(table)
    assert pairs.anchors.tolist() == [0, 1]
    assert pairs.partners.tolist() == [[False, True, True, True], [False, False, True, True]]


@pytest.mark.parametrize("role", ["risk", "hpv"])
def test_it_is_the_metric_of_what_is_known_in_each_sample(role: str) -> None:
    rng = np.random.default_rng(0)
    values = rng.integers(0, 6, size=(COUNT, 3)).astype(float)  # with ties
    known = rng.random((COUNT, 3)) < 0.8
    time, outcome = rng.integers(1, 20, COUNT).astype(float), rng.random(COUNT) < 0.5
    samples = rng.integers(0, COUNT, size=(4, COUNT))
    weights = np.array([np.bincount(sample, minlength=COUNT) for sample in samples], dtype=float)
    pairs = comparable_pairs(outcomes(role, time=time, outcome=outcome))
    found = concordances(values, known, pairs, weights)
    for s, sample in enumerate(samples):
        for feature in range(3):
            there = sample[known[sample, feature]]
            x = values[there, feature]
            expected = (
                concordance_index(x, time_days=time[there], event=outcome[there])
                if role == "risk"
                else roc_auc(x, truth=outcome[there])
            )
            assert found[s, feature] == pytest.approx(expected)


def test_nothing_to_compare_is_not_a_number() -> None:
    pairs = comparable_pairs(outcomes("hpv", time=np.ones(3), outcome=[True, True, False]))
    known = np.array([[True], [True], [False]])
    assert np.isnan(concordances(np.zeros((3, 1)), known, pairs, np.ones((1, 3)))[0, 0])
