"""The U-Net with squeeze-and-excitation normalisation, written from its description.

Source: Iantsen, Visvikis and Hatt, "Squeeze-and-excitation normalization for automated delineation
of head and neck primary tumors in combined PET and CT images", HECKTOR 2020, LNCS 12603.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

from training.recipe.network import SENormNetwork


class SENorm(nn.Module):
    """Instance normalisation whose scale and offset follow from the channels' means.

    y = gamma(m) x̂ + beta(m), where m is each channel's mean over the image, x̂ the normalised
    input, and gamma = sigmoid, beta = tanh of two dense layers of their own.
    """

    def __init__(self, channels: int, *, reduction: int) -> None:
        super().__init__()
        self.normalise = nn.InstanceNorm3d(channels, affine=False)
        self.gamma = _excitation(channels, reduction, nn.Sigmoid())
        self.beta = _excitation(channels, reduction, nn.Tanh())

    def forward(self, x: Tensor) -> Tensor:
        """Map (b, c, z, y, x) to the same shape."""
        # A mean over axes, not a view: it stays one operation whatever the shape.
        mean = x.mean(dim=(2, 3, 4), keepdim=True)
        result: Tensor = self.gamma(mean) * self.normalise(x) + self.beta(mean)
        return result


def _excitation(channels: int, reduction: int, end: nn.Module) -> nn.Module:
    hidden = max(1, channels // reduction)
    return nn.Sequential(
        nn.Conv3d(channels, hidden, 1), nn.ReLU(inplace=True), nn.Conv3d(hidden, channels, 1), end
    )


def _block(inputs: int, outputs: int, *, reduction: int, kernel: int = 3) -> nn.Module:
    return nn.Sequential(
        nn.Conv3d(inputs, outputs, kernel, padding=kernel // 2),
        nn.ReLU(inplace=True),
        SENorm(outputs, reduction=reduction),
    )


class Residual(nn.Module):
    """A block beside its input, which goes through a block of kernel 1 if the width changes."""

    def __init__(self, inputs: int, outputs: int, *, reduction: int, kernel: int = 3) -> None:
        super().__init__()
        self.block = _block(inputs, outputs, reduction=reduction, kernel=kernel)
        self.beside = (
            nn.Identity()
            if inputs == outputs
            else _block(inputs, outputs, reduction=reduction, kernel=1)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map (b, inputs, z, y, x) to (b, outputs, z, y, x)."""
        result: Tensor = self.block(x) + self.beside(x)
        return result


class SENormUNet(nn.Module):
    """Residual encoder, plain decoder, and every coarser decoder level added before the scores.

    Parameters
    ----------
    network : SENormNetwork
        Widths.
    inputs, outputs : int
        Channels of the image; classes. The source has one sigmoid output; here several classes
        compete in a softmax.
    """

    def __init__(self, network: SENormNetwork, *, inputs: int, outputs: int) -> None:
        super().__init__()
        reduction = network.reduction
        widths = [network.filters * 2**level for level in range(network.levels)]
        self.down = nn.ModuleList([_first(inputs, widths[0], reduction)])
        self.down.extend(_coarser(fine, coarse, reduction) for fine, coarse in pairwise(widths))
        self.up, self.join, self.vision = nn.ModuleList(), nn.ModuleList(), nn.ModuleList()
        for level in reversed(range(network.levels - 1)):
            fine, coarse = widths[level], widths[level + 1]
            self.up.append(
                nn.ConvTranspose3d(coarse, fine, 3, stride=2, padding=1, output_padding=1)
            )
            if not level:
                self.join.append(_block(2 * fine, fine, reduction=reduction))
                continue
            self.join.append(
                nn.Sequential(
                    _block(2 * fine, fine, reduction=reduction),
                    _block(fine, fine, reduction=reduction),
                )
            )
            self.vision.append(_vision(fine, widths[0], step=2**level, reduction=reduction))
        self.scores = nn.Sequential(
            _block(widths[0], widths[0], reduction=reduction), nn.Conv3d(widths[0], outputs, 1)
        )

    def forward(self, image: Tensor) -> Tensor:
        """Map (b, c, z, y, x) to class scores (b, classes, z, y, x)."""
        features, skips = image, []
        for down in self.down:
            features = down(features)
            skips.append(features)
        decoded = []
        for up, join, skip in zip(self.up, self.join, reversed(skips[:-1]), strict=True):
            features = join(torch.cat([up(features), skip], dim=1))
            decoded.append(features)
        for vision, coarse in zip(self.vision, decoded[:-1], strict=True):
            features = features + vision(coarse)
        scores: Tensor = self.scores(features)
        return scores


def _first(inputs: int, width: int, reduction: int) -> nn.Module:
    return nn.Sequential(
        Residual(inputs, width, reduction=reduction, kernel=7),
        Residual(width, width, reduction=reduction),
    )


def _coarser(fine: int, coarse: int, reduction: int) -> nn.Module:
    return nn.Sequential(
        nn.MaxPool3d(2),
        Residual(fine, coarse, reduction=reduction),
        Residual(coarse, coarse, reduction=reduction),
        Residual(coarse, coarse, reduction=reduction),
    )


def _vision(width: int, finest: int, *, step: int, reduction: int) -> nn.Module:
    return nn.Sequential(
        _block(width, finest, reduction=reduction, kernel=1),
        nn.Upsample(scale_factor=step, mode="trilinear", align_corners=False),
    )
