"""The U-Net of nnU-Net's kind, from MONAI's blocks, with a stem and trained coarse outputs."""

from __future__ import annotations

from itertools import pairwise

import torch
from monai.networks.blocks.dynunet_block import (
    UnetBasicBlock,
    UnetOutBlock,
    UnetResBlock,
    UnetUpBlock,
)
from monai.networks.layers.utils import get_norm_layer
from torch import Tensor, nn

from training.networks.norm import MonaiNorm, monai_norm
from training.recipe.network import DynUNetwork

SLOPE = 0.01  # of the leaky ReLU, as in MONAI's DynUNet
LEAKY = ("leakyrelu", {"inplace": True, "negative_slope": SLOPE})


class DynUNet(nn.Module):
    """Strided convolutions down, transposed ones up, the skips concatenated.

    The layers are those of MONAI's DynUNet; that class keeps the coarse outputs in a list that its
    layers share, which copies of the network (weight averages) and the exporter do not survive.

    Parameters
    ----------
    network : DynUNetwork
        Widths and options. With `stem` 2 everything but the first and the last layer works on half
        the resolution: a convolution (kernel 4, so that no voxel is skipped and none counts twice)
        leads there and a transposed one (kernel 2) back.
    inputs, outputs : int
        Channels of the image; classes.
    """

    def __init__(self, network: DynUNetwork, *, inputs: int, outputs: int) -> None:
        super().__init__()
        filters = network.filters
        norm = monai_norm(network.norm, filters)
        block = UnetResBlock if network.residual else UnetBasicBlock
        halved = network.stem == 2
        self.stem = _stem(inputs, filters[0], norm) if halved else nn.Identity()
        self.down = nn.ModuleList()
        for level, width in enumerate(filters):
            before = filters[level - 1] if level else (filters[0] if halved else inputs)
            stride = 2 if level else 1
            self.down.append(block(3, before, width, 3, stride, norm, act_name=LEAKY))
        self.up = nn.ModuleList(
            UnetUpBlock(3, coarse, fine, 3, 2, 2, norm, act_name=LEAKY)
            for fine, coarse in reversed(list(pairwise(filters)))
        )
        self.scores: nn.Module = (
            nn.ConvTranspose3d(filters[0], outputs, 2, stride=2)
            if halved
            else UnetOutBlock(3, filters[0], outputs)
        )
        # Of the levels below the finest; the coarsest level of all has no decoder.
        self.coarse_scores = nn.ModuleList(
            UnetOutBlock(3, width, outputs) for width in filters[1 : 1 + network.deep_supervision]
        )
        self.apply(_initialise)

    def forward(self, image: Tensor) -> Tensor | list[Tensor]:
        """Map (b, c, z, y, x) to class scores; while training with deep supervision, to a list."""
        features = self.stem(image)
        skips = []
        for down in self.down:
            features = down(features)
            skips.append(features)
        decoded = []
        for up, skip in zip(self.up, reversed(skips[:-1]), strict=True):
            features = up(features, skip)
            decoded.append(features)
        scores: Tensor = self.scores(features)
        if not self.training or not self.coarse_scores:
            return scores
        coarser = reversed(decoded[:-1])
        return [scores, *(head(x) for head, x in zip(self.coarse_scores, coarser, strict=False))]


def _stem(inputs: int, width: int, norm: MonaiNorm) -> nn.Module:
    # In MONAI's block a kernel of 4 would be padded unevenly.
    convolution = nn.Conv3d(inputs, width, 4, stride=2, padding=1, bias=False)
    return nn.Sequential(
        convolution, get_norm_layer(norm, 3, width), nn.LeakyReLU(SLOPE, inplace=True)
    )


@torch.no_grad()
def _initialise(module: nn.Module) -> None:
    if isinstance(module, nn.Conv3d | nn.ConvTranspose3d):
        nn.init.kaiming_normal_(module.weight, a=SLOPE)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
