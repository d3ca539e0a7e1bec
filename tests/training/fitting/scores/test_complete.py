"""Members in closed form: they learn, and their scale comes from patients whom they did not see."""

import numpy as np
import pytest
import torch

from evaluation.metrics.calls import balanced_accuracy, roc_auc
from evaluation.metrics.survival import concordance_index
from tests.training.patients import drawn
from tests.training.synthetic import TASKS, values_only
from training.fitting.scores import complete as completing
from training.fitting.scores.complete import fit_members
from training.fitting.scores.split import inner_folds
from training.fitting.scores.table import Table
from training.networks.build import build_network
from training.networks.score import ScoreNet
from training.recipe.recipe import Recipe

ICARE = {"kind": "icare", "estimators": 20}
MEMBERS: list[dict[str, object]] = [
    {"kind": "linear"},
    ICARE,
    {"kind": "experts", "experts": [{"kind": "linear"}, ICARE]},
]


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def fitted(recipe: Recipe, table: Table, monkeypatch: pytest.MonkeyPatch) -> ScoreNet:
    """Fit as `complete` does on samples, without writing them."""
    network = build_network(recipe)
    assert isinstance(network, ScoreNet)
    monkeypatch.setattr(completing, "table_of", lambda *_: table)
    cohort = type("Cohort", (), {"ids": tuple(str(n) for n in range(len(table)))})()
    completing.complete(network, recipe, learning=cohort, calibration=None)
    return network


@pytest.mark.parametrize("role", sorted(set(TASKS) - {"segmentation"}))
@pytest.mark.parametrize("how", MEMBERS, ids=str)
def test_it_learns_what_makes_the_outcome(
    role: str, how: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = values_only(role, how)
    network = fitted(recipe, drawn(recipe.spec, 150), monkeypatch)
    new = drawn(recipe.spec, 400, seed=1)
    score = network(*new.values)[:, 0].numpy()
    if role == "hpv":
        assert roc_auc(score, truth=new.outcome) > 0.7
        assert balanced_accuracy(score > 0.0, truth=new.outcome) > 0.63
        return
    c = concordance_index(score, time_days=new.time_days.numpy(), event=new.outcome)
    assert c > 0.66
    # On unseen patients' scores, so new ones have about the same spread.
    assert score.mean() == pytest.approx(0.0, abs=0.25)
    assert score.std() == pytest.approx(1.0, abs=0.25)


def test_no_score_of_the_scale_is_by_members_that_saw_the_patient(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    recipe = values_only("risk", MEMBERS[2])
    table = drawn(recipe.spec, 40)
    seen: list[int] = []

    def counting(network: ScoreNet, recipe: Recipe, learned: Table, **more: object) -> None:
        seen.append(len(learned))
        fit_members(network, recipe, learned)

    monkeypatch.setattr(completing, "fit_members", counting)
    network = fitted(recipe, table, monkeypatch)
    ids = [str(n) for n in range(40)]
    folds = inner_folds(table.outcome, ids, seed=recipe.seed)
    assert seen == [*(40 - len(fold) for fold in folds), 40]
    # The first inner fold's scores, made by hand.
    rest = np.setdiff1d(np.arange(40), folds[0])
    alone = build_network(recipe)
    assert isinstance(alone, ScoreNet)
    fit_members(alone, recipe, table.subset(rest))
    raw = completing._crossfitted(network, recipe, table, tuple(ids))
    assert torch.equal(raw[folds[0]], alone.raw(*table.subset(folds[0]).values))


def test_a_missing_value_that_tells_the_outcome_is_learned_less_where_values_are_masked() -> None:
    weights = []
    for probability in (0.0, 0.5):
        recipe = values_only("hpv", MEMBERS[0], missing_probability=probability)
        table = drawn(recipe.spec, 200, missing=0.0)
        assert table.clinical is not None
        # Known of the negatives alone, as if one centre had both.
        table.clinical[:, 2] *= ~table.hpv
        table.clinical[:, 3] = table.hpv.float()
        network = build_network(recipe)
        assert isinstance(network, ScoreNet)
        fit_members(network, recipe, table)
        indicators = len(network.values)
        weights.append(float(network.members[0].weight[indicators + 1]))
    assert weights[0] > 1.3 * weights[1] > 0.0
