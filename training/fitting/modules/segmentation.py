"""Segmentation: patches are learned from, whole regions are validated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from monai.inferers import SlidingWindowInferer
from torch import Tensor, nn
from torch.nn import functional

from shared.spec import Spec, Windows
from training.fitting.losses import segmentation_loss
from training.fitting.modules.base import Batch, RecipeModule
from training.fitting.modules.gather import gathered
from training.recipe.recipe import Recipe


@dataclass(frozen=True)
class Counts:
    """Voxels of one label in one patient: in both masks, and in the two together."""

    channel: int
    common: int
    total: int
    present: bool

    @property
    def dice(self) -> float:
        """Return the Dice coefficient; 1 where both masks are empty."""
        return 2.0 * self.common / self.total if self.total else 1.0


def over_region(image: Tensor, network: Callable[[Tensor], Tensor], spec: Spec) -> Tensor:
    """Run a network over a region as the container does: at once, or by windows.

    Parameters
    ----------
    image : Tensor, shape (1, c, z, y, x)
        The region. Padded at its end with each channel's lowest value where it is too small, as
        `shared.sliding_window` pads.
    network : callable
        From patches (1, c, ...) to class scores (1, k, ...).
    spec : Spec
        Says how.

    Returns
    -------
    Tensor, shape (1, k, z, y, x)
    """
    how = spec.inference
    z, y, x = image.shape[2:]
    patch = how.patch((z, y, x))
    windows = (
        SlidingWindowInferer(patch, overlap=how.overlap, mode=how.blend)
        if isinstance(how, Windows)
        else SlidingWindowInferer(patch, overlap=0.0)
    )
    scores: Tensor = windows(_padded(image, patch), network)
    return scores[:, :, :z, :y, :x]


def _padded(image: Tensor, least: tuple[int, ...]) -> Tensor:
    missing = [max(0, n - size) for n, size in zip(least, image.shape[2:], strict=True)]
    if not any(missing):
        return image
    widths = [n for size in reversed(missing) for n in (0, size)]
    channels = [functional.pad(channel, widths, value=float(channel.min())) for channel in image[0]]
    return torch.stack(channels)[None]


class SegmentationModule(RecipeModule):
    """Validated by the mean over labels of the mean Dice over the patients who have it."""

    def __init__(self, network: nn.Module, recipe: Recipe) -> None:
        super().__init__(network, recipe)
        self.loss = segmentation_loss(recipe)
        self._counts: list[Counts] = []

    def training_step(self, batch: Batch, _: int) -> Tensor:
        """Return the loss of a batch of patches."""
        loss = self.loss(self.learn(batch["image"]), batch["label"])
        self.log_step(loss)
        return loss

    def validation_step(self, batch: Batch, _: int) -> None:
        """Count the voxels of one patient's labels."""
        image, truth = batch["image"], batch["label"][:, 0]
        called = over_region(image, self.network, self.recipe.spec).argmax(1)
        for label in self.recipe.spec.labels:
            mine, real = called == label.channel, truth == label.channel
            self._counts.append(
                Counts(
                    label.channel,
                    common=int((mine & real).sum()),
                    total=int(mine.sum() + real.sum()),
                    present=bool(real.any()),
                )
            )

    def on_validation_epoch_end(self) -> None:
        """Log each label's mean Dice where it is present, the Dice of all voxels, and the score."""
        self.log_validation(figures(gathered(self._counts)))
        self._counts.clear()


def figures(counts: list[Counts]) -> dict[str, float]:
    """Summarise held-out patients: `dice_N`, `aggregated_dice_N` for channel N, and `score`.

    Raises
    ------
    ValueError
        If no patient has any label: nothing could be validated.
    """
    found: dict[str, float] = {}
    for channel in sorted({count.channel for count in counts}):
        of_label = [count for count in counts if count.channel == channel]
        present = [count.dice for count in of_label if count.present]
        if present:
            found[f"dice_{channel}"] = float(np.mean(present))
        total = sum(count.total for count in of_label)
        common = sum(count.common for count in of_label)
        found[f"aggregated_dice_{channel}"] = 2.0 * common / total if total else 1.0
    means = [value for name, value in found.items() if name.startswith("dice_")]
    if not means:
        raise ValueError("held-out patients: expected one with a label at least, found none")
    return {**found, "score": float(np.mean(means))}
