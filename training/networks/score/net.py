"""One number of a patient, whatever makes it; all of it in one graph."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from shared.spec import Spec
from training.networks.score.icare import IcareScore
from training.networks.score.learned import LearnedScore
from training.networks.score.linear import LinearScore
from training.networks.score.values import MemberInputs, Values
from training.recipe.score import (
    IcareNetwork,
    LinearNetwork,
    PatientNetwork,
    ScoreNetwork,
    experts_of,
    learner_of,
)

Member = LearnedScore | LinearScore | IcareScore


class ScoreNet(nn.Module):
    """Standardised values, members that score, and what brings their mean to its final scale.

    A risk has mean 0 and standard deviation 1 over the training patients, so that those of several
    folds average; higher means earlier recurrence. An HPV score is a logit as if both classes were
    equally frequent; higher means positive.

    Parameters
    ----------
    network : PatientNetwork
        The recipe's.
    spec : Spec
        Says which inputs there are.

    Attributes
    ----------
    needs_gradients : bool
        Whether a part is fitted step by step.
    learner : LearnedScore or None
        That part.
    members : ModuleList
        What is averaged.
    member_mean, member_sd : Tensor, shape (members,)
        Of each member's raw scores.
    slope, offset : Tensor, shape ()
        The output is slope times the mean of the standardised members, plus offset.
    """

    member_mean: Tensor
    member_sd: Tensor
    slope: Tensor
    offset: Tensor

    def __init__(self, network: PatientNetwork, spec: Spec) -> None:
        super().__init__()
        self.has_image = bool(spec.channels)
        self.values = Values(clinical=len(spec.clinical), lesions=len(spec.lesions))
        covariates = self.values.covariates
        learner = learner_of(network)
        made = (
            None
            if learner is None
            else LearnedScore(learner, channels=len(spec.channels), covariates=covariates)
        )
        members = [
            _member(expert, made, values=len(self.values), covariates=covariates)
            for expert in experts_of(network)
        ]
        self.needs_gradients = made is not None
        self.members = nn.ModuleList(members)
        self.register_buffer("member_mean", torch.zeros(len(members)))
        self.register_buffer("member_sd", torch.ones(len(members)))
        self.register_buffer("slope", torch.ones(()))
        self.register_buffer("offset", torch.zeros(()))

    @property
    def learner(self) -> LearnedScore | None:
        """Return the part that learns by gradients; None where none does."""
        for member in self.members:
            found = member.of if isinstance(member, IcareScore) else member
            if isinstance(found, LearnedScore):
                return found
        return None

    def member_inputs(self, *inputs: Tensor) -> MemberInputs:
        """Return what the members are given of the network's inputs; see `forward`."""
        left = list(inputs)
        image = left.pop(0) if self.has_image else None
        clinical = left.pop(0) if self.values.clinical else None
        lesions = left.pop(0) if self.values.lesions else None
        result: MemberInputs = self.values(image, clinical, lesions)
        return result

    def raw(self, *inputs: Tensor) -> Tensor:
        """Return each member's own scores, shape (b, members)."""
        given = self.member_inputs(*inputs)
        return torch.stack([member(given) for member in self.members], dim=1)

    def forward(self, *inputs: Tensor) -> Tensor:
        """Map the inputs that the spec has to scores (b, 1).

        Parameters
        ----------
        *inputs : Tensor
            In this order, as far as the spec has them: image (b, c, z, y, x), clinical values as
            (value, missing) pairs (b, 2 f), lesion features (b, g), NaN where unknown.
        """
        standard = (self.raw(*inputs) - self.member_mean) / self.member_sd
        return self.slope * standard.mean(dim=1, keepdim=True) + self.offset


def _member(
    expert: ScoreNetwork | LinearNetwork | IcareNetwork,
    learned: LearnedScore | None,
    *,
    values: int,
    covariates: int,
) -> Member:
    if isinstance(expert, LinearNetwork):
        return LinearScore(covariates=covariates)
    if isinstance(expert, IcareNetwork):
        of = None if expert.of is None else learned
        return IcareScore(expert, features=values if of is None else of.width, of=of)
    if learned is None:
        raise ValueError("expected a network that learns by gradients, found none")
    return learned
