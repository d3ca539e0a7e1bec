"""Scores while they are trained: the figures of those held out and of those set aside."""

import numpy as np
import pytest
import torch

from evaluation.metrics.survival import concordance_index
from tests.training.synthetic import SIDE, recipe_for
from training.fitting.modules.base import Batch
from training.fitting.modules.score import ASIDE, HELD_OUT, ScoreModule, figure
from training.networks.build import build_network
from training.networks.score import ScoreNet

TIME, OUTCOME = np.array([1.0, 2.0, 3.0]), np.array([True, True, False])


@pytest.fixture
def module() -> ScoreModule:
    torch.manual_seed(0)
    recipe = recipe_for("risk", missing_probability=0.5)
    network = build_network(recipe)
    assert isinstance(network, ScoreNet)
    assert network.learner is not None
    torch.nn.init.normal_(network.learner.head.weight)
    groups = torch.arange(len(recipe.spec.clinical))
    return ScoreModule(network, recipe, groups=groups, positive_weight=1.0)


def batch(module: ScoreModule, *, seed: int) -> Batch:
    spec = module.recipe.spec
    generator = torch.Generator().manual_seed(seed)
    clinical = torch.rand(3, 2 * len(spec.clinical), generator=generator)
    clinical[:, 1::2] = 0.0
    return {
        "image": torch.rand(3, len(spec.channels), SIDE, SIDE, SIDE, generator=generator),
        "clinical": clinical,
        "lesions": torch.rand(3, len(spec.lesions), generator=generator),
        "time_days": torch.from_numpy(TIME),
        "event": torch.from_numpy(OUTCOME),
        "hpv": torch.from_numpy(OUTCOME),
    }


def test_those_held_out_and_those_set_aside_have_figures_of_their_own(
    module: ScoreModule, monkeypatch: pytest.MonkeyPatch
) -> None:
    logged: dict[str, float] = {}
    monkeypatch.setattr(module, "log_validation", logged.update)
    module.eval()
    expected = {}
    for group, name in enumerate((HELD_OUT, ASIDE)):
        given = batch(module, seed=group)
        with torch.no_grad():
            module.validation_step(given, 0, group)
            assert module.network.learner is not None
            told = module.network.learner(
                module.network.member_inputs(given["image"], given["clinical"], given["lesions"])
            )
        expected[name] = concordance_index(told.numpy(), time_days=TIME, event=OUTCOME)
    module.on_validation_epoch_end()
    assert logged == expected
    assert not module._scored


def test_known_values_are_masked_while_it_learns(
    module: ScoreModule, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "log_step", lambda _: None)
    given = batch(module, seed=0)
    before = {name: part.clone() for name, part in given.items()}
    losses = {float(module.training_step(given, 0).detach()) for _ in range(3)}
    assert len(losses) == 3
    assert all(torch.equal(part, given[name]) for name, part in before.items())


def test_scores_are_float32_under_mixed_precision(
    module: ScoreModule, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "log_step", lambda _: None)
    given = batch(module, seed=0)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        score, loss = module._score(given), module.training_step(given, 0)
    assert score.dtype == loss.dtype == torch.float32


def test_a_figure_s_direction() -> None:
    risk = {"time_days": TIME, "outcome": OUTCOME, "role": "risk"}
    assert figure(np.array([3.0, 2.0, 1.0]), **risk) == 1.0
    assert figure(np.array([1.0, 2.0, 3.0]), **risk) == 0.0
    hpv = {**risk, "role": "hpv"}
    assert figure(np.array([3.0, 2.0, 1.0]), **hpv) == 1.0
    assert figure(np.array([1.0, 2.0, 3.0]), **hpv) == 0.0


@pytest.mark.parametrize(
    "outcome", [np.array([False, False, True]), np.array([False, False, False])]
)
def test_patients_who_can_t_be_compared_have_no_figure(outcome: np.ndarray) -> None:
    assert np.isnan(figure(np.arange(3.0), time_days=TIME, outcome=outcome, role="risk"))


def test_a_network_without_gradients_is_not_trained() -> None:
    recipe = recipe_for("risk")
    made = build_network(recipe)
    assert isinstance(made, ScoreNet)
    made.members = torch.nn.ModuleList()
    module = ScoreModule(made, recipe, groups=None, positive_weight=1.0)
    with pytest.raises(TypeError, match="a part learns by gradients, found none"):
        module._score(batch(module, seed=0))
