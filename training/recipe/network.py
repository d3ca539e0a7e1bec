"""The networks that a recipe can name."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from training.recipe.base import Count, Frozen, Probability
from training.recipe.score import PatientNetwork

Norm = Literal["batch", "instance", "group"]


class DynUNetwork(Frozen):
    """A U-Net with strided convolutions down and transposed ones up (MONAI's DynUNet).

    Batch normalisation folds into the convolutions at inference. Instance normalisation stays, and
    OpenVINO's float32 sums over a million voxels lose digits: export may refuse it for its parity.

    Attributes
    ----------
    filters : tuple of int
        Channels a level, the finest first.
    stem : int
        Step of a first convolution in voxels: 2 works on half the resolution and brings the
        scores back with a transposed convolution, so most of the arithmetic is saved.
    residual : bool
        Residual blocks instead of plain pairs of convolutions.
    deep_supervision : int
        How many coarser outputs are trained too, each with half the weight of the one before.
    """

    kind: Literal["dynunet"]
    filters: Annotated[tuple[Count, ...], Field(min_length=2)]
    norm: Norm = "batch"
    stem: Literal[1, 2] = 1
    residual: bool = False
    deep_supervision: Annotated[int, Field(ge=0)] = 0

    @model_validator(mode="after")
    def _supervised(self) -> DynUNetwork:
        # The finest level is the output itself, the coarsest has no decoder.
        if self.deep_supervision > len(self.filters) - 2:
            raise ValueError(
                f"deep_supervision: expected at most {len(self.filters) - 2} "
                f"with {len(self.filters)} filters, found {self.deep_supervision}"
            )
        return self

    @property
    def multiple(self) -> int:
        """Return the number of voxels by which the image's axes must be divisible."""
        steps: int = 2 ** (len(self.filters) - 1)
        return self.stem * steps


class ResidualUNetwork(Frozen):
    """MONAI's UNet: residual units, strides of two."""

    kind: Literal["unet"]
    filters: Annotated[tuple[Count, ...], Field(min_length=2)]
    residual_units: Annotated[int, Field(ge=0)] = 2
    norm: Norm = "instance"

    @property
    def multiple(self) -> int:
        """Return the number of voxels by which the image's axes must be divisible."""
        steps: int = 2 ** (len(self.filters) - 1)
        return steps


class SegResNetwork(Frozen):
    """MONAI's SegResNet: group normalisation, more blocks in the encoder than in the decoder."""

    kind: Literal["segresnet"]
    filters: Count = 16
    blocks_down: tuple[Count, ...] = (1, 2, 2, 4)
    blocks_up: tuple[Count, ...] = (1, 1, 1)
    dropout: Probability = 0.0
    norm: Norm = "group"

    @model_validator(mode="after")
    def _levels(self) -> SegResNetwork:
        if len(self.blocks_up) != len(self.blocks_down) - 1:
            raise ValueError(
                f"blocks_up: expected one fewer than blocks_down, found {self.blocks_up}"
            )
        return self

    @property
    def multiple(self) -> int:
        """Return the number of voxels by which the image's axes must be divisible."""
        steps: int = 2 ** (len(self.blocks_down) - 1)
        return steps


class SegResNetDSNetwork(Frozen):
    """MONAI's SegResNetDS: SegResNet with trained outputs at several scales."""

    kind: Literal["segresnetds"]
    filters: Count = 32
    blocks_down: tuple[Count, ...] = (1, 2, 2, 4, 4)
    deep_supervision: Count = 4
    norm: Norm = "instance"

    @model_validator(mode="after")
    def _supervised(self) -> SegResNetDSNetwork:
        if self.deep_supervision > len(self.blocks_down) - 1:
            raise ValueError(
                f"deep_supervision: expected at most {len(self.blocks_down) - 1} "
                f"with {len(self.blocks_down)} blocks_down, found {self.deep_supervision}"
            )
        return self

    @property
    def multiple(self) -> int:
        """Return the number of voxels by which the image's axes must be divisible."""
        steps: int = 2 ** (len(self.blocks_down) - 1)
        return steps


class SwinUNETRNetwork(Frozen):
    """MONAI's SwinUNETR: a shifted-window transformer as the encoder."""

    kind: Literal["swinunetr"]
    filters: Count = 48
    depths: tuple[Count, Count, Count, Count] = (2, 2, 2, 2)
    heads: tuple[Count, Count, Count, Count] = (3, 6, 12, 24)
    multiple: Literal[32] = 32

    @model_validator(mode="after")
    def _widths(self) -> SwinUNETRNetwork:
        widths = [self.filters * 2**level for level in range(len(self.heads))]
        uneven = any(n % heads for n, heads in zip(widths, self.heads, strict=True))
        if self.filters % 12 or uneven:
            raise ValueError(
                f"filters: expected a multiple of 12 that {self.heads} heads divide at each level, "
                f"found {self.filters}"
            )
        return self


class SENormNetwork(Frozen):
    """The U-Net with squeeze-and-excitation normalisation of Iantsen et al. (HECKTOR 2020).

    Attributes
    ----------
    filters : int
        Channels of the finest level; each coarser one has twice as many.
    levels : int
        Resolutions, the finest included.
    reduction : int
        How much narrower the excitation's hidden layer is.
    """

    kind: Literal["senorm"]
    filters: Count = 24
    levels: Annotated[int, Field(ge=4)] = 5
    reduction: Count = 2

    @property
    def multiple(self) -> int:
        """Return the number of voxels by which the image's axes must be divisible."""
        steps: int = 2 ** (self.levels - 1)
        return steps


SegmentationNetwork = (
    DynUNetwork
    | ResidualUNetwork
    | SegResNetwork
    | SegResNetDSNetwork
    | SwinUNETRNetwork
    | SENormNetwork
)
Network = Annotated[SegmentationNetwork | PatientNetwork, Field(discriminator="kind")]
