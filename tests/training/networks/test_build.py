from typing import Any

import pytest
import torch
from torch import nn
from torch.export import Dim, export

from training.networks.build import build_network, classes
from training.networks.norm import monai_norm
from training.recipe.read import read_recipe
from training.recipe.recipe import Recipe

KINDS: list[dict[str, Any]] = [
    {"kind": "dynunet", "filters": (4, 4, 8), "stem": 2, "deep_supervision": 1},
    {"kind": "unet", "filters": (4, 4, 8)},
    {"kind": "segresnet", "filters": 4, "blocks_down": (1, 1, 1), "blocks_up": (1, 1)},
    {"kind": "segresnetds", "filters": 4, "blocks_down": (1, 1, 1), "deep_supervision": 2},
    {"kind": "senorm", "filters": 4, "levels": 4},
]


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)


def recipe(network: dict[str, Any], **changes: Any) -> Recipe:
    plain = read_recipe("default", task=1).model_dump()
    return Recipe.model_validate({**plain, "network": network, **changes})


@pytest.mark.parametrize("network", KINDS, ids=lambda network: network["kind"])
def test_one_graph_serves_any_size(network: dict[str, Any]) -> None:
    built = recipe(network)
    net = build_network(built).eval()
    multiple = built.network.multiple  # type: ignore[union-attr]
    axes = {axis + 2: multiple * Dim(name, min=1, max=512) for axis, name in enumerate("zyx")}
    image = torch.randn(1, 3, 4 * multiple, 2 * multiple, 2 * multiple)
    graph = export(net, (image,), dynamic_shapes=(axes,)).module()
    other = torch.randn(1, 3, 2 * multiple, 3 * multiple, 5 * multiple)
    with torch.no_grad():
        torch.testing.assert_close(graph(other), net(other))


def test_a_class_a_channel_and_the_background() -> None:
    spec = read_recipe("default", task=1).spec
    assert classes(spec) == 3
    assert classes(read_recipe("sts", task=1).spec) == 2


def test_kaimings_weights_have_the_spread_of_the_fan_out() -> None:
    net = build_network(recipe(KINDS[1], initialisation="kaiming"))
    layers = [m for m in net.modules() if isinstance(m, nn.Conv3d) and m.weight.numel() > 1500]
    assert layers
    for layer in layers:
        fan_out = layer.out_channels * 27
        assert float(layer.weight.detach().std()) == pytest.approx((2 / fan_out) ** 0.5, rel=0.1)
        assert layer.bias is None or not layer.bias.any()


def test_groups_divide_every_width() -> None:
    assert monai_norm("group", [16, 32]) == ("group", {"num_groups": 8, "affine": True})
    assert monai_norm("group", [12, 24])[1]["num_groups"] == 4
    assert monai_norm("batch", [5]) == ("batch", {"affine": True})
