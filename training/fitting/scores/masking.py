"""Known clinical values made missing at random: missingness tells the centre, not the patient."""

from __future__ import annotations

import torch
from torch import Tensor

JOINTLY = 0.5
"""Correlation of two indicators from which their values are said to go missing together."""


def joint_groups(clinical: Tensor) -> Tensor:
    """Find which values go missing together: a centre that does not ask for one asks for none.

    Masked one at a time they would leave the pattern of a centre that has none of them next to
    unheard of among the copies, and its indicators would still tell that centre.

    Parameters
    ----------
    clinical : Tensor, shape (n, 2 f)
        (value, missing) pairs.

    Returns
    -------
    Tensor, shape (f,), int64
        The number of each value's group, from 0. Two values are of one group where their
        indicators correlate by `JOINTLY` or more, or through others that do.
    """
    missing = clinical[:, 1::2].double()
    apart = missing - missing.mean(0)
    spread = apart.square().sum(0).sqrt()
    product = (spread[:, None] * spread).clamp(min=torch.finfo(torch.float64).tiny)
    together = (apart.T @ apart / product >= JOINTLY) | torch.eye(len(spread), dtype=torch.bool)
    for _ in range(len(spread)):
        together = (together.double() @ together.double()) > 0.0
    first = together.int().argmax(1)
    groups: Tensor = torch.unique(first, return_inverse=True)[1]
    return groups


def mask_values(
    clinical: Tensor,
    probability: float,
    groups: Tensor,
    *,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Return a copy in which known values are missing at a probability.

    Parameters
    ----------
    clinical : Tensor, shape (n, 2 f)
        (value, missing) pairs.
    probability : float
        Of each group of values, drawn for each patient.
    groups : Tensor, shape (f,), int64
        What `joint_groups` found: values of one group go missing together.
    generator : torch.Generator, optional
        Draws; torch's own by default.
    """
    masked = clinical.clone()
    shape = (len(clinical), int(groups.max()) + 1)
    drawn = torch.rand(shape, generator=generator, device=clinical.device)
    gone = (drawn < probability)[:, groups]
    masked[:, 0::2] = masked[:, 0::2].masked_fill(gone, 0.0)
    masked[:, 1::2] = masked[:, 1::2].masked_fill(gone, 1.0)
    return masked
