"""The part of a score network that is trained by gradients."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from training.networks.score.encoders import encoder_of
from training.networks.score.values import MemberInputs
from training.recipe.score import ScoreNetwork


class LearnedScore(nn.Module):
    """Image features beside the values, layers on both, and one linear head.

    Parameters
    ----------
    network : ScoreNetwork
        Widths.
    channels : int
        Of the image.
    covariates : int
        Values and indicators.
    """

    def __init__(self, network: ScoreNetwork, *, channels: int, covariates: int) -> None:
        super().__init__()
        width = 0
        self.encoder: nn.Module | None = None
        self.project: nn.Module = nn.Identity()
        if network.image is not None:
            encoder = encoder_of(network.image, inputs=channels)
            self.encoder, width = encoder, encoder.width
        if network.image is not None and network.image_features is not None:
            self.project = nn.Sequential(
                nn.Dropout(network.dropout), nn.Linear(width, network.image_features), nn.Tanh()
            )
            width = network.image_features
        self.hidden: nn.Module | None = None
        if covariates:
            self.hidden, joined = _layers(covariates, network.hidden, network.dropout)
            width += joined
        self.fusion, width = _layers(width, network.fusion, network.dropout)
        self.width = width
        self.head = nn.Linear(width, 1)
        # From zero, so that a feature counts only as far as the patients say it does.
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def features(self, given: MemberInputs) -> Tensor:
        """Return what the head sees, shape (b, width)."""
        parts: list[Tensor] = []
        if self.encoder is not None and given.image is not None:
            parts.append(self.project(self.encoder(given.image)))
        if self.hidden is not None:
            parts.append(self.hidden(given.covariates))
        features: Tensor = self.fusion(torch.cat(parts, dim=1))
        return features

    def forward(self, given: MemberInputs) -> Tensor:
        """Return raw scores, shape (b,)."""
        scores: Tensor = self.head(self.features(given))[:, 0]
        return scores


def _layers(inputs: int, widths: Sequence[int], dropout: float) -> tuple[nn.Module, int]:
    layers: list[nn.Module] = []
    for width in widths:
        layers += [nn.Linear(inputs, width), nn.LeakyReLU(0.01), nn.Dropout(dropout)]
        inputs = width
    return nn.Sequential(*layers), inputs
