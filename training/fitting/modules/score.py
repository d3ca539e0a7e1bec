"""Risk and HPV status: one number a patient."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from evaluation.metrics.calls import roc_auc
from evaluation.metrics.survival import concordance_index
from training.fitting.losses import cox_loss
from training.fitting.modules.base import Batch, RecipeModule
from training.fitting.modules.gather import gathered
from training.recipe.recipe import Recipe


class Scored(NamedTuple):
    """A held-out patient's score and outcome."""

    score: float
    time_days: float
    event: bool
    hpv: bool


class ScoreModule(RecipeModule):
    """Cox partial likelihood or class-weighted cross-entropy; validated by C-index or AUC."""

    def __init__(self, network: nn.Module, recipe: Recipe, *, positive_weight: float) -> None:
        super().__init__(network, recipe)
        self.positive_weight = positive_weight
        self._scored: list[Scored] = []

    def _score(self, batch: Batch) -> Tensor:
        names = self.recipe.spec.tensor_names
        score: Tensor = self.network(
            batch[names.image], batch[names.clinical], batch[names.lesions]
        )[:, 0]
        return score

    def training_step(self, batch: Batch, _: int) -> Tensor:
        """Return the loss of a batch, some known clinical values hidden."""
        score = self._score(hide(batch, self.recipe))
        if self.recipe.spec.role == "risk":
            loss = cox_loss(score, time_days=batch["time_days"], event=batch["event"])
        else:
            weight = torch.tensor(self.positive_weight, device=score.device)
            loss = nn.functional.binary_cross_entropy_with_logits(
                score, batch["hpv"].float(), pos_weight=weight
            )
        self.log_step(loss)
        return loss

    def validation_step(self, batch: Batch, _: int) -> None:
        """Collect scores and outcomes; the metric needs all patients at once."""
        rows = zip(
            self._score(batch).tolist(),
            batch["time_days"].tolist(),
            batch["event"].tolist(),
            batch["hpv"].tolist(),
            strict=True,
        )
        self._scored += [Scored(*row) for row in rows]

    def on_validation_epoch_end(self) -> None:
        """Log the C-index, or the AUC."""
        rows = gathered(self._scored)
        self._scored = []
        score = np.array([row.score for row in rows])
        if self.recipe.spec.role == "risk":
            time_days = np.array([row.time_days for row in rows])
            event = np.array([row.event for row in rows], dtype=bool)
            value = concordance_index(score, time_days=time_days, event=event)
        else:
            value = roc_auc(score, truth=np.array([row.hpv for row in rows], dtype=bool))
        self.log_validation({"score": value})


def hide(batch: Batch, recipe: Recipe) -> Batch:
    """Return the batch with known clinical values turned missing at the recipe's probability."""
    name = recipe.spec.tensor_names.clinical
    clinical = batch[name].clone()
    hidden = torch.rand_like(clinical[:, 0::2]) < recipe.missing_probability
    clinical[:, 0::2] = clinical[:, 0::2].masked_fill(hidden, 0.0)
    clinical[:, 1::2] = clinical[:, 1::2].masked_fill(hidden, 1.0)
    return {**batch, name: clinical}
