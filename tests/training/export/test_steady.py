"""Normalisations that stay exact: the same as torch's, and closer to float64 where it counts."""

from __future__ import annotations

import copy

import numpy as np
import onnxruntime
import pytest
import torch
from torch import nn

from tests.networks import SEGMENTATION
from training.export.graph import to_onnx
from training.export.steady import steadied


def normed(norm: nn.Module) -> nn.Module:
    torch.manual_seed(1)
    network = nn.Sequential(nn.Conv3d(1, 4, 1), norm, nn.ReLU(), nn.Conv3d(4, 2, 1)).eval()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(torch.rand_like(parameter))
    return network


@pytest.mark.parametrize(
    "norm",
    [
        nn.GroupNorm(2, 4),
        nn.GroupNorm(1, 4, affine=False),
        nn.InstanceNorm3d(4),
        nn.InstanceNorm3d(4, affine=True, eps=0.1),
        nn.InstanceNorm3d(4, track_running_stats=True),
        nn.BatchNorm3d(4),
    ],
    ids=repr,
)
def test_the_copy_says_what_the_network_says(norm: nn.Module) -> None:
    network = normed(norm)
    before = copy.deepcopy(network)
    x = torch.rand(2, 1, 5, 6, 7) * 10.0
    with torch.no_grad():
        torch.testing.assert_close(steadied(network)(x), network(x))
    assert [type(m) for m in network.modules()] == [type(m) for m in before.modules()]


def test_flat_features_are_normalised_too() -> None:
    norm, x = nn.GroupNorm(2, 6), torch.rand(3, 6)
    with torch.no_grad():
        torch.testing.assert_close(steadied(nn.Sequential(norm))(x), norm(x))


def test_over_many_voxels_the_graph_stays_near_float64() -> None:
    torch.manual_seed(2)
    network = nn.Sequential(nn.GroupNorm(1, 2), nn.Conv3d(2, 3, 1)).eval()
    # A large offset beside small differences, as air around a body.
    x = torch.full((1, 2, 64, 96, 96), 30.0)
    x[..., 20:40, 20:40, 20:40] += torch.rand(20, 20, 20)
    with torch.no_grad():
        exact = copy.deepcopy(network).double()(x.double()).numpy()
    session = onnxruntime.InferenceSession(
        to_onnx(network, SEGMENTATION), providers=["CPUExecutionProvider"]
    )
    (given,) = session.get_inputs()
    (found,) = session.run(None, {given.name: x.numpy()})
    # With the plain normalisation it is 0.0025 here.
    assert float(np.abs(found - exact).max()) < 1e-3
