"""Tiny ONNX networks whose answers can be worked out by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import ArrayLike
from onnx import TensorProto, helper, numpy_helper

from shared.manifest import write_manifest
from shared.spec import (
    METADATA_KEY,
    Channel,
    Label,
    OnePass,
    Overlap,
    Role,
    Spec,
    Window,
)

# The tiny segmenter calls GTVp what takes up more than this.
HOT_SUV = 4.0

SEGMENTATION = Spec(
    role="segmentation",
    spacing_mm=(4.0, 4.0, 4.0),
    region=Overlap(),
    channels=(
        Channel(source="ct", normalisation=Window(low=-1024.0, high=1024.0)),
        Channel(source="pet", normalisation=Window(low=0.0, high=20.0)),
    ),
    activation="softmax",
    inference=OnePass(),
    labels=(
        Label(name="GTVp", value=1, channel=1, minimum_ml=0.5),
        Label(name="GTVn", value=2, channel=2),
    ),
)
RISK = Spec(
    role="risk",
    spacing_mm=(4.0, 4.0, 4.0),
    region=Overlap(),
    channels=(),
    clinical=("age_years",),
    lesions=("log_gtvp_ml",),
)
HPV = Spec(
    role="hpv",
    spacing_mm=(4.0, 4.0, 4.0),
    region=Overlap(),
    channels=(),
    clinical=("tobacco",),
    lesions=("gtvn_count",),
    activation="sigmoid",
)


def _bytes(graph: onnx.GraphProto, spec: Spec | str | None) -> bytes:
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    if spec is not None:
        text = spec if isinstance(spec, str) else spec.model_dump_json()
        helper.set_model_props(model, {METADATA_KEY: text})
    content: bytes = model.SerializeToString()
    return content


def segmenter(
    spec: Spec | str | None = SEGMENTATION,
    *,
    weights: ArrayLike = ((0.0, 0.0), (0.0, 100.0), (0.0, 0.0)),
    bias: ArrayLike = (0.0, -100.0 * HOT_SUV / 20.0, -50.0),
    shape: Sequence[int | str] = ("z", "y", "x"),
    image: str = "image",
) -> bytes:
    """Return a 1 x 1 x 1 convolution: weights (k, c) and bias (k,), voxel by voxel."""
    kernel = np.asarray(weights, dtype=np.float32)[..., None, None, None]
    k, c = kernel.shape[:2]
    graph = helper.make_graph(
        [helper.make_node("Conv", [image, "weights", "bias"], ["scores"])],
        "segmenter",
        [helper.make_tensor_value_info(image, TensorProto.FLOAT, [1, c, *shape])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, [1, k, *shape])],
        [
            numpy_helper.from_array(kernel, "weights"),
            numpy_helper.from_array(np.asarray(bias, dtype=np.float32), "bias"),
        ],
    )
    return _bytes(graph, spec)


def scorer(
    spec: Spec,
    *,
    weights: Mapping[str, Sequence[float]],
    bias: float = 0.0,
    element: int = TensorProto.FLOAT,
) -> bytes:
    """Return the sum over named inputs of their dot product with weights, plus a bias: (1, 1)."""
    kind = helper.tensor_dtype_to_np_dtype(element)
    nodes, inputs, values, last = [], [], [], "bias"
    for name, row in weights.items():
        inputs.append(helper.make_tensor_value_info(name, element, [1, len(row)]))
        values.append(
            numpy_helper.from_array(np.asarray(row, dtype=kind)[:, None], f"{name}_weights")
        )
        nodes.append(helper.make_node("MatMul", [name, f"{name}_weights"], [f"{name}_part"]))
        nodes.append(helper.make_node("Add", [last, f"{name}_part"], [f"{name}_sum"]))
        last = f"{name}_sum"
    values.append(numpy_helper.from_array(np.full((1, 1), bias, dtype=kind), "bias"))
    output = helper.make_tensor_value_info(last, element, [1, 1])
    return _bytes(helper.make_graph(nodes, "scorer", inputs, [output], values), spec)


def risk_network() -> bytes:
    """Score ln(1 + ml of primary tumour) + age / 100; a missing age counts as 60."""
    return scorer(RISK, weights={"clinical": (0.01, 0.6), "lesions": (1.0,)})


def hpv_network() -> bytes:
    """Call who never smoked positive, a smoker negative, and who did not say positive."""
    return scorer(HPV, weights={"clinical": (-4.0, 0.0), "lesions": (0.0,)}, bias=2.0)


def write_weights(folder: Path, files: Mapping[Role, Sequence[bytes]]) -> Path:
    """Write a weights folder: each role's members and the manifest."""
    folder.mkdir(parents=True, exist_ok=True)
    names: dict[Role, Sequence[str]] = {}
    for role, members in files.items():
        names[role] = [f"{role}_{number}.onnx" for number in range(len(members))]
        for name, content in zip(names[role], members, strict=True):
            (folder / name).write_bytes(content)
    write_manifest(folder, names)
    return folder


def task_weights(folder: Path, task: int) -> Path:
    """Write the tiny weights that a task needs."""
    files: dict[Role, list[bytes]] = {"segmentation": [segmenter()]}
    if task == 2:
        files["risk"] = [risk_network()]
    if task == 3:
        files["hpv"] = [hpv_network()]
    return write_weights(folder, files)
