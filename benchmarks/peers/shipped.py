"""The container's own network as a torch module: built from its recipe, filled from its file."""

from __future__ import annotations

import math
import re

import onnx
import torch
from onnx import numpy_helper
from torch import nn

from benchmarks.peers.program import RECIPE_FILE, WEIGHTS
from shared.errors import ModelError
from shared.spec import METADATA_KEY, Spec, read_spec
from training.networks.build import build_network
from training.recipe.recipe import Recipe

FILE = "segmentation.onnx"
# What an export makes of a convolution's weight and the normalisation behind it.
_FOLDED = re.compile(r"\.conv(\d)\.conv\.weight_bias$")


def shipped() -> tuple[nn.Module, Recipe, Spec]:
    """Return the network of Task 1 with its trained weights, its recipe, and its file's spec.

    Raises
    ------
    ModelError
        If the file does not fit the recipe beside it.
    """
    recipe = Recipe.model_validate_json(RECIPE_FILE.read_text(encoding="utf-8"))
    model = onnx.load(WEIGHTS / FILE)
    properties = {entry.key: entry.value for entry in model.metadata_props}
    spec = read_spec(properties.get(METADATA_KEY), model=FILE)
    network = build_network(recipe).eval()
    _fill(network, model)
    return network, recipe, spec


@torch.no_grad()
def _fill(network: nn.Module, model: onnx.ModelProto) -> None:
    """Give a network its file's weights.

    The file holds batch normalisation within the convolutions. Here it stays an operation, as
    torch runs it, and what is left of it is adding the bias.
    """
    for module in network.modules():
        if isinstance(module, nn.BatchNorm3d):
            module.reset_running_stats()
            # By default it divides by the root of 1 + eps.
            module.weight.fill_(math.sqrt(1.0 + module.eps))
    wanted = dict(network.named_parameters())
    for tensor in model.graph.initializer:
        name = _FOLDED.sub(r".norm\1.bias", tensor.name)
        values = torch.from_numpy(numpy_helper.to_array(tensor).copy())
        parameter = wanted.pop(name, None)
        if parameter is None or parameter.shape != values.shape:
            raise ModelError(
                f"model {FILE}: its recipe's network has no {tensor.name} like its own"
            )
        parameter.copy_(values)
    left = [name for name in wanted if not re.search(r"\.norm\d\.weight$", name)]
    if left:
        raise ModelError(f"model {FILE}: expected weights for {left[0]}, found none")
