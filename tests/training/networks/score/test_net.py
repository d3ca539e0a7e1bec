"""The whole network: inputs in order, members averaged, and one graph that says the same."""

from typing import Any

import onnxruntime
import pytest
import torch

from shared.model import CPU, OPENVINO
from tests.training.synthetic import SIDE, recipe_for, values_only
from training.export.graph import to_onnx
from training.fitting.scores.table import input_names
from training.networks.build import build_network
from training.networks.score import ScoreNet
from training.recipe.recipe import Recipe

PROVIDERS = [p for p in (CPU, OPENVINO) if p in onnxruntime.get_available_providers()]
PLAIN: dict[str, Any] = {"kind": "plain", "filters": [4, 4]}
DYNUNET: dict[str, Any] = {"kind": "dynunet", "filters": [4, 6], "stem": 2}
RESNET: dict[str, Any] = {"kind": "resnet18", "width": 2}
SCORE: dict[str, Any] = {"kind": "score", "image": PLAIN}
LINEAR, ICARE = {"kind": "linear"}, {"kind": "icare", "estimators": 6}
FUSED = {**ICARE, "combine": "median", "of": {**SCORE, "hidden": [5], "fusion": [6, 4]}}
IMAGES: list[dict[str, Any]] = [
    SCORE,
    {**SCORE, "image": DYNUNET, "image_features": None, "hidden": [5], "fusion": [6]},
    {**SCORE, "image": RESNET},
    FUSED,
    {"kind": "experts", "experts": [LINEAR, ICARE, SCORE]},
    {"kind": "experts", "experts": [LINEAR, FUSED]},
]
VALUES: list[dict[str, Any]] = [
    LINEAR,
    ICARE,
    {**ICARE, "combine": "median"},
    {"kind": "experts", "experts": [LINEAR, ICARE]},
]


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)


def made(recipe: Recipe) -> ScoreNet:
    """Return a network as if fitted: untrained heads, and members not fitted, answer zero."""
    network = build_network(recipe).eval()
    assert isinstance(network, ScoreNet)
    if network.learner is not None:
        torch.nn.init.normal_(network.learner.head.weight)
    for name, buffer in network.named_buffers():
        if name.endswith((".weight", ".shift", ".centre")) and "norm" not in name:
            buffer.normal_()
        if name.endswith("chosen"):
            buffer.bernoulli_(0.4)
        if name.endswith(("member_sd", ".sd", ".scale")):
            buffer.uniform_(0.5, 2.0)
    return network


def inputs(recipe: Recipe, *, missing: float = 0.3) -> tuple[torch.Tensor, ...]:
    spec = recipe.spec
    clinical = torch.randn(1, 2 * len(spec.clinical))
    clinical[:, 1::2] = (torch.rand(1, len(spec.clinical)) < missing).float()
    image = torch.rand(1, len(spec.channels), SIDE, SIDE, SIDE)
    lesions = torch.randn(1, len(spec.lesions))
    lesions[torch.rand(1, len(spec.lesions)) < missing] = float("nan")
    values = (clinical, lesions)
    return (image, *values) if spec.channels else values


def recipe_of(network: dict[str, Any], role: str = "risk") -> Recipe:
    return recipe_for(role, network=network) if network in IMAGES else values_only(role, network)


# Each image, each kind of member and each way to combine, in as few traces: one takes seconds.
@pytest.mark.parametrize("network", [*IMAGES[1:3], IMAGES[5], *VALUES[2:]], ids=str)
def test_a_graph_says_what_torch_says(network: dict[str, Any]) -> None:
    recipe = recipe_of(network)
    net = made(recipe)
    content = to_onnx(net, recipe.spec)
    names = input_names(recipe.spec)
    for provider in PROVIDERS:
        session = onnxruntime.InferenceSession(content, providers=[provider])
        assert [tensor.name for tensor in session.get_inputs()] == list(names)
        for missing in (0.0, 0.5, 1.0):
            given = inputs(recipe, missing=missing)
            with torch.no_grad():
                expected = float(net(*given))
            fed = {name: part.numpy() for name, part in zip(names, given, strict=True)}
            answer = session.run(None, fed)[0]
            assert answer.shape == (1, 1)
            assert float(answer[0, 0]) == pytest.approx(expected, abs=1e-4), provider


@pytest.mark.parametrize("network", IMAGES + VALUES, ids=str)
def test_it_tells_whether_gradients_fit_a_part_of_it(network: dict[str, Any]) -> None:
    recipe = recipe_of(network)
    net = made(recipe)
    assert net.needs_gradients == recipe.needs_gradients == (network in IMAGES)
    assert (net.learner is not None) == net.needs_gradients
    assert any(True for _ in net.parameters()) == net.needs_gradients


def test_the_mean_of_standardised_members_is_scaled() -> None:
    recipe = recipe_of(VALUES[3])
    net = made(recipe)
    given = inputs(recipe)
    net.slope.fill_(3.0)
    net.offset.fill_(-1.0)
    raw = net.raw(*given)[0]
    standard = (raw - net.member_mean) / net.member_sd
    assert float(net(*given)) == pytest.approx(3.0 * float(standard.mean()) - 1.0, rel=1e-5)


def test_several_patients_at_once_score_as_each_alone() -> None:
    for network in (IMAGES[5], VALUES[2]):
        recipe = recipe_of(network)
        net = made(recipe)
        rows = [inputs(recipe) for _ in range(3)]
        with torch.no_grad():
            together = net(*(torch.cat(parts) for parts in zip(*rows, strict=True)))
            alone = [float(net(*row)) for row in rows]
        assert together[:, 0].tolist() == pytest.approx(alone, abs=1e-4)


def test_an_unfitted_network_scores_everybody_alike() -> None:
    for network in (IMAGES[0], VALUES[3]):
        recipe = recipe_of(network)
        net = build_network(recipe).eval()
        assert not net(*inputs(recipe)).any()


def test_the_encoder_of_a_segmentation_bears_its_names() -> None:
    recipe = recipe_of(IMAGES[1])
    encoder = dict(made(recipe).named_parameters(prefix=""))
    whole = build_network(
        recipe_for("segmentation", network={"kind": "dynunet", "filters": [4, 6], "stem": 2})
    )
    names = {name for name, _ in whole.named_parameters() if name.startswith(("stem", "down"))}
    assert {f"members.0.encoder.{name}" for name in names} <= set(encoder)
