"""What follows gradients in a score network, or takes their place."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from training.data.samples import Samples
from training.fitting.scores.calibrate import set_scale
from training.fitting.scores.icare import fit_icare
from training.fitting.scores.linear import fit_linear
from training.fitting.scores.masking import joint_groups, mask_values
from training.fitting.scores.pairs import comparable_pairs
from training.fitting.scores.split import inner_folds
from training.fitting.scores.table import Table, each, table_of
from training.networks.score import ScoreNet
from training.networks.score.icare import IcareScore
from training.networks.score.linear import LinearScore
from training.recipe.recipe import Recipe
from training.recipe.score import IcareNetwork, LinearNetwork, PatientNetwork, experts_of

COPIES = 8
"""Of every patient, with other values masked, for what is fitted at once."""


def complete(
    network: ScoreNet, recipe: Recipe, *, learning: Samples, calibration: Samples | None
) -> None:
    """Fit the members that need no gradients, and the scale of the whole.

    Parameters
    ----------
    network : ScoreNet
        What gradients fit is fitted already.
    recipe : Recipe
        Its recipe.
    learning : Samples
        Patients whom gradients saw; all training patients where nothing learns by them.
    calibration : Samples or None
        Training patients whom gradients did not see: the scale is fitted on their scores. None
        where there are no gradients: then on scores from inner folds of `learning`.
    """
    spec = recipe.spec
    table = table_of(learning, spec)
    if calibration is not None:
        fused = _fused(network, recipe, learning)
        fit_members(network, recipe, table, fused=fused)
        raw, scaling = each(network, calibration, spec, network.raw), table_of(calibration, spec)
    else:
        raw, scaling = _crossfitted(network, recipe, table, learning.ids), table
        fit_members(network, recipe, table)
    set_scale(network, raw, scaling)


def fit_members(
    network: ScoreNet, recipe: Recipe, table: Table, *, fused: Tensor | None = None
) -> None:
    """Fit the standardisation of the values, and every member that needs no gradients.

    Parameters
    ----------
    network : ScoreNet
        Whose buffers are set.
    recipe : Recipe
        Its recipe.
    table : Table
        The patients to learn from.
    fused : Tensor, optional, shape (n, features)
        What the learning part makes of them, for an ICARE on it.
    """
    network.values.fit(table.clinical, table.lesions)
    hows = experts_of(_patient_network(recipe))
    for member, how in zip(network.members, hows, strict=True):
        if isinstance(member, LinearScore) and isinstance(how, LinearNetwork):
            covariates = _copies(network, recipe, table)
            member.weight.copy_(fit_linear(covariates, table, ridge=how.ridge))
        if isinstance(member, IcareScore) and isinstance(how, IcareNetwork):
            _set_icare(member, network, table, how, fused=fused, seed=recipe.seed)


def _patient_network(recipe: Recipe) -> PatientNetwork:
    if not isinstance(recipe.network, PatientNetwork):
        raise TypeError(f"expected a network of scores, found {recipe.network.kind}")
    return recipe.network


def _copies(network: ScoreNet, recipe: Recipe, table: Table) -> Tensor:
    """Return values and indicators, shape (copies, n, d), other values masked in each."""
    clinical, lesions, probability = table.clinical, table.lesions, recipe.missing_probability
    if clinical is None or not probability:
        covariates: Tensor = network.values(None, clinical, lesions).covariates
        return covariates[None]
    generator = torch.Generator().manual_seed(recipe.seed)
    groups = joint_groups(clinical)
    masked = [
        mask_values(clinical, probability, groups, generator=generator) for _ in range(COPIES)
    ]
    return torch.stack([network.values(None, copy, lesions).covariates for copy in masked])


def _set_icare(
    member: IcareScore,
    network: ScoreNet,
    table: Table,
    how: IcareNetwork,
    *,
    fused: Tensor | None,
    seed: int,
) -> None:
    """Fit ICARE on the values as they are: a missing one takes no part, so none is masked."""
    if fused is None:
        values, known = member.features(network.values(None, table.clinical, table.lesions))
    else:
        values, known = fused, torch.ones_like(fused)
    bag = fit_icare(
        values.double().numpy(), known.numpy() > 0.5, comparable_pairs(table), how, seed=seed
    )
    for name in ("weight", "shift", "chosen", "centre", "scale"):
        getattr(member, name).copy_(torch.from_numpy(getattr(bag, name)))


def _fused(network: ScoreNet, recipe: Recipe, samples: Samples) -> Tensor | None:
    """Return the learning part's features of each patient, where an ICARE is on them."""
    learner = network.learner
    on_it = any(isinstance(m, IcareScore) and m.of is not None for m in network.members)
    if learner is None or not on_it:
        return None
    return each(
        network,
        samples,
        recipe.spec,
        lambda *inputs: learner.features(network.member_inputs(*inputs)),
    )


def _crossfitted(network: ScoreNet, recipe: Recipe, table: Table, ids: tuple[str, ...]) -> Tensor:
    """Return each member's scores of each patient, by members that did not see the patient."""
    network.eval()
    raw = torch.zeros(len(table), len(network.members))
    for held in inner_folds(table.outcome, ids, seed=recipe.seed):
        rest = np.setdiff1d(np.arange(len(table)), held)
        fit_members(network, recipe, table.subset(rest))
        raw[torch.from_numpy(held)] = network.raw(*table.subset(held).values)
    return raw
