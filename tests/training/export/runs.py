"""A finished fit's folder, without the fit."""

from __future__ import annotations

from pathlib import Path

import torch

from tests.training.synthetic import about_for, recipe_for
from training.data.samples import Samples
from training.networks.build import build_network
from training.recipe.network import DynUNetwork
from training.recipe.recipe import Recipe
from training.run import ABOUT_FILE, METRICS_FILE, NETWORK_FILE, RECIPE_FILE

METRICS = """\
step,epoch,loss,learning_rate,score,dice_1,dice_2
0,0,1.5,0.003,,,
3,0,,,0.2,0.3,0.1
7,1,0.9,0.002,,,
11,1,,,0.6,0.7,0.5
"""


def tiny(role: str = "segmentation") -> Recipe:
    """Return a recipe whose network is traced in seconds."""
    recipe = recipe_for(role)
    if role != "segmentation":
        return recipe
    return recipe.model_copy(update={"network": DynUNetwork(kind="dynunet", filters=(4, 4))})


def write_run(
    folder: Path, recipe: Recipe, samples: Samples, *, command: str = "", metrics: str = METRICS
) -> Path:
    """Write what a fit leaves; its network is drawn from the recipe's seed."""
    (folder / METRICS_FILE).parent.mkdir(parents=True)
    torch.manual_seed(recipe.seed)
    torch.save(build_network(recipe).state_dict(), folder / NETWORK_FILE)
    (folder / RECIPE_FILE).write_text(recipe.model_dump_json(indent=2), encoding="utf-8")
    about = about_for(recipe, samples, samples.subset([0, 1])).model_copy(
        update={"steps": 24, "seconds": 61.5, "score": 0.6, "commit": "0123456789ab"}
    )
    if command:
        about = about.model_copy(update={"command": command})
    (folder / ABOUT_FILE).write_text(about.model_dump_json(indent=2), encoding="utf-8")
    (folder / METRICS_FILE).write_text(metrics, encoding="utf-8")
    return folder
