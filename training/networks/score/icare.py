"""Bagged ICARE at inference: signs, means and standard deviations as arrays of the graph.

Source: Rebaud et al., "Simplicity is all you need: out-of-the-box nnUNet followed by
binary-weighted radiomic model for segmentation and outcome prediction in head and neck PET/CT",
HECKTOR 2022.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from training.networks.score.learned import LearnedScore
from training.networks.score.values import MemberInputs
from training.recipe.score import IcareNetwork


class IcareScore(nn.Module):
    """Estimators that `training.fitting.scores.icare` finds; without features before.

    An estimator's answer is the mean, over the features it chose that are known, of sign times
    standardised value, standardised itself. Where none of them is known it takes no part.

    Parameters
    ----------
    network : IcareNetwork
        How many estimators, and how they are combined.
    features : int
        Of a patient; with `of`, its fused ones.
    of : LearnedScore or None
        What makes the features; None: they are the values.

    Attributes
    ----------
    weight : Tensor, shape (estimators, features)
        Sign over standard deviation of a chosen feature; 0 of another.
    shift : Tensor, shape (estimators, features)
        Weight times mean.
    chosen : Tensor, shape (estimators, features)
        1 for a chosen feature, 0 for another.
    centre, scale : Tensor, shape (estimators,)
        Mean and standard deviation of each estimator's answers.
    """

    weight: Tensor
    shift: Tensor
    chosen: Tensor
    centre: Tensor
    scale: Tensor

    def __init__(self, network: IcareNetwork, *, features: int, of: LearnedScore | None) -> None:
        super().__init__()
        self.combine, self.of = network.combine, of
        for name in ("weight", "shift", "chosen"):
            self.register_buffer(name, torch.zeros(network.estimators, features))
        self.register_buffer("centre", torch.zeros(network.estimators))
        self.register_buffer("scale", torch.ones(network.estimators))

    def features(self, given: MemberInputs) -> tuple[Tensor, Tensor]:
        """Return the features, 0 where missing, and 1 where known, both of shape (b, features).

        Raises
        ------
        ValueError
            If there are neither values nor a network.
        """
        if self.of is not None:
            fused = self.of.features(given)
            return fused, torch.ones_like(fused)
        if given.values is None or given.known is None:
            raise ValueError("expected clinical or lesion values, found neither")
        return given.values, given.known

    def forward(self, given: MemberInputs) -> Tensor:
        """Return raw scores, shape (b,)."""
        values, known = self.features(given)
        counted = known @ self.chosen.T
        total = values @ self.weight.T - known @ self.shift.T
        answers = (total / counted.clamp(min=1.0) - self.centre) / self.scale
        takes_part = (counted > 0.5).to(answers.dtype)
        if self.combine == "mean":
            return (answers * takes_part).sum(1) / takes_part.sum(1).clamp(min=1.0)
        return _median(answers, takes_part)


def _median(answers: Tensor, takes_part: Tensor) -> Tensor:
    """Return the median of those that take part, shape (b,); 0 where there are none.

    By how many others are smaller, those of equal value in their order: runtimes rewrite a sort
    over marked values into arithmetic that loses the digits.
    """
    places = torch.arange(answers.shape[1], device=answers.device)
    mine, others = answers[:, :, None], answers[:, None, :]
    before = (others < mine) | ((others == mine) & (places[None, :] < places[:, None]))
    rank = (before.to(answers.dtype) * takes_part[:, None, :]).sum(2)
    count = takes_part.sum(1, keepdim=True)
    middle = [torch.floor(0.5 * (count - shift)) for shift in (1.0, 0.0)]
    picked = sum((torch.abs(rank - m) < 0.25).to(answers.dtype) for m in middle)
    return 0.5 * (answers * takes_part * picked).sum(1)
