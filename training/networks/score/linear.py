"""A weighted sum of values and indicators."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from training.networks.score.values import MemberInputs


class LinearScore(nn.Module):
    """Weights that `training.fitting.scores.linear` finds; zero before.

    Parameters
    ----------
    covariates : int
        Values and indicators.
    """

    weight: Tensor

    def __init__(self, *, covariates: int) -> None:
        super().__init__()
        self.register_buffer("weight", torch.zeros(covariates))

    def forward(self, given: MemberInputs) -> Tensor:
        """Return raw scores, shape (b,)."""
        # Against a matrix: a product with a vector loses its batch in some runtimes.
        scores: Tensor = (given.covariates @ self.weight[:, None])[:, 0]
        return scores
