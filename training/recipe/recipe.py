"""One YAML file of `training/recipes`, and its variants."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from shared.spec import Box, OnePass, Spec, Windows
from training.recipe.augmentation import Augmentation, ByClass, OneOf, Patches
from training.recipe.base import Count, Frozen
from training.recipe.network import Network, ScoreNetwork
from training.recipe.optimisation import Averaging, Constant, Loss, Optimiser, Schedule

SMOKE_STEPS = 4


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
    steps, batch_size : int
        Optimiser steps of the fit, and crops (or patients, for scores) a step.
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
        Which weights become the network: those that validate best, or the last, where the
        held-out patients are too few to tell one from another.
    seed : int
        Of initial weights, order, crops and changes.
    """

    source: str
    spec: Spec
    network: Network
    patches: Patches | None = None
    augmentation: tuple[Augmentation, ...] = ()
    loss: Loss = Loss()
    optimiser: Optimiser
    schedule: Schedule = Constant()
    averaging: Averaging | None = None
    steps: Count
    batch_size: Count
    validations: Count = 20
    precision: Literal["32-true", "bf16-mixed", "16-mixed"] = "32-true"
    initialisation: Literal["default", "kaiming"] = "default"
    missing_probability: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.0
    keep: Literal["best", "last"] = "best"
    seed: Annotated[int, Field(ge=0)] = 0

    @model_validator(mode="after")
    def _consistent(self) -> Recipe:
        segments = self.spec.role == "segmentation"
        if segments == isinstance(self.network, ScoreNetwork):
            raise ValueError(f"network: {self.network.kind} does not fit role {self.spec.role}")
        if segments != (self.patches is not None):
            raise ValueError("patches: expected for a segmentation and for nothing else")
        if self.patches is not None:
            self._check_sizes(self.patches)
            self._check_classes(self.patches)
        self._check_channels()
        if self.steps % self.validations:
            raise ValueError(
                f"validations: expected a divisor of the steps, so that the last step ends an "
                f"epoch, found {self.validations} of {self.steps}"
            )
        return self

    def _check_sizes(self, patches: Patches) -> None:
        if isinstance(self.network, ScoreNetwork):
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
        changes: dict[str, Any] = {
            "steps": SMOKE_STEPS,
            "validations": 2,
            "batch_size": min(self.batch_size, 2),
        }
        if self.patches is not None and not isinstance(self.network, ScoreNetwork):
            # Twice the multiple: instance normalisation needs two voxels at the coarsest level.
            side = max(2 * self.network.multiple, 32)
            size = (side, side, side)
            changes["patches"] = {**self.patches.model_dump(), "size_zyx": size}
            inference = self.spec.inference.model_dump()
            if isinstance(self.spec.inference, Windows):
                inference["patch_zyx"] = size
            region = self.spec.region.model_dump()
            if isinstance(self.spec.region, Box):
                region["size_xyz"] = size
            changes["spec"] = {
                **self.spec.model_dump(),
                "region": region,
                "inference": inference,
                # A box of so few voxels must still hold the lesions.
                "spacing_mm": tuple(max(mm, 4.0) for mm in self.spec.spacing_mm),
            }
        return _validated(self, changes)


def _validated(recipe: Recipe, changes: dict[str, Any]) -> Recipe:
    return Recipe.model_validate({**recipe.model_dump(), **changes})
