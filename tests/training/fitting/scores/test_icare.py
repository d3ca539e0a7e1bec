"""Bagged ICARE against a plain loop that follows its description feature by feature."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import torch

from evaluation.metrics.survival import concordance_index
from tests.training.patients import outcomes
from tests.training.synthetic import values_only
from training.fitting.scores.complete import fit_members
from training.fitting.scores.icare import Bag, fit_icare
from training.fitting.scores.pairs import comparable_pairs
from training.fitting.scores.table import Table
from training.networks.build import build_network
from training.networks.score import ScoreNet
from training.recipe.score import IcareNetwork

COUNT, FEATURES = 60, 6
CLINICAL = (
    "age_years",
    "gender_male",
    "tobacco",
    "alcohol",
    "performance_status",
    "chemoradiotherapy",
)
HOW = IcareNetwork(
    kind="icare",
    estimators=12,
    correlation=(0.5, 0.9),
    minimum_score=(0.5, 0.58),
    share=(0.3, 1.0),
)


def drawn() -> tuple[np.ndarray, np.ndarray, Table]:
    rng = np.random.default_rng(0)
    values = rng.normal(size=(COUNT, FEATURES))
    # The second is like the first and like the fourth, which are not alike.
    values[:, 3] = values[:, 1] + 0.3 * values[:, 3]
    values[:, 1] = values[:, 0] + values[:, 1]
    known = rng.random(values.shape) < 0.85
    time = rng.exponential(1000 * np.exp(-values[:, 0] + 0.7 * values[:, 2]))
    table = outcomes("risk", time=time, outcome=rng.random(COUNT) < 0.6)
    return np.where(known, values, 0.0), known, table


def by_loop(values: np.ndarray, known: np.ndarray, table: Table, e: int) -> dict[str, np.ndarray]:
    """Fit estimator e on its rows written out, one feature after the other."""
    time, event = table.time_days.numpy(), table.event.numpy()
    rng = np.random.default_rng((5, e))
    rows = rng.integers(COUNT, size=COUNT)
    share, limit, least = (rng.uniform(*r) for r in (HOW.share, HOW.correlation, HOW.minimum_score))
    looked_at = rng.permutation(FEATURES)[: max(1, round(share * FEATURES))]
    x = np.where(known[rows], values[rows], np.nan)
    kept: list[int] = []
    for place, feature in enumerate(looked_at):
        alike = False
        for other in looked_at[:place]:  # dropped or not
            both = ~np.isnan(x[:, feature]) & ~np.isnan(x[:, other])
            alike |= bool(abs(np.corrcoef(x[both, feature], x[both, other])[0, 1]) > limit)
        if not alike:
            kept.append(int(feature))
    signs: dict[int, float] = {}
    for feature in kept:
        there = ~np.isnan(x[:, feature])
        c = concordance_index(
            x[there, feature], time_days=time[rows][there], event=event[rows][there]
        )
        if max(c, 1 - c) >= least:
            signs[feature] = -1.0 if c < 0.5 else 1.0
    mean, sd = np.nanmean(x, axis=0), np.nanstd(x, axis=0)
    patients = np.where(known, values, np.nan)
    with np.errstate(invalid="ignore"):
        parts = [s * (patients[:, f] - mean[f]) / sd[f] for f, s in signs.items()]
    if not parts:
        return {"features": np.array([]), "answers": np.full(COUNT, np.nan)}
    counted = (~np.isnan(parts)).sum(0)
    answers = np.where(counted > 0, np.nansum(parts, axis=0) / np.maximum(counted, 1), np.nan)
    answers = (answers - np.nanmean(answers[rows])) / np.nanstd(answers[rows])
    return {"features": np.sort(list(signs)), "answers": answers}


def answers_of(bag: Bag, values: np.ndarray, known: np.ndarray, e: int) -> np.ndarray:
    counted = known @ bag.chosen[e]
    total = (values * known) @ bag.weight[e] - known @ bag.shift[e]
    told = (total / np.maximum(counted, 1) - bag.centre[e]) / bag.scale[e]
    return np.where(counted > 0, told, np.nan)


def test_each_estimator_is_what_the_loop_finds() -> None:
    values, known, table = drawn()
    bag = fit_icare(values, known, comparable_pairs(table), HOW, seed=5)
    sizes = set()
    for e in range(HOW.estimators):
        expected = by_loop(values, known, table, e)
        assert np.flatnonzero(bag.chosen[e]).tolist() == expected["features"].tolist()
        answers = answers_of(bag, values, known, e)
        assert answers == pytest.approx(expected["answers"], abs=1e-9, nan_ok=True)
        sizes.add(len(expected["features"]))
    assert len(sizes) > 2


def test_the_network_says_what_the_loop_finds() -> None:
    """Fit, buffers and the forward pass in a row, from values as they stand in a table."""
    values, known, table = drawn()
    # In other units: standardising takes them back, up to a limit that none reaches.
    pairs = np.stack([10.0 + 3.0 * values, ~known], axis=2).reshape(COUNT, -1)
    clinical = torch.from_numpy(pairs).float()
    recipe = values_only("risk", HOW.model_dump(), seed=5)
    spec = recipe.spec.model_copy(update={"clinical": CLINICAL, "lesions": ()})
    recipe = recipe.model_copy(update={"spec": spec})
    network = build_network(recipe)
    assert isinstance(network, ScoreNet)
    fit_members(network, recipe, replace(table, clinical=clinical))
    loops = [by_loop(values, known, table, e)["answers"] for e in range(HOW.estimators)]
    found = network.raw(clinical)[:, 0].numpy()
    assert found == pytest.approx(np.nan_to_num(np.nanmean(loops, axis=0)), abs=2e-5)


def test_a_feature_like_one_that_was_dropped_is_dropped_too() -> None:
    rng = np.random.default_rng(0)
    ends = rng.normal(size=(400, 2))
    values = np.stack([ends[:, 0], ends.sum(1), ends[:, 1]], axis=1)  # 0.7, 0.7, and 0
    table = outcomes("risk", time=rng.exponential(np.exp(-values[:, 1])), outcome=[True] * 400)
    every = {"share": (1.0, 1.0), "minimum_score": (0.5, 0.5), "correlation": (0.5, 0.5)}
    how = HOW.model_copy(update={**every, "estimators": 40})
    bag = fit_icare(values, np.ones(values.shape, bool), comparable_pairs(table), how, seed=0)
    found = Counter(tuple(np.flatnonzero(row).tolist()) for row in bag.chosen)
    # Of the six orders: the middle first, an end and then the middle, both ends first.
    assert set(found) == {(1,), (0,), (2,), (0, 2)}


def test_the_bag_ranks_and_does_not_depend_on_what_stands_for_missing() -> None:
    values, known, table = drawn()
    bag = fit_icare(values, known, comparable_pairs(table), HOW, seed=5)
    other = fit_icare(np.where(known, values, 99.0), known, comparable_pairs(table), HOW, seed=5)
    assert bag.weight == pytest.approx(other.weight)
    assert bag.shift == pytest.approx(other.shift)
    told = [answers_of(bag, values, known, e) for e in range(HOW.estimators)]
    score = np.nanmean(told, axis=0)
    c = concordance_index(score, time_days=table.time_days.numpy(), event=table.event.numpy())
    assert c > 0.65


def test_features_that_rank_nobody_are_left_out() -> None:
    values, known, table = drawn()
    values[:, 0], known[:, 1] = 3.0, False  # without spread; never known
    strict = HOW.model_copy(update={"minimum_score": (0.5, 0.5), "share": (1.0, 1.0)})
    bag = fit_icare(values, known, comparable_pairs(table), strict, seed=0)
    assert not bag.chosen[:, :2].any()
    assert bag.chosen[:, 2].all()
    assert all(np.isfinite(part).all() for part in (bag.weight, bag.shift, bag.centre, bag.scale))


def test_an_estimator_may_find_nothing() -> None:
    values, known, table = drawn()
    bag = fit_icare(
        values,
        known,
        comparable_pairs(table),
        HOW.model_copy(update={"minimum_score": (1.0, 1.0)}),
        seed=0,
    )
    assert not bag.chosen.any()
    assert bag.scale.tolist() == [1.0] * HOW.estimators


def test_hpv_is_told_by_the_area_under_the_curve() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=(COUNT, 2))
    table = outcomes("hpv", time=np.ones(COUNT), outcome=values[:, 0] - values[:, 1] > 0)
    bag = fit_icare(values, np.ones_like(values, dtype=bool), comparable_pairs(table), HOW, seed=0)
    assert (bag.weight[:, 0] >= 0).all()
    assert (bag.weight[:, 1] <= 0).all()
    assert bag.chosen.sum() > HOW.estimators
