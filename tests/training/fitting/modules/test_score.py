"""Scores: what is hidden in training, and the figure of the held-out patients."""

import torch

from training.fitting.modules.score import hide
from training.recipe.read import read_recipe

RECIPE = read_recipe("default", task=2)


def test_hiding_turns_values_missing_and_touches_nothing_else() -> None:
    generator = torch.Generator().manual_seed(0)
    clinical = torch.rand(64, 2 * len(RECIPE.spec.clinical), generator=generator)
    clinical[:, 1::2] = 0.0
    batch = {"clinical": clinical, "lesions": torch.rand(64, 3, generator=generator)}
    torch.manual_seed(0)
    hidden = hide(batch, RECIPE)
    gone = hidden["clinical"][:, 1::2] == 1.0
    assert 0.1 < float(gone.float().mean()) < 0.3
    assert not hidden["clinical"][:, 0::2][gone].any()
    assert torch.equal(hidden["clinical"][:, 0::2][~gone], clinical[:, 0::2][~gone])
    assert torch.equal(batch["clinical"], clinical)
    assert hidden["lesions"] is batch["lesions"]
