"""Ridge regressions against lifelines, and against their own equations."""

import numpy as np
import pandas as pd
import pytest
import torch
from lifelines import CoxPHFitter

from tests.training.patients import outcomes
from training.fitting.scores.linear import fit_linear
from training.fitting.scores.table import Table

COUNT = 120


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def drawn(role: str) -> tuple[np.ndarray, Table]:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(COUNT, 3))
    x = (x - x.mean(0)) / x.std(0, ddof=1)  # lifelines penalises weights of such columns
    strength = x @ [1.0, -0.5, 0.0]
    if role == "hpv":
        positive = rng.random(COUNT) < 1.0 / (1.0 + np.exp(-strength - 2.0))
        return x, outcomes(role, time=np.arange(COUNT), outcome=positive)
    time = rng.permutation(COUNT) + 1.0  # no ties: lifelines handles them by Efron, we by Breslow
    order = np.argsort(rng.exponential(np.exp(-strength)))
    time[order] = np.sort(time)
    return x, outcomes(role, time=time, outcome=rng.random(COUNT) < 0.5)


@pytest.mark.filterwarnings("ignore")  # lifelines' own, of pandas
@pytest.mark.parametrize("ridge", [1e-6, 0.1, 1.0])
def test_the_ridge_cox_is_that_of_lifelines(ridge: float) -> None:
    x, table = drawn("risk")
    event = table.event.numpy()
    # Theirs is a mean over patients, ours one over events.
    fitter = CoxPHFitter(penalizer=ridge * event.sum() / COUNT)
    columns = pd.DataFrame(x, columns=list("abc"))
    columns = columns.assign(time=table.time_days.numpy(), event=event)
    theirs = fitter.fit(columns, "time", "event").params_.to_numpy()
    ours = fit_linear(torch.from_numpy(x)[None], table, ridge=ridge).numpy()
    assert ours == pytest.approx(theirs, abs=2e-4)


def test_breslow_s_ties_are_those_published() -> None:
    # Therneau and Grambsch, Modeling Survival Data, appendix E, test data 1: 1.475285 by Breslow,
    # the logarithm of (3 + sqrt 33) / 2; by Efron it would be 1.676857.
    x = np.array([0.0, 1.0, 1.0, 1.0, 0.0, 0.0])[:, None]
    table = outcomes(
        "risk",
        time=np.array([9.0, 1.0, 1.0, 6.0, 6.0, 8.0]),
        outcome=[True, True, False, True, True, False],
    )
    weights = fit_linear(torch.from_numpy(x)[None], table, ridge=1e-9)
    assert weights.tolist() == pytest.approx([np.log((3.0 + 33.0**0.5) / 2.0)], abs=1e-5)


@pytest.mark.filterwarnings("ignore")  # lifelines' own, of pandas
def test_an_event_among_those_who_left_at_its_time_is_that_of_lifelines() -> None:
    x = drawn("risk")[0]
    # Ties of one event and two who left: there Breslow's and Efron's likelihoods are one.
    time, event = np.arange(COUNT) // 3 + 1.0, np.arange(COUNT) % 3 == 1
    order = np.argsort(-x[:, 0] + np.random.default_rng(1).normal(size=COUNT))
    columns = pd.DataFrame(x[order], columns=list("abc")).assign(time=time, event=event)
    fitter = CoxPHFitter(penalizer=0.1 * event.sum() / COUNT)
    theirs = fitter.fit(columns, "time", "event").params_.to_numpy()
    tied = outcomes("risk", time=time, outcome=event)
    ours = fit_linear(torch.from_numpy(x[order])[None], tied, ridge=0.1).numpy()
    assert ours == pytest.approx(theirs, abs=2e-4)
    assert abs(ours[0]) > 0.2


def test_the_logistic_weighs_both_classes_alike() -> None:
    x, table = drawn("hpv")
    positive = table.hpv.numpy()
    ridge = 0.05
    weights = fit_linear(torch.from_numpy(x)[None], table, ridge=ridge).numpy()
    # At the minimum the gradient is zero for the best intercept, here found by bisection.
    share = np.where(positive, 0.5 / positive.sum(), 0.5 / (~positive).sum())
    low, high = -20.0, 20.0
    for _ in range(100):
        middle = (low + high) / 2
        missed = share * (1.0 / (1.0 + np.exp(-(x @ weights + middle))) - positive)
        low, high = (middle, high) if missed.sum() < 0 else (low, middle)
    assert missed.sum() == pytest.approx(0.0, abs=1e-9)
    assert x.T @ missed + ridge * weights == pytest.approx(np.zeros(3), abs=1e-6)
    assert weights[0] > 0.3
    assert weights[1] < -0.1


def test_without_events_nobody_is_riskier() -> None:
    x, table = drawn("risk")
    quiet = outcomes("risk", time=table.time_days.numpy(), outcome=[False] * COUNT)
    assert not fit_linear(torch.from_numpy(x)[None], quiet, ridge=0.1).any()


def test_copies_are_averaged_not_pooled() -> None:
    x, table = drawn("risk")
    once = fit_linear(torch.from_numpy(x)[None], table, ridge=0.1)
    thrice = fit_linear(torch.from_numpy(np.stack([x] * 3)), table, ridge=0.1)
    assert thrice.tolist() == pytest.approx(once.tolist(), abs=1e-6)
