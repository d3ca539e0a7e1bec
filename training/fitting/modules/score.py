"""Risk and HPV status: one number a patient."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from evaluation.metrics.calls import roc_auc
from evaluation.metrics.survival import concordance_index
from training.fitting.losses import cox_loss
from training.fitting.modules.base import Batch, RecipeModule
from training.fitting.modules.gather import gathered
from training.fitting.scores.masking import mask_values
from training.fitting.scores.table import input_names
from training.networks.score import ScoreNet
from training.recipe.recipe import Recipe

HELD_OUT, ASIDE = "score", "aside"
"""Figures of the patients held out, and of the training patients set aside."""


class Scored(NamedTuple):
    """A patient's score and outcome, and of whom: 0 held out, 1 set aside."""

    group: int
    score: float
    time_days: float
    event: bool
    hpv: bool


class ScoreModule(RecipeModule):
    """Cox partial likelihood or cross-entropy of the part that learns; validated by C-index or AUC.

    Parameters
    ----------
    network : ScoreNet
        Whose learning part is fitted; the others follow it (`training.fitting.scores`).
    recipe : Recipe
        How.
    groups : Tensor or None, shape (f,), int64
        Clinical values that are masked together (`joint_groups`); None where there are none.
    positive_weight : float
        Of a positive in the cross-entropy; a negative weighs 1.
    """

    network: ScoreNet
    groups: Tensor | None

    def __init__(
        self, network: ScoreNet, recipe: Recipe, *, groups: Tensor | None, positive_weight: float
    ) -> None:
        super().__init__(network, recipe)
        # Of the patients learned from, so no part of a checkpoint.
        self.register_buffer("groups", groups, persistent=False)
        self.positive_weight = positive_weight
        self._scored: list[Scored] = []

    def _score(self, batch: Batch) -> Tensor:
        learner = self.network.learner
        if learner is None:
            raise TypeError("expected a network of which a part learns by gradients, found none")
        inputs = (batch[name] for name in input_names(self.recipe.spec))
        score: Tensor = learner(self.network.member_inputs(*inputs))
        # Under mixed precision too: a sum over a risk set needs more than eight bits.
        return score.float()

    def training_step(self, batch: Batch, _: int) -> Tensor:
        """Return the loss of a batch, some known clinical values masked."""
        name, probability = self.recipe.spec.tensor_names.clinical, self.recipe.missing_probability
        if self.groups is not None:
            batch = {**batch, name: mask_values(batch[name], probability, self.groups)}
        score = self._score(batch)
        if self.recipe.spec.role == "risk":
            loss = cox_loss(score, time_days=batch["time_days"], event=batch["event"])
        else:
            weight = torch.tensor(self.positive_weight, device=score.device)
            loss = nn.functional.binary_cross_entropy_with_logits(
                score, batch["hpv"].float(), pos_weight=weight
            )
        self.log_step(loss)
        return loss

    def validation_step(self, batch: Batch, _: int, dataloader_idx: int = 0) -> None:
        """Collect scores and outcomes; the metric needs all patients at once."""
        rows = zip(
            self._score(batch).tolist(),
            batch["time_days"].tolist(),
            batch["event"].tolist(),
            batch["hpv"].tolist(),
            strict=True,
        )
        self._scored += [Scored(dataloader_idx, *row) for row in rows]

    def on_validation_epoch_end(self) -> None:
        """Log the C-index, or the AUC, of those held out and of those set aside."""
        rows = gathered(self._scored)
        self._scored = []
        found = {}
        for group, name in enumerate((HELD_OUT, ASIDE)):
            of_group = [row for row in rows if row.group == group]
            found[name] = figure(
                np.array([row.score for row in of_group]),
                time_days=np.array([row.time_days for row in of_group]),
                outcome=np.array([_outcome(row, self.recipe) for row in of_group], dtype=bool),
                role=self.recipe.spec.role,
            )
        self.log_validation(found)


def _outcome(row: Scored, recipe: Recipe) -> bool:
    return row.event if recipe.spec.role == "risk" else row.hpv


def figure(
    score: NDArray[np.float64],
    *,
    time_days: NDArray[np.float64],
    outcome: NDArray[np.bool_],
    role: str,
) -> float:
    """Return the C-index of a risk or the area under the ROC curve of an HPV score.

    Parameters
    ----------
    score : ndarray, shape (n,)
        Higher means earlier recurrence, or that HPV positive is likelier.
    time_days : ndarray, shape (n,)
        Of a risk: time to recurrence or last follow-up.
    outcome : ndarray, shape (n,), bool
        Recurred, or HPV positive.
    role : str
        "risk" or "hpv".

    Returns
    -------
    float
        NaN where a risk's patients are so few that none can be compared with another.
    """
    if role == "risk":
        first = time_days[outcome].min(initial=np.inf)
        if not ((time_days > first) | ((time_days == first) & ~outcome)).any():
            return float("nan")
        return concordance_index(score, time_days=time_days, event=outcome)
    return roc_auc(score, truth=outcome)
