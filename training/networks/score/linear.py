"""A weighted sum of values and indicators."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from training.networks.score.values import Seen


class LinearScore(nn.Module):
    """Weights that `training.fitting.scores.linear` finds; zero before.

    Parameters
    ----------
    described : int
        Values and indicators.
    """

    weight: Tensor

    def __init__(self, *, described: int) -> None:
        super().__init__()
        self.register_buffer("weight", torch.zeros(described))

    def forward(self, seen: Seen) -> Tensor:
        """Return raw scores, shape (b,)."""
        # Against a matrix: a product with a vector loses its batch in some runtimes.
        scores: Tensor = (seen.described @ self.weight[:, None])[:, 0]
        return scores
