"""The networks, built from a recipe."""

from __future__ import annotations

from torch import nn

from shared.spec import Spec
from training.networks.dynunet import DynUNet
from training.networks.library import residual_unet, segresnet, segresnetds, swinunetr
from training.networks.score import ScoreNet
from training.networks.senorm import SENormUNet
from training.recipe.network import (
    DynUNetwork,
    ResidualUNetwork,
    SegmentationNetwork,
    SegResNetDSNetwork,
    SegResNetwork,
    SENormNetwork,
)
from training.recipe.recipe import Recipe
from training.recipe.score import PatientNetwork


def build_network(recipe: Recipe) -> nn.Module:
    """Return the untrained network of a recipe.

    A segmentation network maps (b, c, z, y, x) to class scores before softmax, shape
    (b, 1 + labels, z, y, x). While it trains, one with deep supervision returns a list of them, the
    finest first, each at its own resolution. A score network is a `ScoreNet`.
    """
    network = recipe.network
    if isinstance(network, PatientNetwork):
        return _initialised(ScoreNet(network, recipe.spec), recipe)
    return _initialised(_segmentation(network, recipe.spec), recipe)


def classes(spec: Spec) -> int:
    """Return the number of output channels: the background, and every channel that labels name."""
    return 1 + max(label.channel for label in spec.labels)


def _segmentation(network: SegmentationNetwork, spec: Spec) -> nn.Module:
    inputs, outputs = len(spec.channels), classes(spec)
    if isinstance(network, DynUNetwork):
        return DynUNet(network, inputs=inputs, outputs=outputs)
    if isinstance(network, ResidualUNetwork):
        return residual_unet(network, inputs=inputs, outputs=outputs)
    if isinstance(network, SegResNetwork):
        return segresnet(network, inputs=inputs, outputs=outputs)
    if isinstance(network, SegResNetDSNetwork):
        return segresnetds(network, inputs=inputs, outputs=outputs)
    if isinstance(network, SENormNetwork):
        return SENormUNet(network, inputs=inputs, outputs=outputs)
    return swinunetr(network, inputs=inputs, outputs=outputs)


def _initialised(network: nn.Module, recipe: Recipe) -> nn.Module:
    if recipe.initialisation == "kaiming":
        network.apply(_kaiming)
    return network


def _kaiming(module: nn.Module) -> None:
    """Draw convolutions' weights from a normal by the fan out; He et al., ICCV 2015."""
    if isinstance(module, nn.Conv3d | nn.ConvTranspose3d):
        nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        if module.bias is not None:
            nn.init.zeros_(module.bias)
