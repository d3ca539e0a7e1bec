"""MONAI's own networks as a recipe names them, made fit for export."""

from __future__ import annotations

from monai.networks.nets import SegResNet, SegResNetDS, SwinUNETR, UNet
from torch import Tensor, nn

from training.networks.norm import monai_norm
from training.recipe.network import (
    ResidualUNetwork,
    SegResNetDSNetwork,
    SegResNetwork,
    SwinUNETRNetwork,
)


def residual_unet(network: ResidualUNetwork, *, inputs: int, outputs: int) -> nn.Module:
    """Return MONAI's UNet; its instance normalisation is not affine by default, nor is it here."""
    net: nn.Module = UNet(
        spatial_dims=3,
        in_channels=inputs,
        out_channels=outputs,
        channels=network.filters,
        strides=[2] * (len(network.filters) - 1),
        num_res_units=network.residual_units,
        norm=monai_norm(network.norm, network.filters, affine=network.norm != "instance"),
    )
    return net


def segresnet(network: SegResNetwork, *, inputs: int, outputs: int) -> nn.Module:
    """Return MONAI's SegResNet."""
    net: nn.Module = SegResNet(
        spatial_dims=3,
        init_filters=network.filters,
        in_channels=inputs,
        out_channels=outputs,
        dropout_prob=network.dropout or None,
        norm=monai_norm(network.norm, [network.filters]),
        blocks_down=network.blocks_down,
        blocks_up=network.blocks_up,
    )
    return net


class _AnyShape(SegResNetDS):  # type: ignore[misc]  # MONAI carries no types
    """SegResNetDS that does not ask its input's shape: that would fix the exported graph's axes."""

    def is_valid_shape(self, x: Tensor) -> bool:
        """Return True; recipes and inference see to it."""
        return True


def segresnetds(network: SegResNetDSNetwork, *, inputs: int, outputs: int) -> nn.Module:
    """Return MONAI's SegResNetDS: a list of scores while training, the finest in use."""
    widths = [network.filters]
    net: nn.Module = _AnyShape(
        spatial_dims=3,
        init_filters=network.filters,
        in_channels=inputs,
        out_channels=outputs,
        norm=monai_norm(network.norm, widths),
        blocks_down=network.blocks_down,
        dsdepth=network.deep_supervision,
    )
    return net


def swinunetr(network: SwinUNETRNetwork, *, inputs: int, outputs: int) -> nn.Module:
    """Return MONAI's SwinUNETR; its windows depend on the input's shape, so its export does too."""
    net: nn.Module = SwinUNETR(
        in_channels=inputs,
        out_channels=outputs,
        feature_size=network.filters,
        depths=network.depths,
        num_heads=network.heads,
        spatial_dims=3,
    )
    return net
