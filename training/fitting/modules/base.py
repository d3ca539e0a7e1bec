"""What is the same for every recipe: optimiser, schedule, and draws that a resumed fit repeats."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import lightning
import numpy as np
import torch
from torch import Tensor, nn

from training.fitting.optimise import configure
from training.recipe.recipe import Recipe
from training.run import RunError

Batch = dict[str, Tensor]


class RecipeModule(lightning.LightningModule):
    """A network under its recipe."""

    def __init__(self, network: nn.Module, recipe: Recipe) -> None:
        super().__init__()
        self.network, self.recipe = network, recipe
        self.compiled = False
        self._learner: Callable[[Tensor], Any] | None = None

    def on_train_start(self) -> None:
        """Compile the network for its patches, if asked to."""
        if self.compiled:
            self._learner = torch.compile(self.network.forward)

    def learn(self, image: Tensor) -> Any:
        """Run the network on a training batch; held-out patients, of other shapes, go past this."""
        return (self._learner or self.network)(image)

    def configure_optimizers(self) -> Any:  # Lightning's own union of return types
        """Return the recipe's optimiser, and its schedule a step."""
        optimiser, schedule = configure(self.network.parameters(), self.recipe)
        return {
            "optimizer": optimiser,
            "lr_scheduler": {"scheduler": schedule, "interval": "step"},
        }

    def on_train_epoch_start(self) -> None:
        """Set the state of chance from the epoch alone.

        Checkpoints do not hold it, and dropout draws from it: a fit that was killed and goes on
        must draw what it would have drawn.
        """
        parts = (self.recipe.seed, self.current_epoch, self.global_rank)
        torch.manual_seed(int(np.random.SeedSequence(parts).generate_state(1)[0]))

    def on_validation_epoch_start(self) -> None:
        """Stop at weights that are not finite, before a checkpoint keeps them.

        Raises
        ------
        RunError
            After a step too large, or of half precision where a kernel can't do it.
        """
        if all(bool(parameter.isfinite().all()) for parameter in self.network.parameters()):
            return
        raise RunError(
            f"fit: expected finite weights, found others after step {self.trainer.global_step} "
            f"(precision {self.trainer.precision}); the same command with --precision 32-true "
            "goes on from the epoch before"
        )

    def log_step(self, loss: Tensor) -> None:
        """Log a step's loss and learning rate."""
        self.log("loss", loss.detach(), prog_bar=True)
        self.log("learning_rate", self.optimizers().param_groups[0]["lr"])  # type: ignore[union-attr]

    def log_validation(self, figures: dict[str, float]) -> None:
        """Log figures of the held-out patients; every device has the same, and raises `score`."""
        for name, value in figures.items():
            self.log(name, value, prog_bar=name == "score")
