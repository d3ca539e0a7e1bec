from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from shared.errors import ModelError
from shared.model import CPU, OPENVINO, OnnxModel
from shared.spec import OnePass, Overlap, Windows
from tests.networks import SEGMENTATION
from tests.training.export.conftest import Traced
from tests.training.export.runs import tiny
from training.export.graph import AXES, OPSET, opset_of, spec_of, to_onnx, with_spec
from training.networks.build import build_network
from training.recipe.network import (
    DynUNetwork,
    Network,
    ResidualUNetwork,
    SegResNetDSNetwork,
    SegResNetwork,
    SENormNetwork,
    SwinUNETRNetwork,
)

PROVIDERS = [p for p in (CPU, OPENVINO) if p in onnxruntime.get_available_providers()]
NETWORKS: list[Network] = [
    DynUNetwork(kind="dynunet", filters=(4, 4, 4), stem=2, deep_supervision=1),
    ResidualUNetwork(kind="unet", filters=(4, 4), residual_units=1),
    SegResNetwork(kind="segresnet", filters=8, blocks_down=(1, 1), blocks_up=(1,)),
    SegResNetDSNetwork(kind="segresnetds", filters=8, blocks_down=(1, 1), deep_supervision=1),
    SENormNetwork(kind="senorm", filters=2, levels=4),
]


def shapes(content: bytes) -> list[list[int | str]]:
    graph = onnx.load_from_string(content).graph
    return [
        [axis.dim_param or axis.dim_value for axis in tensor.type.tensor_type.shape.dim]
        for tensor in (*graph.input, *graph.output)
    ]


@pytest.mark.parametrize("kind", NETWORKS, ids=lambda network: network.kind)
def test_a_file_runs_at_any_size_and_says_what_torch_says(kind: Network) -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    multiple = kind.multiple  # type: ignore[union-attr]
    spec = SEGMENTATION.model_copy(update={"inference": OnePass(multiple=multiple)})
    recipe = tiny().model_copy(update={"network": kind, "spec": spec})
    network = build_network(recipe).eval()
    content = to_onnx(network, spec)
    assert shapes(content) == [[1, 2, *AXES], [1, 3, *AXES]]
    for provider in PROVIDERS:
        session = onnxruntime.InferenceSession(content, providers=[provider])
        for zyx in ((2, 3, 4), (4, 2, 2)):
            image = torch.randn(1, 2, *(multiple * n for n in zyx))
            with torch.no_grad():
                expected = network(image).numpy()
            found = session.run(None, {"image": image.numpy()})[0]
            assert np.abs(found - expected).max() < 1e-3, (provider, zyx)


def test_a_file_carries_spec_and_opset_and_no_trace_of_the_machine(traced: Traced) -> None:
    assert opset_of(traced.content) == OPSET
    assert spec_of(traced.content, name="net.onnx") == tiny().spec
    for trace in (b".py", str(Path(torch.__file__).parents[1]).encode(), str(Path.cwd()).encode()):
        assert trace not in traced.content


def test_a_box_pins_the_free_axes(traced: Traced) -> None:
    model = OnnxModel(traced.content, name="net.onnx", threads=1)
    assert shapes(traced.content)[0][2:] == list(AXES)
    with pytest.raises(ModelError, match="failed to run"):
        model({"image": np.zeros((1, 3, 32, 32, 32), dtype=np.float32)})


def test_score_networks_keep_their_shapes() -> None:
    recipe = tiny("risk")
    content = to_onnx(build_network(recipe).eval(), recipe.spec)
    inputs = {tuple(shape) for shape in shapes(content)[:-1]}
    assert inputs == {
        (1, len(recipe.spec.channels), 16, 16, 16),
        (1, 2 * len(recipe.spec.clinical)),
        (1, len(recipe.spec.lesions)),
    }


def test_a_network_of_fixed_size_needs_a_spec_that_fixes_it() -> None:
    kind = SwinUNETRNetwork(kind="swinunetr", filters=12, depths=(1, 1, 1, 1), heads=(1, 1, 1, 1))
    assert isinstance(SEGMENTATION.region, Overlap)
    recipe = tiny().model_copy(update={"network": kind, "spec": SEGMENTATION})
    with pytest.raises(ModelError, match=r"export: expected windows or a box .*the whole overlap"):
        to_onnx(build_network(recipe).eval(), SEGMENTATION)


def test_what_torch_can_not_trace_is_refused() -> None:
    class Moody(torch.nn.Module):
        def forward(self, image: torch.Tensor) -> torch.Tensor:
            return image if float(image.sum()) > 0 else -image

    with pytest.raises(ModelError, match="export: torch can't trace Moody"):
        to_onnx(Moody(), SEGMENTATION)


def test_fixed_shapes_by_hand() -> None:
    box = tiny().spec.model_copy(update={"inference": OnePass(multiple=12)})
    assert box.fixed_zyx == (24, 24, 24)  # 16 rounded up
    windows = SEGMENTATION.model_copy(update={"inference": Windows(patch_zyx=(8, 16, 24))})
    assert windows.fixed_zyx == (8, 16, 24)
    assert SEGMENTATION.fixed_zyx is None


def test_a_spec_is_replaced_and_other_notes_stay(traced: Traced) -> None:
    graph = onnx.load_from_string(traced.content)
    onnx.helper.set_model_props(graph, {"author": "someone"})
    other = with_spec(with_spec(graph.SerializeToString(), tiny().spec), SEGMENTATION)
    assert spec_of(other, name="net.onnx") == SEGMENTATION
    assert {p.key for p in onnx.load_from_string(other).metadata_props} == {
        "author",
        "hecktor_spec",
    }
