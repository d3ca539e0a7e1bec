"""What a score network is fitted with beside gradients: scaling, class balance, and its zero."""

from __future__ import annotations

import numpy as np
import torch

from training.data.samples import Samples
from training.networks.score import ScoreNet
from training.recipe.recipe import Recipe


def stack(samples: Samples, recipe: Recipe) -> dict[str, torch.Tensor]:
    """Return every patient's arrays but the images, stacked along a first axis."""
    image = recipe.spec.tensor_names.image
    rows = [{k: v for k, v in samples[i].items() if k != image} for i in range(len(samples))]
    return {name: torch.from_numpy(np.stack([row[name] for row in rows])) for name in rows[0]}


@torch.no_grad()
def scores(network: ScoreNet, recipe: Recipe, samples: Samples) -> torch.Tensor:
    """Return the network's output for each patient, shape (n,)."""
    network.eval()
    names = recipe.spec.tensor_names
    outputs = []
    for i in range(len(samples)):
        sample = {k: torch.from_numpy(np.array(v))[None] for k, v in samples[i].items()}
        outputs.append(network(sample[names.image], sample[names.clinical], sample[names.lesions]))
    return torch.cat(outputs)[:, 0]


def centre(network: ScoreNet, recipe: Recipe, training: Samples) -> None:
    """Make the average training patient's risk zero; an HPV score keeps its offset."""
    if recipe.spec.role == "risk":
        network.offset += scores(network, recipe, training).mean()
