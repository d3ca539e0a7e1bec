"""Optimisers, learning rates along a fit, and averages of its weights."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import torch
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import WeightAveraging
from torch.optim import SGD, Adam, AdamW, Optimizer
from torch.optim.lr_scheduler import LambdaLR
from torch.optim.swa_utils import get_ema_avg_fn

from training.recipe.optimisation import (
    Averaging,
    Constant,
    Cosine,
    Polynomial,
    Schedule,
    WarmRestarts,
)
from training.recipe.recipe import Recipe


def configure(
    parameters: Iterable[torch.nn.Parameter], recipe: Recipe
) -> tuple[Optimizer, LambdaLR]:
    """Return a recipe's optimiser, and the schedule that is to be stepped after every step of it.

    The rate follows from the number of the step alone, so a fit that goes on from a checkpoint
    has the rates that it would have had.
    """
    optimiser = _optimiser(parameters, recipe)
    return optimiser, LambdaLR(optimiser, partial(rate_share, recipe=recipe))


def _optimiser(parameters: Iterable[torch.nn.Parameter], recipe: Recipe) -> Optimizer:
    how = recipe.gradients
    if how.kind == "sgd":
        return SGD(
            parameters,
            lr=how.learning_rate,
            momentum=how.momentum,
            nesterov=how.momentum > 0.0,
            weight_decay=how.weight_decay,
        )
    adam: Callable[..., Optimizer] = AdamW if how.kind == "adamw" else Adam
    return adam(
        parameters,
        lr=how.learning_rate,
        betas=(how.momentum, how.second_momentum),
        weight_decay=how.weight_decay,
    )


def rate_share(step: int, *, recipe: Recipe) -> float:
    """Return the learning rate of a step, counted from 0, as a share of the recipe's."""
    schedule: Schedule = recipe.schedule
    if isinstance(schedule, Constant):
        return 1.0
    lowest = schedule.lowest / recipe.gradients.learning_rate
    done = min(step / recipe.steps, 1.0)
    if isinstance(schedule, Cosine):
        return _warm_cosine(step, recipe.steps, schedule=schedule, lowest=lowest)
    if isinstance(schedule, Polynomial):
        share: float = (1.0 - done) ** schedule.power
        return max(share, lowest)
    if isinstance(schedule, WarmRestarts):
        # The end of the fit is the end of a period, not the start of another.
        within = done * schedule.periods % 1.0 if done < 1.0 else 1.0
        return _cosine(within, lowest)
    raise AssertionError(f"no such schedule: {schedule}")  # pragma: no cover


def _warm_cosine(step: int, steps: int, *, schedule: Cosine, lowest: float) -> float:
    warm = round(schedule.warm_up * steps)
    if step < warm:
        return (step + 1) / warm
    return _cosine((min(step, steps) - warm) / max(steps - warm, 1), lowest)


def _cosine(done: float, lowest: float) -> float:
    return lowest + (1.0 - lowest) * 0.5 * (1.0 + math.cos(math.pi * done))


def averaging(recipe: Recipe) -> WeightAveraging | None:
    """Return the callback that averages the weights along a fit, or None where none is wanted."""
    return None if recipe.averaging is None else Average(recipe.averaging, steps=recipe.steps)


class Average(WeightAveraging):
    """All weights and batch statistics after `start`, alike or exponentially; before, the latest.

    Lightning's own average is the untrained network until averaging starts, and that would be
    validated, and might be kept as the best.
    """

    def __init__(self, how: Averaging, *, steps: int) -> None:
        wanted: dict[str, Any] = {}
        if how.kind == "ema":
            wanted["avg_fn"] = get_ema_avg_fn(how.decay)  # type: ignore[no-untyped-call]
        super().__init__(use_buffers=True, **wanted)
        self.start = min(round(how.start * steps), steps - 1)

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Take up the weights after a step; up to the start they replace what there was."""
        if trainer.global_step - 1 <= self.start and self._average_model is not None:
            self._average_model.n_averaged.zero_()
        super().on_train_batch_end(trainer, pl_module, outputs, batch, batch_idx)
