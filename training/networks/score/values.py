"""Clinical values and lesion features, standardised by the training patients."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

LEAST_SD = 1e-6
"""Of known training values, relative to their mean's size where that is above 1: below, a value
does not vary. Above rounding in float32 lies nothing that is measured.
"""
MOST_SDS = 5.0
"""Standardised values are limited to this: an outlier, or a flag that one training patient in a
hundred has, must not outweigh all else.
"""


class MemberInputs(NamedTuple):
    """What the members of a score network are given of b patients.

    Attributes
    ----------
    image : Tensor or None, shape (b, c, z, y, x)
        The crop.
    values : Tensor or None, shape (b, f)
        Clinical values, then lesion features, standardised; 0, the mean, where unknown.
    known : Tensor or None, shape (b, f)
        1 where a value is known and varied among the training patients, else 0.
    missing : Tensor or None, shape (b, clinical)
        Indicators of the clinical values. Lesion features have none: what is unknown of a label
        that is absent is told by its count and volume, which are 0, and a dose by `dose_known`.
    """

    image: Tensor | None = None
    values: Tensor | None = None
    known: Tensor | None = None
    missing: Tensor | None = None

    @property
    def covariates(self) -> Tensor:
        """Return values and indicators side by side, shape (b, f + clinical).

        Raises
        ------
        ValueError
            If the network has no values.
        """
        if self.values is None or self.missing is None:
            raise ValueError("expected clinical or lesion values, found neither")
        return torch.cat([self.values, self.missing], dim=1)


class Values(nn.Module):
    """Means and standard deviations, fitted on training patients, of known values only.

    A value that never varies among them, or that nobody has, is unknown of everybody ever after:
    nothing was learned of it.

    Parameters
    ----------
    clinical, lesions : int
        How many of each there are.

    Attributes
    ----------
    mean, sd : Tensor, shape (f,)
        Of the known values; 1 stands for the standard deviation of what does not vary.
    varies : Tensor, shape (f,)
        1 for a value that varies, else 0.
    """

    mean: Tensor
    sd: Tensor
    varies: Tensor

    def __init__(self, *, clinical: int, lesions: int) -> None:
        super().__init__()
        self.clinical, self.lesions = clinical, lesions
        self.register_buffer("mean", torch.zeros(clinical + lesions))
        self.register_buffer("sd", torch.ones(clinical + lesions))
        self.register_buffer("varies", torch.ones(clinical + lesions))

    def __len__(self) -> int:
        """Return the number of values, indicators not counted."""
        return self.clinical + self.lesions

    @property
    def covariates(self) -> int:
        """Return the number of values and indicators."""
        return len(self) + self.clinical

    @torch.no_grad()
    def fit(self, clinical: Tensor | None, lesions: Tensor | None) -> None:
        """Take mean and standard deviation from training patients.

        Parameters
        ----------
        clinical : Tensor or None, shape (n, 2 f)
            (value, missing) pairs.
        lesions : Tensor or None, shape (n, g)
            Lesion features, NaN where unknown.
        """
        if not len(self):
            return
        values, known = (part.double() for part in self._raw(clinical, lesions))
        count = known.sum(0).clamp(min=1.0)
        mean = (values * known).sum(0) / count
        sd = (((values - mean) ** 2 * known).sum(0) / count).sqrt()
        varies = sd > LEAST_SD * mean.abs().clamp(min=1.0)
        self.mean.copy_(mean)
        self.sd.copy_(torch.where(varies, sd, torch.ones_like(sd)))
        self.varies.copy_(varies)

    def forward(
        self, image: Tensor | None, clinical: Tensor | None, lesions: Tensor | None
    ) -> MemberInputs:
        """Return what the network's members are given; inputs that the spec lacks are None."""
        if not len(self):
            return MemberInputs(image)
        values, known = self._raw(clinical, lesions)
        known = known * self.varies
        standard = ((values - self.mean) / self.sd).clamp(-MOST_SDS, MOST_SDS) * known
        return MemberInputs(image, standard, known, 1.0 - known[:, : self.clinical])

    def _raw(self, clinical: Tensor | None, lesions: Tensor | None) -> tuple[Tensor, Tensor]:
        """Return values, any finite number where unknown, and 1 where known."""
        values, known = [], []
        if clinical is not None:
            values.append(clinical[:, 0::2])
            known.append(1.0 - clinical[:, 1::2])
        if lesions is not None:
            unknown = torch.isnan(lesions)
            values.append(torch.where(unknown, torch.zeros_like(lesions), lesions))
            known.append(1.0 - unknown.to(lesions.dtype))
        return torch.cat(values, dim=1), torch.cat(known, dim=1)
