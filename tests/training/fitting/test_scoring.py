"""The zero of a risk."""

from pathlib import Path

import pytest
import torch

from tests.training.synthetic import recipe_for, synthetic
from training.fitting.scoring import centre, scores
from training.networks.build import build_network
from training.networks.score import ScoreNet


@pytest.mark.parametrize("role", ["risk", "hpv"])
def test_the_average_training_patient_s_risk_is_zero(role: str, tmp_path: Path) -> None:
    recipe = recipe_for(role)
    samples = synthetic(recipe.spec, tmp_path, 3)
    network = build_network(recipe)
    assert isinstance(network, ScoreNet)
    # As if trained: an untrained head is zero and answers zero to everything.
    torch.manual_seed(1)
    torch.nn.init.normal_(network.head.weight)
    before = float(scores(network, recipe, samples).mean())
    assert abs(before) > 0.01
    centre(network, recipe, samples)
    after = float(scores(network, recipe, samples).mean())
    assert after == pytest.approx(0.0 if role == "risk" else before, abs=1e-5)
