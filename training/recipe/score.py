"""The networks of risk and HPV status that a recipe can name: one number a patient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field, model_validator

from training.recipe.base import Count, Frozen, Positive, Probability

Range = tuple[Probability, Probability]


class PlainImage(Frozen):
    """Convolutions of stride two, and the mean of what is left.

    Attributes
    ----------
    filters : tuple of int
        Channels a level, each at half the resolution of the one before.
    """

    kind: Literal["plain"]
    filters: Annotated[tuple[Count, ...], Field(min_length=1)]


class ResNet18Image(Frozen):
    """MONAI's ResNet of 18 layers, whose first convolution has a stride of two.

    Attributes
    ----------
    width : int
        Channels of the first stage, doubled by each of the three that follow; 64 in the source
        (He et al. 2016).
    """

    kind: Literal["resnet18"]
    width: Count = 64


class DynUNetImage(Frozen):
    """The encoder of a `dynunet` that segments; mean and maximum over its coarsest level.

    With these settings and the same channels its weights can be a segmentation's (`--start`).
    """

    kind: Literal["dynunet"]
    filters: Annotated[tuple[Count, ...], Field(min_length=2)]
    norm: Literal["batch", "instance", "group"] = "batch"
    stem: Literal[1, 2] = 1
    residual: bool = False


Image = Annotated[PlainImage | ResNet18Image | DynUNetImage, Field(discriminator="kind")]


class ScoreNetwork(Frozen):
    """An image beside standardised clinical and lesion values, trained by gradients.

    Attributes
    ----------
    image : Image or None
        What reads the image; None for a network of values alone.
    image_features : int or None
        To how few numbers the image is brought before it is joined with the values; None leaves
        all that its encoder finds.
    hidden : tuple of int
        Layers on the values alone; () joins them as they are.
    fusion : tuple of int
        Layers on both; () is a linear score.
    dropout : float
        Before each of these layers, but for the first on the values.
    """

    kind: Literal["score"]
    image: Image | None = None
    image_features: Count | None = 8
    hidden: tuple[Count, ...] = ()
    fusion: tuple[Count, ...] = ()
    dropout: Probability = 0.3


class LinearNetwork(Frozen):
    """A weighted sum of the values: Cox for a risk, class-weighted logistic for HPV.

    Attributes
    ----------
    ridge : float
        Half of it, times the squared weights of the standardised values, is added to the mean
        loss of an event (Cox) or of the two classes (logistic).
    """

    kind: Literal["linear"]
    ridge: Positive = 0.1


class IcareNetwork(Frozen):
    """Bagged sums of signs times standardised values, after ICARE (Rebaud et al. 2022).

    Each estimator draws patients with replacement, a share of the features, and its two limits
    from the ranges below; it learns the sign of each feature and nothing else.

    Attributes
    ----------
    estimators : int
        How many are bagged.
    correlation : tuple of float
        Of two features whose absolute correlation is above the limit, one is dropped.
    minimum_score : tuple of float
        C-index (risk) or area under the ROC curve (HPV) that a feature must have by itself.
    share : tuple of float
        Of the features, that an estimator looks at.
    combine : str
        How estimators are combined.
    of : ScoreNetwork or None
        Whose fused features are the features; None: the values.
    """

    kind: Literal["icare"]
    estimators: Count = 100
    correlation: Range = (0.57, 0.87)
    minimum_score: Range = (0.51, 0.59)
    share: Range = (0.2, 0.8)
    combine: Literal["mean", "median"] = "mean"
    of: ScoreNetwork | None = None

    @model_validator(mode="after")
    def _ordered(self) -> IcareNetwork:
        for name in ("correlation", "minimum_score", "share"):
            low, high = getattr(self, name)
            if low > high:
                raise ValueError(f"{name}: expected [lowest, highest], found {[low, high]}")
        if self.of is not None and not self.of.fusion:
            raise ValueError("of: expected a network with fusion layers, found none")
        return self


Expert = Annotated[ScoreNetwork | LinearNetwork | IcareNetwork, Field(discriminator="kind")]


class ExpertsNetwork(Frozen):
    """The mean of several networks' outputs, each standardised; one at most learns by gradients."""

    kind: Literal["experts"]
    experts: Annotated[tuple[Expert, ...], Field(min_length=2)]

    @model_validator(mode="after")
    def _one_learns(self) -> ExpertsNetwork:
        learning = sum(_learner(expert) is not None for expert in self.experts)
        if learning > 1:
            raise ValueError(
                f"experts: expected one at most that learns by gradients, found {learning}"
            )
        return self


PatientNetwork = ScoreNetwork | LinearNetwork | IcareNetwork | ExpertsNetwork
"""What makes one number of a patient."""


def experts_of(network: PatientNetwork) -> Sequence[ScoreNetwork | LinearNetwork | IcareNetwork]:
    """Return the networks whose outputs are averaged: several, or the one that there is."""
    return network.experts if isinstance(network, ExpertsNetwork) else (network,)


def learner_of(network: PatientNetwork) -> ScoreNetwork | None:
    """Return the part that learns by gradients; None where none does."""
    found = (_learner(expert) for expert in experts_of(network))
    return next((learner for learner in found if learner is not None), None)


def needs_values(network: PatientNetwork) -> bool:
    """Return whether a part of a network can't do without clinical or lesion values."""
    return any(
        (learner := _learner(expert)) is None or learner.image is None
        for expert in experts_of(network)
    )


def _learner(expert: ScoreNetwork | LinearNetwork | IcareNetwork) -> ScoreNetwork | None:
    if isinstance(expert, IcareNetwork):
        return expert.of
    return expert if isinstance(expert, ScoreNetwork) else None
