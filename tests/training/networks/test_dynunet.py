import pytest
import torch
from monai.networks.nets import DynUNet as MonaiDynUNet

from training.networks.dynunet import DynUNet
from training.recipe.network import DynUNetwork, Norm


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)


def network(**changes: object) -> DynUNet:
    settings = {"kind": "dynunet", "filters": (4, 6, 8, 8), **changes}
    return DynUNet(DynUNetwork.model_validate(settings), inputs=2, outputs=3)


@pytest.mark.parametrize("residual", [False, True])
def test_computes_what_monais_does(residual: bool) -> None:
    mine = network(residual=residual, norm="instance").eval()
    theirs = MonaiDynUNet(
        3, 2, 3, [3] * 4, [1, 2, 2, 2], [2] * 3,
        filters=[4, 6, 8, 8], norm_name=("instance", {"affine": True}), res_block=residual,
    ).eval()  # fmt: skip
    parts = [theirs.input_block, *theirs.downsamples, theirs.bottleneck]
    for copy, original in zip(
        [*mine.down, *mine.up, mine.scores],
        [*parts, *theirs.upsamples, theirs.output_block],
        strict=True,
    ):
        copy.load_state_dict(original.state_dict())
    image = torch.randn(1, 2, 16, 24, 16)
    with torch.no_grad():
        assert torch.equal(mine(image), theirs(image))


@pytest.mark.parametrize("stem", [1, 2])
@pytest.mark.parametrize("norm", ["batch", "instance", "group"])
def test_trained_outputs_halve_from_level_to_level(stem: int, norm: Norm) -> None:
    net = network(stem=stem, norm=norm, deep_supervision=2)
    image = torch.randn(1, 2, 32, 48, 32)
    outputs = net.train()(image)
    assert [tuple(output.shape[1:]) for output in outputs] == [
        (3, 32, 48, 32),
        (3, 16 // stem, 24 // stem, 16 // stem),
        (3, 8 // stem, 12 // stem, 8 // stem),
    ]
    sum(output.square().mean() for output in outputs).backward()
    assert all(p.grad is not None and bool(p.grad.any()) for p in net.parameters())
    with torch.no_grad():
        assert net.eval()(image).shape == (1, 3, 32, 48, 32)


def test_without_deep_supervision_there_is_one_output_in_training_too() -> None:
    assert network().train()(torch.zeros(2, 2, 16, 16, 16)).shape == (2, 3, 16, 16, 16)


def test_the_stem_sees_every_voxel() -> None:
    net = network(stem=2).eval()
    image = torch.randn(1, 2, 16, 16, 16, requires_grad=True)
    net(image).square().sum().backward()
    assert image.grad is not None
    assert bool((image.grad != 0).all())


def test_coarse_heads_follow_their_own_level() -> None:
    # A head must be fed by the decoder of its level: only that has its width.
    net = network(filters=(4, 6, 10, 8), deep_supervision=2)
    widths = [head.conv.conv.in_channels for head in net.coarse_scores]
    assert widths == [6, 10]
    assert len(net.train()(torch.zeros(1, 2, 16, 16, 16))) == 3
