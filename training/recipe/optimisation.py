"""Losses, optimisers, schedules of the learning rate and averages of the weights."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from training.recipe.base import Count, Frozen, NotNegative, Positive, Probability


class Loss(Frozen):
    """Soft Dice plus a voxel-wise term, of class scores before softmax.

    Attributes
    ----------
    kind : str
        `dice_ce` adds cross-entropy, `dice_focal` the focal loss.
    include_background : bool
        Whether the background is a class of the Dice term.
    squared : bool
        Square the terms of the Dice's denominator.
    batch : bool
        One Dice over the whole batch rather than the mean of each image's.
    smooth_numerator, smooth_denominator : float
        Added to both parts of the Dice.
    gamma : float
        Of the focal loss.
    """

    kind: Literal["dice_ce", "dice_focal"] = "dice_ce"
    include_background: bool = False
    squared: bool = False
    batch: bool = True
    smooth_numerator: NotNegative = 1e-5
    smooth_denominator: NotNegative = 1e-5
    gamma: NotNegative = 2.0


class Optimiser(Frozen):
    """Adam, AdamW, or stochastic gradient descent with Nesterov's momentum.

    Attributes
    ----------
    momentum : float
        The first beta of Adam; the momentum of SGD.
    second_momentum : float
        The second beta of Adam.
    clip_norm : float or None
        Longer gradients are scaled down to this norm.
    """

    kind: Literal["adam", "adamw", "sgd"] = "adamw"
    learning_rate: Positive
    weight_decay: NotNegative = 0.0
    momentum: Probability = 0.9
    second_momentum: Probability = 0.999
    clip_norm: Positive | None = None


class Constant(Frozen):
    """The same rate throughout."""

    kind: Literal["constant"] = "constant"


class Cosine(Frozen):
    """Linear warm-up, then a cosine down to the lowest rate.

    Attributes
    ----------
    warm_up : float
        Share of the steps.
    lowest : float
        Rate at the end.
    """

    kind: Literal["cosine"]
    warm_up: Probability = 0.05
    lowest: NotNegative = 0.0


class Polynomial(Frozen):
    """The rate times (1 - step / steps) ** power, never under the lowest."""

    kind: Literal["polynomial"]
    power: Positive = 0.9
    lowest: NotNegative = 0.0


class WarmRestarts(Frozen):
    """A cosine that starts afresh several times (Loshchilov and Hutter 2017)."""

    kind: Literal["warm_restarts"]
    periods: Count
    lowest: NotNegative = 0.0


Schedule = Annotated[Constant | Cosine | Polynomial | WarmRestarts, Field(discriminator="kind")]


class Averaging(Frozen):
    """An average of the weights along the fit, which becomes the network.

    Attributes
    ----------
    kind : str
        `swa`: all steps alike (Izmailov et al. 2018); `ema`: exponentially, the latest most.
    start : float
        Share of the steps after which averaging begins.
    decay : float
        Of the exponential average, a step.
    """

    kind: Literal["swa", "ema"]
    start: Probability = 0.75
    decay: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.99
