"""One YAML file of `training/recipes`, and its variants."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from shared.spec import Spec
from training.recipe import trial
from training.recipe.augmentation import Augmentation, Patches
from training.recipe.base import Count, Frozen
from training.recipe.checks import (
    check_balanced,
    check_channels,
    check_gradients,
    check_patches,
    check_score,
    learns_by_gradients,
)
from training.recipe.network import Network
from training.recipe.optimisation import Averaging, Constant, Loss, Optimiser, Schedule
from training.recipe.score import PatientNetwork


class Recipe(Frozen):
    """Everything about a fit that is neither code nor data.

    Attributes
    ----------
    source : str
        Where the recipe comes from.
    spec : Spec
        What the network sees and means; it travels with the weights.
    patches : Patches or None
        Segmentation only: the crops that are learned from.
    augmentation : tuple
        Random changes, in order.
    optimiser : Optimiser or None
        None where nothing is learned by gradients.
    steps, batch_size : int
        Optimiser steps of the fit, 0 where nothing is learned by gradients; and crops (or
        patients, for scores) a step.
    balanced : bool
        HPV only: batches, of an even size, have as many negative patients as positive ones, and
        the loss weighs them alike; without, the loss makes up for the classes' sizes.
    aside : float
        Scores only: share of the training patients that gradients don't see: scales and
        calibration are fitted on those, and `keep: best` chooses by them.
    validations : int
        How often the held-out patients are looked at, evenly over the fit: a divisor of the
        steps. Each is also the end of an epoch, and a checkpoint.
    precision : str
        Arithmetic of the fit unless the command says otherwise; weights are float32 always.
    initialisation : str
        `kaiming`: normal, by the fan out; `default`: the network library's own.
    missing_probability : float
        Chance that a known clinical value is hidden in training, together with those that go
        missing with it: missingness is a proxy of the centre and must not be learned.
    keep : str
        Which weights become the network: those that validate best (a score's, on those set
        aside), or the last, where those patients are too few to tell one from another.
    seed : int
        Of initial weights, order, crops and changes.
    """

    source: str
    spec: Spec
    network: Network
    patches: Patches | None = None
    augmentation: tuple[Augmentation, ...] = ()
    loss: Loss = Loss()
    optimiser: Optimiser | None = None
    schedule: Schedule = Constant()
    averaging: Averaging | None = None
    steps: Annotated[int, Field(ge=0)] = 0
    batch_size: Count = 1
    balanced: bool = False
    aside: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.2
    validations: Count = 20
    precision: Literal["32-true", "bf16-mixed", "16-mixed"] = "32-true"
    initialisation: Literal["default", "kaiming"] = "default"
    missing_probability: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.0
    keep: Literal["best", "last"] = "best"
    seed: Annotated[int, Field(ge=0)] = 0

    @model_validator(mode="after")
    def _consistent(self) -> Recipe:
        segments = self.spec.role == "segmentation"
        if segments == isinstance(self.network, PatientNetwork):
            raise ValueError(f"network: {self.network.kind} does not fit role {self.spec.role}")
        if isinstance(self.network, PatientNetwork):
            check_score(self.network, self.spec)
        check_gradients(self.network, self.optimiser, steps=self.steps)
        check_balanced(self.balanced, role=self.spec.role, batch_size=self.batch_size)
        check_patches(self.network, self.spec, self.patches)
        check_channels(self.augmentation, self.spec)
        if self.steps % self.validations:
            raise ValueError(
                "validations: expected a divisor of the steps, so that the last step ends an "
                f"epoch, found {self.validations} of {self.steps}"
            )
        return self

    @property
    def needs_gradients(self) -> bool:
        """Return whether anything is fitted step by step."""
        return learns_by_gradients(self.network)

    @property
    def gradients(self) -> Optimiser:
        """Return what makes the steps; a ValueError where there are none."""
        if self.optimiser is None:
            raise ValueError("optimiser: expected one, found a recipe that makes no steps")
        return self.optimiser

    @property
    def steps_an_epoch(self) -> int:
        """Return the steps between two looks at the held-out patients."""
        return self.steps // self.validations

    def with_steps(self, steps: int, *, validations: int | None = None) -> Recipe:
        """Return the same recipe for another budget; its schedule stretches with it.

        Rounded up, so that the fit ends with an epoch.

        Parameters
        ----------
        steps : int
            From 1.
        validations : int, optional
            At most so many looks at the held-out patients.
        """
        validations = min(validations or self.validations, self.validations, steps)
        rounded = -(-steps // validations) * validations
        return _validated(self, {"steps": rounded, "validations": validations})

    def smoke(self) -> Recipe:
        """Return the recipe cut down to a trial of its parts: few steps on a small box.

        The network, the losses, the schedule and the augmentation stay as they are. Arithmetic is
        float32.
        """
        changes = trial.small(self.spec, self.network, self.patches)
        # oneDNN's bfloat16 gradients of maps of 2^3 voxels, as a trial's coarsest are, now and then
        # hold memory that was never written.
        changes |= {"precision": "32-true"}
        if self.needs_gradients:
            batch_size = min(self.batch_size, 2)
            changes |= {"steps": trial.STEPS, "validations": 2, "batch_size": batch_size}
        return _validated(self, changes)


def _validated(recipe: Recipe, changes: dict[str, Any]) -> Recipe:
    return Recipe.model_validate({**recipe.model_dump(), **changes})
