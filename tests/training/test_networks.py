import pytest
import torch

from training.fit import centre
from training.modules import hide
from training.networks import ScoreNet, build_network
from training.recipe import ScoreNetwork, read_recipe

RECIPE = read_recipe("task2_default")


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
    image = torch.rand(batch, len(spec.channels), 48, 48, 48, generator=generator)
    return image, clinical, torch.rand(batch, len(spec.lesions), generator=generator)


def test_the_segmentation_keeps_the_shape_and_has_a_channel_a_class() -> None:
    recipe = read_recipe("task1_default")
    with torch.no_grad():
        output = build_network(recipe).eval()(torch.zeros(1, 2, 32, 48, 32))
    assert output.shape == (1, 3, 32, 48, 32)


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


def test_hiding_turns_values_missing_and_touches_nothing_else() -> None:
    _, clinical, lesions = inputs(64)
    batch = {"clinical": clinical, "lesions": lesions}
    torch.manual_seed(0)
    hidden = hide(batch, RECIPE)
    gone = hidden["clinical"][:, 1::2] == 1.0
    assert 0.1 < float(gone.float().mean()) < 0.3
    assert not hidden["clinical"][:, 0::2][gone].any()
    assert torch.equal(hidden["clinical"][:, 0::2][~gone], clinical[:, 0::2][~gone])
    assert torch.equal(batch["clinical"], clinical)
    assert hidden["lesions"] is lesions


def test_the_average_training_patient_scores_zero(network: ScoreNet) -> None:
    image, clinical, lesions = (tensor.numpy() for tensor in inputs(3))

    class InMemory:
        def __len__(self) -> int:
            return 3

        def __getitem__(self, i: int) -> dict[str, object]:
            return {"image": image[i], "clinical": clinical[i], "lesions": lesions[i]}

    with torch.no_grad():
        assert abs(float(network(*inputs(3)).mean())) > 0.01
    centre(network, RECIPE, InMemory())  # type: ignore[arg-type]
    with torch.no_grad():
        assert float(network(*inputs(3)).mean()) == pytest.approx(0.0, abs=1e-5)
