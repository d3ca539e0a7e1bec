"""A small network that makes one number of a patient."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from shared.spec import Spec
from training.recipe.network import ScoreNetwork


class ScoreNet(nn.Module):
    """One number for a patient from a small image crop, clinical values and lesion features.

    The scaling of clinical and lesion values is fitted by `fit_scaling` on the training patients
    and travels as buffers, so it is part of the exported graph.

    Parameters
    ----------
    network : ScoreNetwork
        Widths.
    spec : Spec
        Says which inputs there are.
    """

    clinical_mean: Tensor
    clinical_sd: Tensor
    lesions_mean: Tensor
    lesions_sd: Tensor
    offset: Tensor

    def __init__(self, network: ScoreNetwork, spec: Spec) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        channels = len(spec.channels)
        for width in network.filters:
            layers += [
                nn.Conv3d(channels, width, 3, stride=2, padding=1),
                nn.BatchNorm3d(width),
                nn.LeakyReLU(0.01),
            ]
            channels = width
        self.encoder = nn.Sequential(*layers)
        self.project = nn.Sequential(
            nn.Dropout(network.dropout), nn.Linear(channels, network.image_features), nn.Tanh()
        )
        tabular = 2 * len(spec.clinical) + len(spec.lesions)
        self.head = nn.Linear(network.image_features + tabular, 1)
        # From zero, so that a feature counts only as far as the patients say it does.
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)
        for name, size in (("clinical", len(spec.clinical)), ("lesions", len(spec.lesions))):
            self.register_buffer(f"{name}_mean", torch.zeros(size))
            self.register_buffer(f"{name}_sd", torch.ones(size))
        # Subtracted from the output: the average patient of the cohort scores 0.
        self.register_buffer("offset", torch.zeros(1))

    def fit_scaling(self, clinical: Tensor, lesions: Tensor) -> None:
        """Fit means and standard deviations on training patients, of known values only.

        Parameters
        ----------
        clinical : Tensor, shape (n, 2 f)
            (value, missing) pairs.
        lesions : Tensor, shape (n, g)
            Lesion features.
        """
        values, known = clinical[:, 0::2], 1.0 - clinical[:, 1::2]
        count = known.sum(0).clamp(min=1.0)
        self.clinical_mean = (values * known).sum(0) / count
        variance = ((values - self.clinical_mean) ** 2 * known).sum(0) / count
        self.clinical_sd = variance.sqrt().clamp(min=1e-3)
        self.lesions_mean = lesions.mean(0)
        self.lesions_sd = lesions.std(0).clamp(min=1e-3)

    def forward(self, image: Tensor, clinical: Tensor, lesions: Tensor) -> Tensor:
        """Map (b, c, z, y, x), (b, 2 f) and (b, g) to scores (b, 1)."""
        encoded = self.project(self.encoder(image).mean(dim=(2, 3, 4)))
        missing = clinical[:, 1::2]
        # A missing value is the average one; its indicator has a weight of its own.
        known = (clinical[:, 0::2] - self.clinical_mean) / self.clinical_sd * (1.0 - missing)
        described = (lesions - self.lesions_mean) / self.lesions_sd
        score: Tensor = self.head(torch.cat([encoded, known, missing, described], dim=1))
        return score - self.offset
