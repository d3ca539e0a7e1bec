import pytest
import torch

from training.networks.build import build_network
from training.networks.score import ScoreNet
from training.recipe.network import ScoreNetwork
from training.recipe.read import read_recipe

RECIPE = read_recipe("default", task=2)
SIDE = 16


@pytest.fixture
def network() -> ScoreNet:
    assert isinstance(RECIPE.network, ScoreNetwork)
    network = ScoreNet(RECIPE.network, RECIPE.spec).eval()
    # As if trained: an untrained head is zero and answers zero to everything.
    torch.manual_seed(1)
    torch.nn.init.normal_(network.head.weight)
    return network


def inputs(batch: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    spec = RECIPE.spec
    generator = torch.Generator().manual_seed(0)
    clinical = torch.rand(batch, 2 * len(spec.clinical), generator=generator)
    clinical[:, 1::2] = 0.0
    image = torch.rand(batch, len(spec.channels), SIDE, SIDE, SIDE, generator=generator)
    return image, clinical, torch.rand(batch, len(spec.lesions), generator=generator)


def test_a_missing_value_does_not_matter_but_its_indicator_does(network: ScoreNet) -> None:
    image, clinical, lesions = inputs(1)
    missing = clinical.clone()
    missing[0, 0], missing[0, 1] = 0.0, 1.0
    other = missing.clone()
    other[0, 0] = 77.0
    with torch.no_grad():
        assert torch.equal(network(image, missing, lesions), network(image, other, lesions))
        assert not torch.equal(network(image, missing, lesions), network(image, clinical, lesions))


def test_an_untrained_network_calls_nobody_risky() -> None:
    network = build_network(RECIPE).eval()
    with torch.no_grad():
        assert not network(*inputs(2)).any()


def test_scaling_is_fitted_on_known_values_only(network: ScoreNet) -> None:
    clinical = torch.zeros(4, 2 * len(RECIPE.spec.clinical))
    clinical[:, 0] = torch.tensor([50.0, 60.0, 70.0, 0.0])
    clinical[3, 1] = 1.0
    network.fit_scaling(clinical, torch.zeros(4, len(RECIPE.spec.lesions)))
    assert float(network.clinical_mean[0]) == pytest.approx(60.0)
    assert float(network.clinical_sd[0]) == pytest.approx((200 / 3) ** 0.5)
