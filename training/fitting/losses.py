"""What a fit makes small."""

from __future__ import annotations

from collections.abc import Callable

import torch
from monai.losses import DiceCELoss, DiceLoss, FocalLoss
from torch import Tensor, nn

from training.recipe.recipe import Recipe

Output = Tensor | list[Tensor]


def segmentation_loss(recipe: Recipe) -> Callable[[Output, Tensor], Tensor]:
    """Return the loss of class scores against labels.

    Returns
    -------
    callable
        Of scores before softmax (b, classes, z, y, x), or a list of them, the finest first, each
        half as important as the one before; and channel numbers (b, 1, z, y, x). The weights of a
        list add up to one.
    """
    return _Supervised(_one(recipe))


class _Supervised:
    def __init__(self, loss: Callable[[Tensor, Tensor], Tensor]) -> None:
        self.loss = loss

    def __call__(self, output: Output, label: Tensor) -> Tensor:
        outputs = output if isinstance(output, list) else [output]
        weights = [0.5**level for level in range(len(outputs))]
        total = torch.zeros((), device=label.device)
        for scores, weight in zip(outputs, weights, strict=True):
            # Sums over a million voxels need float32 under mixed precision too.
            part = self.loss(scores.float(), _at(label, scores))
            total = total + weight / sum(weights) * part
        return total


def _at(label: Tensor, scores: Tensor) -> Tensor:
    """Bring labels to the resolution of scores, by the nearest voxel."""
    if label.shape[2:] == scores.shape[2:]:
        return label.long()
    return nn.functional.interpolate(
        label.float(), size=tuple(scores.shape[2:]), mode="nearest"
    ).long()


def _one(recipe: Recipe) -> Callable[[Tensor, Tensor], Tensor]:
    loss = recipe.loss
    dice = {
        "include_background": loss.include_background,
        "softmax": True,
        "to_onehot_y": True,
        "squared_pred": loss.squared,
        "batch": loss.batch,
        "smooth_nr": loss.smooth_numerator,
        "smooth_dr": loss.smooth_denominator,
    }
    if loss.kind == "dice_ce":
        combined: Callable[[Tensor, Tensor], Tensor] = DiceCELoss(**dice)
        return combined
    # Not MONAI's DiceFocalLoss: its focal term takes a sigmoid of each class, where the network's
    # output is meant for a softmax, and leaves the background out along with the Dice's.
    overlap = DiceLoss(**dice)
    focal = FocalLoss(to_onehot_y=True, use_softmax=True, gamma=loss.gamma)

    def both(scores: Tensor, label: Tensor) -> Tensor:
        total: Tensor = overlap(scores, label) + focal(scores, label)
        return total

    return both


def cox_loss(risk: Tensor, *, time_days: Tensor, event: Tensor) -> Tensor:
    """Return the negative log partial likelihood of a proportional-hazards risk, per event.

    The risk set of an event holds everyone still followed at its time, ties included (Breslow).
    Source: Cox, J. R. Stat. Soc. B 34 (1972) 187.

    Parameters
    ----------
    risk : Tensor, shape (..., n)
        Log hazard ratio; higher means earlier recurrence. Several rows are cohorts of their own,
        and the loss is their mean.
    time_days : Tensor, shape (n,)
        Time to recurrence or last follow-up.
    event : Tensor, shape (n,), bool
        Whether it ended in a recurrence.

    Returns
    -------
    Tensor, shape ()
        Zero, with a gradient of zero, for a batch without events.
    """
    latest_first = torch.argsort(time_days, descending=True)
    time, happened = time_days[latest_first], event[latest_first]
    ordered = risk[..., latest_first]
    # Up to the last of those who share a time: all of them are at risk at it.
    last = torch.searchsorted(-time, -time, right=True) - 1
    log_hazard = torch.logcumsumexp(ordered, dim=-1)[..., last]
    losses = torch.where(happened, log_hazard - ordered, torch.zeros_like(ordered))
    return (losses.sum(-1) / happened.sum().clamp(min=1)).mean()
