import pytest
import torch
from torch import nn

from training.networks.senorm import Residual, SENorm, SENormUNet
from training.recipe.network import SENormNetwork


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)


def constant(module: nn.Module, value: float) -> None:
    for parameter in module.parameters():
        nn.init.constant_(parameter, value)


def test_normalisation_by_hand() -> None:
    layer = SENorm(2, reduction=2)
    constant(layer, 1.0)
    # Channels 1, 3 and 2, 4: means 2 and 3, both normalised to -1, 1.
    x = torch.tensor([[[[[1.0, 3.0]]], [[[2.0, 4.0]]]]])
    # Hidden: 2 + 3 + 1 = 6, then 6 + 1 = 7 for either channel.
    gamma, beta = torch.sigmoid(torch.tensor(7.0)), torch.tanh(torch.tensor(7.0))
    expected = torch.stack([beta - gamma, beta + gamma])
    for channel in layer(x)[0]:
        torch.testing.assert_close(channel.flatten(), expected, atol=1e-4, rtol=0.0)


def test_scale_and_offset_follow_from_the_image_itself() -> None:
    layer = SENorm(4, reduction=2)
    x = torch.randn(1, 4, 4, 4, 4)
    # Instance normalisation alone would not tell an image from a brighter one.
    assert not torch.allclose(layer(x), layer(x + 5.0), atol=1e-3)


def test_a_block_that_keeps_its_width_adds_its_input_unchanged() -> None:
    block = Residual(3, 3, reduction=2)
    x = torch.randn(1, 3, 4, 4, 4)
    torch.testing.assert_close(block(x) - block.block(x), x)
    assert isinstance(Residual(3, 6, reduction=2).beside, nn.Sequential)


def test_every_part_is_used_and_the_shape_is_kept() -> None:
    net = SENormUNet(SENormNetwork(kind="senorm", filters=4, levels=4), inputs=2, outputs=3)
    scores = net(torch.randn(1, 2, 16, 24, 16))
    assert scores.shape == (1, 3, 16, 24, 16)
    scores.square().mean().backward()
    assert all(p.grad is not None for p in net.parameters())


def test_coarse_levels_reach_the_scores_at_their_own_steps() -> None:
    net = SENormUNet(SENormNetwork(kind="senorm", filters=2, levels=5), inputs=1, outputs=2)
    steps = [vision[-1].scale_factor for vision in net.vision]  # type: ignore[index]
    assert steps == [8.0, 4.0, 2.0]
    first = net.down[0][0].block[0]  # type: ignore[index,union-attr]
    assert first.kernel_size == (7, 7, 7)
