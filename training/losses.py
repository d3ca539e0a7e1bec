"""Losses that MONAI does not have."""

from __future__ import annotations

import torch
from torch import Tensor


def cox_loss(risk: Tensor, *, time_days: Tensor, event: Tensor) -> Tensor:
    """Return the negative log partial likelihood of a proportional-hazards risk, per event.

    The risk set of an event holds everyone still followed at its time, ties included (Breslow).
    Source: Cox, J. R. Stat. Soc. B 34 (1972) 187.

    Parameters
    ----------
    risk : Tensor, shape (n,)
        Log hazard ratio; higher means earlier recurrence.
    time_days : Tensor, shape (n,)
        Time to recurrence or last follow-up.
    event : Tensor, shape (n,), bool
        Whether it ended in a recurrence.

    Returns
    -------
    Tensor, shape ()
        Zero, with a gradient of zero, for a batch without events.
    """
    at_risk = time_days[None, :] >= time_days[:, None]
    log_hazard = torch.logsumexp(risk[None, :].masked_fill(~at_risk, float("-inf")), dim=1)
    losses = torch.where(event, log_hazard - risk, torch.zeros_like(risk))
    return losses.sum() / event.sum().clamp(min=1)
