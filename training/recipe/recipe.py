"""One YAML file of `training/recipes`, and its variants."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from shared.spec import OnePass, Spec, Windows
from training.recipe import trial
from training.recipe.augmentation import Augmentation, ByClass, OneOf, Patches
from training.recipe.base import Count, Frozen
from training.recipe.network import Network
from training.recipe.optimisation import Averaging, Constant, Loss, Optimiser, Schedule
from training.recipe.score import PatientNetwork, learner_of, needs_values


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
        HPV only: batches have as many negative patients as positive ones, and the loss weighs
        them alike; without, the loss makes up for the classes' sizes.
    aside : float
        Scores only: share of the training patients that gradients don't see: scales and
        calibration are fitted on those, and `keep` chooses by them.
    validations : int
        How often the held-out patients are looked at, evenly over the fit: a divisor of the
        steps. Each is also the end of an epoch, and a checkpoint.
    precision : str
        Arithmetic of the fit unless the command says otherwise; weights are float32 always.
    initialisation : str
        `kaiming`: normal, by the fan out; `default`: the network library's own.
    missing_probability : float
        Chance that a known clinical value is hidden in training: missingness is a proxy of the
        centre and must not be learned.
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
            self._check_inputs(self.network)
        self._check_gradients()
        if self.balanced and self.spec.role != "hpv":
            raise ValueError(f"balanced: expected for hpv alone, found it for {self.spec.role}")
        if segments != (self.patches is not None):
            raise ValueError("patches: expected for a segmentation and for nothing else")
        if self.patches is not None:
            self._check_sizes(self.patches)
            self._check_classes(self.patches)
        self._check_channels()
        if self.steps % self.validations:
            raise ValueError(
                "validations: expected a divisor of the steps, so that the last step ends an "
                f"epoch, found {self.validations} of {self.steps}"
            )
        return self

    def _check_inputs(self, network: PatientNetwork) -> None:
        learner = learner_of(network)
        sees = learner is not None and learner.image is not None
        if sees != bool(self.spec.channels):
            wanted = "channels" if sees else "none, as its network sees no image"
            raise ValueError(f"spec.channels: expected {wanted}, found {len(self.spec.channels)}")
        if needs_values(network) and not self.spec.clinical and not self.spec.lesions:
            raise ValueError("spec: expected clinical or lesion values, found neither")

    def _check_gradients(self) -> None:
        if self.needs_gradients != (self.steps > 0):
            wanted = "1 or more" if self.needs_gradients else "0, as nothing learns by gradients"
            raise ValueError(f"steps: expected {wanted}, found {self.steps}")
        if self.needs_gradients and self.optimiser is None:
            raise ValueError("optimiser: expected one, as the network learns by gradients")
        if self.optimiser is not None and not self.needs_gradients:
            raise ValueError("optimiser: expected none, as nothing learns by gradients")

    def _check_sizes(self, patches: Patches) -> None:
        if isinstance(self.network, PatientNetwork):
            return
        multiple, inference = self.network.multiple, self.spec.inference
        sizes = {"patches.size_zyx": patches.size_zyx}
        if isinstance(inference, Windows):
            sizes["spec.inference.patch_zyx"] = inference.patch_zyx
        for name, size in sizes.items():
            if any(n % multiple for n in size):
                raise ValueError(f"{name}: expected multiples of {multiple}, found {size}")
        if isinstance(inference, OnePass) and inference.multiple % multiple:
            raise ValueError(
                f"spec.inference.multiple: expected a multiple of {multiple}, "
                f"found {inference.multiple}"
            )

    def _check_classes(self, patches: Patches) -> None:
        classes = 1 + max(label.channel for label in self.spec.labels)
        if isinstance(patches.centre, ByClass) and len(patches.centre.weights) != classes:
            raise ValueError(
                f"patches.centre.weights: expected {classes} (the background and each label), "
                f"found {len(patches.centre.weights)}"
            )

    def _check_channels(self) -> None:
        if self.augmentation and not self.spec.channels:
            raise ValueError("augmentation: expected none, as the spec has no channels")
        sources = {channel.source for channel in self.spec.channels}
        for change in self.augmentation:
            for one in change.of if isinstance(change, OneOf) else (change,):
                missing = set(getattr(one, "channels", ())) - sources
                if missing:
                    raise ValueError(
                        f"augmentation: {one.kind} changes {', '.join(sorted(missing))}, "
                        "which no channel of the spec holds"
                    )

    @property
    def needs_gradients(self) -> bool:
        """Return whether anything is fitted step by step."""
        network = self.network
        return not isinstance(network, PatientNetwork) or learner_of(network) is not None

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

    def with_steps(self, steps: int) -> Recipe:
        """Return the same recipe for another budget; its schedule stretches with it.

        Rounded up, so that the fit ends with an epoch.
        """
        validations = min(self.validations, steps)
        rounded = -(-steps // validations) * validations
        return _validated(self, {"steps": rounded, "validations": validations})

    def smoke(self) -> Recipe:
        """Return the recipe cut down to a trial of its parts: few steps on a small box.

        The network, the losses, the schedule and the augmentation stay as they are.
        """
        changes = trial.small(self.spec, self.network, self.patches)
        if self.needs_gradients:
            batch_size = min(self.batch_size, 2)
            changes |= {"steps": trial.STEPS, "validations": 2, "batch_size": batch_size}
        return _validated(self, changes)


def _validated(recipe: Recipe, changes: dict[str, Any]) -> Recipe:
    return Recipe.model_validate({**recipe.model_dump(), **changes})
