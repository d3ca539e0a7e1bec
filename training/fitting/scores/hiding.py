"""Known clinical values made missing at random: missingness tells the centre, not the patient."""

from __future__ import annotations

import torch
from torch import Tensor


def hide(
    clinical: Tensor, probability: float, *, generator: torch.Generator | None = None
) -> Tensor:
    """Return a copy in which known values are missing at a probability.

    Parameters
    ----------
    clinical : Tensor, shape (n, 2 f)
        (value, missing) pairs.
    probability : float
        Of each value.
    generator : torch.Generator, optional
        Draws; torch's own by default.
    """
    hidden = clinical.clone()
    drawn = torch.rand(clinical[:, 0::2].shape, generator=generator, device=clinical.device)
    gone = drawn < probability
    hidden[:, 0::2] = hidden[:, 0::2].masked_fill(gone, 0.0)
    hidden[:, 1::2] = hidden[:, 1::2].masked_fill(gone, 1.0)
    return hidden
