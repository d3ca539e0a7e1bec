"""What reads the image of a score network: (b, c, z, y, x) to features (b, width)."""

from __future__ import annotations

from monai.networks.nets import ResNet
from torch import Tensor, cat, nn

from training.networks.dynunet import DynUNet
from training.recipe.network import DynUNetwork
from training.recipe.score import DynUNetImage, Image, PlainImage


class PlainEncoder(nn.Module):
    """Convolutions of stride two, and the mean over what is left."""

    def __init__(self, image: PlainImage, *, inputs: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        channels = inputs
        for width in image.filters:
            layers += [
                nn.Conv3d(channels, width, 3, stride=2, padding=1),
                nn.BatchNorm3d(width),
                nn.LeakyReLU(0.01),
            ]
            channels = width
        self.layers, self.width = nn.Sequential(*layers), channels

    def forward(self, image: Tensor) -> Tensor:
        """Map (b, c, z, y, x) to (b, width)."""
        features: Tensor = self.layers(image).mean(dim=(2, 3, 4))
        return features


class DynUNetEncoder(nn.Module):
    """The way down of the U-Net that segments, under the same names, so that its weights fit.

    Features are the mean and the maximum over the coarsest level.
    """

    def __init__(self, image: DynUNetImage, *, inputs: int) -> None:
        super().__init__()
        shape = DynUNetwork.model_validate(image.model_dump())
        whole = DynUNet(shape, inputs=inputs, outputs=1)
        self.stem, self.down = whole.stem, whole.down
        self.width = 2 * image.filters[-1]

    def forward(self, image: Tensor) -> Tensor:
        """Map (b, c, z, y, x) to (b, width)."""
        features = self.stem(image)
        for down in self.down:
            features = down(features)
        return cat([features.mean(dim=(2, 3, 4)), features.amax(dim=(2, 3, 4))], dim=1)


class ResNet18Encoder(nn.Module):
    """MONAI's ResNet of 18 layers, without its last one."""

    def __init__(self, width: int, *, inputs: int) -> None:
        super().__init__()
        widths = [width * 2**stage for stage in range(4)]
        self.net: nn.Module = ResNet(
            "basic",
            layers=[2, 2, 2, 2],
            block_inplanes=widths,
            n_input_channels=inputs,
            conv1_t_stride=2,
            feed_forward=False,
        )
        self.width = widths[-1]

    def forward(self, image: Tensor) -> Tensor:
        """Map (b, c, z, y, x) to (b, width)."""
        features: Tensor = self.net(image)
        return features


def encoder_of(image: Image, *, inputs: int) -> PlainEncoder | DynUNetEncoder | ResNet18Encoder:
    """Return the encoder of a recipe for images of so many channels."""
    if isinstance(image, PlainImage):
        return PlainEncoder(image, inputs=inputs)
    if isinstance(image, DynUNetImage):
        return DynUNetEncoder(image, inputs=inputs)
    return ResNet18Encoder(image.width, inputs=inputs)
