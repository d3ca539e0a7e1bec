"""Clinical values and lesion features, standardised by the training patients."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

LEAST_SD = 1e-3


class Seen(NamedTuple):
    """What the parts of a score network see of b patients.

    Attributes
    ----------
    image : Tensor or None, shape (b, c, z, y, x)
        The crop.
    values : Tensor or None, shape (b, f)
        Clinical values, then lesion features, standardised; 0, the mean, where missing.
    known : Tensor or None, shape (b, f)
        1 where a value is known, 0 where it is missing.
    missing : Tensor or None, shape (b, clinical)
        Indicators of the clinical values; a lesion feature is never missing.
    """

    image: Tensor | None = None
    values: Tensor | None = None
    known: Tensor | None = None
    missing: Tensor | None = None

    @property
    def described(self) -> Tensor:
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

    Parameters
    ----------
    clinical, lesions : int
        How many of each there are.
    """

    mean: Tensor
    sd: Tensor

    def __init__(self, *, clinical: int, lesions: int) -> None:
        super().__init__()
        self.clinical, self.lesions = clinical, lesions
        self.register_buffer("mean", torch.zeros(clinical + lesions))
        self.register_buffer("sd", torch.ones(clinical + lesions))

    def __len__(self) -> int:
        """Return the number of values, indicators not counted."""
        return self.clinical + self.lesions

    @torch.no_grad()
    def fit(self, clinical: Tensor | None, lesions: Tensor | None) -> None:
        """Take mean and standard deviation from training patients.

        Parameters
        ----------
        clinical : Tensor or None, shape (n, 2 f)
            (value, missing) pairs.
        lesions : Tensor or None, shape (n, g)
            Lesion features.
        """
        if not len(self):
            return
        values, known = self._raw(clinical, lesions)
        count = known.sum(0).clamp(min=1.0)
        mean = (values * known).sum(0) / count
        variance = ((values - mean) ** 2 * known).sum(0) / count
        self.mean.copy_(mean)
        self.sd.copy_(variance.sqrt().clamp(min=LEAST_SD))

    def forward(
        self, image: Tensor | None, clinical: Tensor | None, lesions: Tensor | None
    ) -> Seen:
        """Return what the network's parts see; inputs that the spec lacks are None."""
        if not len(self):
            return Seen(image)
        values, known = self._raw(clinical, lesions)
        standard = (values - self.mean) / self.sd * known
        return Seen(image, standard, known, 1.0 - known[:, : self.clinical])

    def _raw(self, clinical: Tensor | None, lesions: Tensor | None) -> tuple[Tensor, Tensor]:
        values, known = [], []
        if clinical is not None:
            values.append(clinical[:, 0::2])
            known.append(1.0 - clinical[:, 1::2])
        if lesions is not None:
            values.append(lesions)
            known.append(torch.ones_like(lesions))
        return torch.cat(values, dim=1), torch.cat(known, dim=1)
