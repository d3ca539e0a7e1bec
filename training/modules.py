"""What Lightning trains: a network, its loss and its validation metric."""

from __future__ import annotations

from typing import Any

import lightning
import numpy as np
import torch
from monai.losses import DiceCELoss
from torch import Tensor, nn

from evaluation.metrics.calls import roc_auc
from evaluation.metrics.survival import concordance_index
from training.losses import cox_loss
from training.recipe import Recipe

Batch = dict[str, Tensor]


class _Module(lightning.LightningModule):
    """Optimiser and schedule, the same for every recipe."""

    def __init__(self, network: nn.Module, recipe: Recipe) -> None:
        super().__init__()
        self.network, self.recipe = network, recipe

    def configure_optimizers(self) -> Any:  # Lightning's own union of return types
        """Return AdamW with a warm-up and a cosine to zero."""
        recipe = self.recipe
        optimiser = torch.optim.AdamW(
            self.network.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay
        )
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimiser, max_lr=recipe.learning_rate, total_steps=recipe.steps, pct_start=0.05
        )
        return {
            "optimizer": optimiser,
            "lr_scheduler": {"scheduler": schedule, "interval": "step"},
        }


class SegmentationModule(_Module):
    """Dice and cross-entropy; validated by the mean Dice of the labels over patients."""

    def __init__(self, network: nn.Module, recipe: Recipe) -> None:
        super().__init__(network, recipe)
        self.loss = DiceCELoss(softmax=True, to_onehot_y=True, include_background=False, batch=True)
        self._dice: list[list[float]] = []

    def training_step(self, batch: Batch, _: int) -> Tensor:
        """Return the loss of a batch."""
        loss: Tensor = self.loss(self.network(batch["image"]), batch["label"].long())
        self.log("loss", loss, prog_bar=True)
        return loss

    def validation_step(self, batch: Batch, _: int) -> None:
        """Collect each label's Dice where the patient has it."""
        called = self.network(batch["image"]).argmax(1)
        truth = batch["label"][:, 0]
        for label in self.recipe.spec.labels:
            mine, real = called == label.channel, truth == label.channel
            if real.any():
                both = float((mine & real).sum()) * 2.0 / float(mine.sum() + real.sum())
                self._dice.append([label.channel, both])

    def on_validation_epoch_end(self) -> None:
        """Log the mean over labels of the mean over patients."""
        table = np.array(self._dice)
        per_label = [table[table[:, 0] == channel, 1].mean() for channel in np.unique(table[:, 0])]
        for channel, value in enumerate(per_label, start=1):
            self.log(f"dice_{channel}", float(value))
        self.log("score", float(np.mean(per_label)), prog_bar=True)
        self._dice.clear()


class ScoreModule(_Module):
    """Cox partial likelihood or class-weighted cross-entropy; validated by C-index or AUC."""

    def __init__(self, network: nn.Module, recipe: Recipe, *, positive_weight: float) -> None:
        super().__init__(network, recipe)
        self.positive_weight = positive_weight
        self._outputs: list[Batch] = []

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
        self.log("loss", loss, prog_bar=True)
        return loss

    def validation_step(self, batch: Batch, _: int) -> None:
        """Collect scores and outcomes; the metric needs all patients at once."""
        keep = ("time_days", "event", "hpv")
        self._outputs.append({"score": self._score(batch), **{name: batch[name] for name in keep}})

    def on_validation_epoch_end(self) -> None:
        """Log the C-index, or the AUC."""
        whole = {
            name: torch.cat([output[name] for output in self._outputs]).cpu().numpy()
            for name in self._outputs[0]
        }
        self._outputs.clear()
        if self.recipe.spec.role == "risk":
            value = concordance_index(
                whole["score"], time_days=whole["time_days"], event=whole["event"]
            )
        else:
            value = roc_auc(whole["score"], truth=whole["hpv"])
        self.log("score", value, prog_bar=True)


def hide(batch: Batch, recipe: Recipe) -> Batch:
    """Return the batch with known clinical values turned missing at the recipe's probability."""
    name = recipe.spec.tensor_names.clinical
    clinical = batch[name].clone()
    hidden = torch.rand_like(clinical[:, 0::2]) < recipe.missing_probability
    clinical[:, 0::2] = clinical[:, 0::2].masked_fill(hidden, 0.0)
    clinical[:, 1::2] = clinical[:, 1::2].masked_fill(hidden, 1.0)
    return {**batch, name: clinical}
