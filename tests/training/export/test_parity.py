from __future__ import annotations

import copy
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from torch import nn

import shared.model
import training.export.agreement
import training.export.parity
from shared.errors import ModelError
from shared.model import CPU, OPENVINO, OnnxModel
from shared.spec import Spec, Windows
from tests.training.export.conftest import Traced
from tests.training.export.runs import tiny
from tests.training.open_files import few_open_files
from tests.training.synthetic import recipe_for, synthetic, values_only
from training.export.agreement import MOST_CHANGE_OF_SCORES, Agreement, compare
from training.export.graph import to_onnx, with_spec
from training.export.inputs import Inputs, network_inputs
from training.export.parity import COMPARED, SCORE_TOLERANCE, TOLERANCE, Parity, check_parity
from training.networks.build import build_network
from training.recipe.recipe import Recipe

HERE = OPENVINO in onnxruntime.get_available_providers()
needs_openvino = pytest.mark.skipif(not HERE, reason="no OpenVINO provider here")


@pytest.fixture
def able(monkeypatch: pytest.MonkeyPatch) -> None:
    """A processor with bfloat16, or one that says so: OpenVINO emulates it."""
    for module in (shared.model, training.export.parity):
        monkeypatch.setattr(module, "has_bfloat16", lambda: True)


def check(traced: Traced, content: bytes | None = None) -> Parity:
    return check_parity(
        traced.network, traced.content if content is None else content, traced.held, name="n.onnx"
    )


def test_a_file_says_what_torch_says(traced: Traced, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training.export.parity, "has_bfloat16", lambda: False)
    found = check(traced)
    assert found.patients == COMPARED
    assert 0.0 < found.scores_cpu < TOLERANCE
    assert (found.scores_openvino is not None) is HERE
    assert found.agreement is None
    assert found.precision == ("float32",)


def test_without_openvino_only_the_cpu_provider_is_compared(
    traced: Traced, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [CPU])
    found = check(traced)
    assert found.scores_openvino is found.probabilities_openvino is found.agreement is None


def test_a_doctored_network_is_refused(traced: Traced) -> None:
    other = copy.deepcopy(traced.network)
    with torch.no_grad():
        next(iter(other.parameters())).mul_(1.1)
    with pytest.raises(ModelError, match=r"n\.onnx: scores on onnxruntime's CPU.*> 0\.001"):
        check_parity(other, traced.content, traced.held, name="n.onnx")


def test_no_patients_are_refused(traced: Traced) -> None:
    with pytest.raises(ModelError, match="expected held-out patients to check it on, found none"):
        check_parity(traced.network, traced.content, traced.held.subset([]), name="n.onnx")


@needs_openvino
def test_openvino_that_answers_otherwise_is_refused(
    traced: Traced, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = OnnxModel.__call__
    monkeypatch.setattr(OnnxModel, "__call__", lambda self, inputs: plain(self, inputs) * 1.5)
    with pytest.raises(ModelError, match=r"n\.onnx: probabilities on OpenVINO in float32 differ"):
        check(traced)


@needs_openvino
@pytest.mark.usefixtures("able")
@pytest.mark.parametrize(("lost", "allowed"), [(0, True), (5, False)])
def test_bfloat16_is_refused_where_it_changes_the_dice(
    traced: Traced, monkeypatch: pytest.MonkeyPatch, lost: int, allowed: bool
) -> None:
    """Both arithmetics answer with the truth, but bfloat16 loses GTVp's planes up to `lost`."""
    spec = tiny().spec
    labels = iter([*range(len(traced.held))] * 2)

    def truth(member: OnnxModel, *_: object, **__: object) -> np.ndarray:
        label = traced.held[next(labels)]["label"]
        shares = np.stack([label == channel for channel in range(3)]).astype(np.float32)
        if member.precision == "bfloat16":
            shares[1, :, :, :lost] = 0.0
            shares[0, :, :, :lost] = 1.0 - shares[2, :, :, :lost]
        return shares[None]

    monkeypatch.setattr(training.export.agreement, "probabilities", truth)
    found = check(traced)
    assert found.agreement is not None
    assert found.agreement.patients == len(traced.held)
    assert found.agreement.float32 == {label.name: 1.0 for label in spec.labels}
    # GTVp is a cube of 5 voxels from plane 4 on: without one plane 100 of 125 are left.
    expected = {"GTVp": 2 * 100 / (100 + 125) if lost else 1.0, "GTVn": 1.0}
    assert found.agreement.low == pytest.approx(expected)
    assert found.precision == (("float32", "bfloat16") if allowed else ("float32",))


@pytest.mark.parametrize(
    ("low", "holds"), [(0.7019, True), (0.6981, True), (0.6979, False), (float("nan"), False)]
)
def test_agreement_by_hand(low: float, holds: bool) -> None:
    found = Agreement(5, {"GTVp": 0.8, "GTVn": 0.7}, {"GTVp": 0.8, "GTVn": low})
    assert found.holds is holds


def test_a_window_lies_around_the_truth_and_within_the_region() -> None:
    spec = tiny().spec.model_copy(update={"inference": Windows(patch_zyx=(4, 4, 24))})
    sample = {
        "image": np.arange(3 * 16**3, dtype=np.float32).reshape(3, 16, 16, 16),
        "label": np.zeros((16, 16, 16), dtype=np.uint8),
    }
    sample["label"][14:, 5:7, :] = 1
    window = network_inputs(sample, spec)["image"]
    assert window.shape == (1, 3, 4, 4, 24)
    # z is pressed against the end, y lies in the middle, x is padded.
    assert np.array_equal(window[0, :, :, :, :16], sample["image"][:, 12:, 4:8])


def test_one_pass_pads_to_the_stride(traced: Traced) -> None:
    inference = {"kind": "one_pass", "multiple": 12}
    spec = Spec.model_validate({**tiny().spec.model_dump(), "inference": inference})
    assert network_inputs(traced.held[0], spec)["image"].shape == (1, 3, 24, 24, 24)


def test_a_file_without_a_valid_spec_is_refused(traced: Traced) -> None:
    wrong = tiny().spec.model_copy(update={"channels": tiny().spec.channels[:1]})
    with pytest.raises(ModelError, match=r"expected input 'image' of shape \(1, 1"):
        check(traced, with_spec(traced.content, wrong))


EXPERTS = {
    "kind": "experts",
    "experts": [
        {"kind": "linear"},
        {"kind": "icare", "estimators": 5},
        {"kind": "icare", "estimators": 6, "combine": "median"},
    ],
}
SCORES = {
    "a risk from images and values": recipe_for("risk"),
    "an HPV score from images and values": recipe_for("hpv"),
    "a risk from experts on values": values_only("risk", EXPERTS),
    "an HPV score from experts on values": values_only("hpv", EXPERTS),
}


def filled(recipe: Recipe) -> nn.Module:
    """Return a recipe's network as if fitted: fresh ones answer zero to everything."""
    torch.manual_seed(0)
    network = build_network(recipe).eval()
    for name, tensor in network.state_dict().items():
        if name.endswith(("head.weight", ".weight", ".shift", "members.0.weight")):
            torch.nn.init.normal_(tensor, std=0.3)
        if name.endswith("chosen"):
            tensor.copy_((torch.rand_like(tensor) > 0.3).float())
    return network


@pytest.mark.parametrize("what", SCORES)
def test_a_score_says_what_torch_says(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training.export.parity, "has_bfloat16", lambda: False)
    recipe = SCORES[what]
    held, network = synthetic(recipe.spec, tmp_path / "samples", 5), filled(recipe)
    content = to_onnx(network, recipe.spec)
    found = check_parity(network, content, held, name="score.onnx")
    assert found.patients == 5
    assert np.isnan(held[4]["lesions"]).any(), "one has no node, so features are unknown"
    assert found.scores_cpu < SCORE_TOLERANCE
    assert (found.scores_openvino is not None) is HERE
    assert found.precision == ("float32",)
    answers = {
        float(OnnxModel(content, name="n", threads=1)(case)[0, 0])
        for case in (network_inputs(held[index], recipe.spec) for index in range(3))
    }
    assert len(answers) == 3, "the network tells patients apart"
    with torch.no_grad():
        network.offset += 5e-4  # type: ignore[operator]
    with pytest.raises(ModelError, match=r"score\.onnx: scores on onnxruntime's .* > 0\.0001"):
        check_parity(network, content, held, name="score.onnx")


@needs_openvino
@pytest.mark.usefixtures("able")
@pytest.mark.parametrize(("role", "figure"), [("risk", "C-index"), ("hpv", "AUC")])
@pytest.mark.parametrize("turned", [False, True])
def test_bfloat16_is_refused_where_it_changes_the_ranking(
    role: str, figure: str, turned: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = values_only(role, {"kind": "linear"})
    held, network = synthetic(recipe.spec, tmp_path / "samples", 12), filled(recipe)
    plain = OnnxModel.__call__

    def answered(model: OnnxModel, inputs: Inputs) -> np.ndarray:
        answer = plain(model, inputs)
        return -answer if turned and model.precision == "bfloat16" else answer

    monkeypatch.setattr(OnnxModel, "__call__", answered)
    content = to_onnx(network, recipe.spec)
    found = check_parity(network, content, held, name="score.onnx")
    assert found.agreement is not None
    assert set(found.agreement.float32) == {figure}
    full, low = found.agreement.float32[figure], found.agreement.low[figure]
    assert low == pytest.approx(1.0 - full if turned else full, abs=0.01)
    assert found.precision == (("float32",) if turned else ("float32", "bfloat16"))


def test_what_can_not_be_ranked_allows_no_bfloat16(tmp_path: Path) -> None:
    recipe = values_only("hpv", {"kind": "linear"})
    held = synthetic(recipe.spec, tmp_path / "samples", 6).subset([1, 2, 4])
    assert {bool(held[index]["hpv"]) for index in range(3)} == {True}
    model = OnnxModel(to_onnx(filled(recipe), recipe.spec), name="hpv.onnx", threads=1)
    found = compare(model, model, held)
    assert np.isnan(found.float32["AUC"])
    assert not found.holds


@dataclass(frozen=True)
class Mean:
    """Stands for a network that answers the mean of an image."""

    spec: Spec
    name: str = "mean"

    def __call__(self, inputs: Inputs) -> np.ndarray:
        return inputs["image"].mean(keepdims=True)


def test_more_patients_are_ranked_than_files_may_be_open(tmp_path: Path) -> None:
    spec = recipe_for("hpv").spec
    held = synthetic(spec, tmp_path / "samples", 24)
    with few_open_files():
        found = compare(Mean(spec), Mean(spec), held)  # type: ignore[arg-type]
    assert found.patients == 24
    assert found.holds


@pytest.mark.parametrize(("low", "holds"), [(0.6951, True), (0.7049, True), (0.6949, False)])
def test_agreement_of_scores_by_hand(low: float, holds: bool) -> None:
    found = Agreement(5, {"AUC": 0.7}, {"AUC": low}, allowed=MOST_CHANGE_OF_SCORES)
    assert found.holds is holds


def test_a_network_gets_the_inputs_that_its_spec_has(tmp_path: Path) -> None:
    spec = recipe_for("risk").spec
    sample = synthetic(spec, tmp_path / "samples", 1)[0]
    assert list(network_inputs(sample, spec)) == ["image", "clinical", "lesions"]
    few = spec.model_copy(update={"channels": (), "lesions": ()})
    assert list(network_inputs(sample, few)) == ["clinical"]
