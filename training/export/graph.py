"""A network as an ONNX file: axes of any length, its spec inside, nothing of the machine."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import onnx
import torch
from monai.networks.nets import SwinUNETR
from torch import nn

from shared.errors import ModelError
from shared.spec import METADATA_KEY, Spec, read_spec
from training.export.steady import steadied
from training.fitting.scores.table import input_names

OPSET = 18
"""What torch's exporter is written in (its `TORCHLIB_OPSET`): any other is a conversion of it."""
AXES = ("z", "y", "x")
"""Names of the image's axes that may have any length."""
OUTPUT = "output"
# An axis of one element at the coarsest level would be taken for a constant; no network here
# halves its axes more than five times.
_LEAST = 64

# Their attention masks and window sizes are computed from the shape while tracing, and stay what
# they were: the graph would run at other sizes and answer wrongly (measured: 0.03 in the scores
# of an untrained network, against 2e-5 at the size that was traced).
_FIXED = (SwinUNETR,)
_TALKERS = ("torch.onnx", "onnxscript", "onnx_ir")


def to_onnx(network: nn.Module, spec: Spec) -> bytes:
    """Trace a network and return the ONNX file, with its spec.

    A segmentation takes images of any size that its strides divide, in the axes `AXES`; batches
    are of one. Score networks, and SwinUNETR, keep the spec's shapes.

    Parameters
    ----------
    network : Module
        In evaluation mode.
    spec : Spec
        Names and shapes of the inputs.

    Raises
    ------
    ModelError
        If the network can't have axes of any length and the spec fixes none, or torch can't
        trace it.
    """
    free = spec.role == "segmentation" and not isinstance(network, _FIXED)
    inputs = example_inputs(spec, free=free)
    with _quiet():
        try:
            program = torch.onnx.export(
                steadied(network),
                tuple(inputs.values()),
                input_names=list(inputs),
                output_names=[OUTPUT],
                opset_version=OPSET,
                dynamo=True,
                dynamic_shapes=(dict.fromkeys((2, 3, 4), torch.export.Dim.DYNAMIC),)
                if free
                else None,
                verbose=False,
            )
        except torch.onnx.OnnxExporterError as error:
            name = type(network).__name__
            raise ModelError(f"export: torch can't trace {name} ({_reason(error)})") from error
    if program is None:
        raise ModelError("export: expected a graph from torch, found none")
    model = program.model_proto
    if free:
        _name_axes(model.graph)
    return with_spec(_without_traces(model), spec)


def example_inputs(spec: Spec, *, free: bool = False) -> dict[str, torch.Tensor]:
    """Return zero tensors of the shapes that a spec's network takes.

    Parameters
    ----------
    spec : Spec
        Names, channels and shapes.
    free : bool
        Any shape that the network's strides divide will do, but none so small that an axis is
        one voxel long at the coarsest level.

    Raises
    ------
    ModelError
        If the spec fixes no shape and one is needed.
    """
    names = spec.tensor_names
    shapes: dict[str, tuple[int, ...]] = {
        names.clinical: (2 * len(spec.clinical),),
        names.lesions: (len(spec.lesions),),
    }
    if spec.channels:
        shape = _free_zyx(spec) if free else spec.fixed_zyx
        if shape is None:
            raise ModelError(
                "export: expected windows or a box in the spec, since this network can't take "
                "images of any size, found the whole overlap in one pass"
            )
        shapes[names.image] = (len(spec.channels), *shape)
    return {name: torch.zeros(1, *shapes[name]) for name in input_names(spec)}


def _free_zyx(spec: Spec) -> tuple[int, int, int]:
    z, y, x = spec.inference.patch((1, 1, 1))
    return _enlarged(z), _enlarged(y), _enlarged(x)


def _enlarged(length: int) -> int:
    return length * -(-_LEAST // length)


def opset_of(content: bytes) -> int:
    """Return the version of the operators that an ONNX file uses."""
    for opset in onnx.load_from_string(content).opset_import:
        if not opset.domain:
            return int(opset.version)
    raise ModelError("export: expected operators of ONNX's own, found none")


def with_spec(content: bytes, spec: Spec) -> bytes:
    """Return an ONNX file with a spec in its metadata, in place of one it had."""
    graph = onnx.load_from_string(content)
    kept = {p.key: p.value for p in graph.metadata_props if p.key != METADATA_KEY}
    onnx.helper.set_model_props(graph, {**kept, METADATA_KEY: spec.model_dump_json()})
    serialised: bytes = graph.SerializeToString()
    return serialised


def spec_of(content: bytes, *, name: str) -> Spec:
    """Return the spec inside an ONNX file.

    Raises
    ------
    ModelError
        If it has none, or one that is not valid.
    """
    texts = {p.key: p.value for p in onnx.load_from_string(content).metadata_props}
    return read_spec(texts.get(METADATA_KEY), model=name)


def _name_axes(graph: Any) -> None:
    """Call the free axes z, y and x; the output has the input's.

    The exporter's own names are numbers and formulas of them. What runs the graph infers the
    values in between again.
    """
    for tensor in (*graph.input, *graph.output):
        for axis, name in zip(tensor.type.tensor_type.shape.dim[2:], AXES, strict=True):
            if axis.HasField("dim_value"):
                raise ModelError(f"export: expected axis {name} to be free, found it fixed")
            axis.dim_param = name
    del graph.value_info[:]


def _without_traces(model: Any) -> bytes:
    """Drop what the exporter notes of the machine it ran on: every node's Python stack."""
    graph = model.graph
    for part in (*graph.node, *graph.initializer, *graph.value_info, *graph.input, *graph.output):
        del part.metadata_props[:]
        part.doc_string = ""
    del graph.metadata_props[:]
    content: bytes = model.SerializeToString()
    return content


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the exporter's remarks on packages that are not needed, and on itself, to itself."""
    talkers = [logging.getLogger(name) for name in _TALKERS]
    levels = [talker.level for talker in talkers]
    for talker in talkers:
        talker.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for talker, level in zip(talkers, levels, strict=True):
            talker.setLevel(level)


def _reason(error: BaseException) -> str:
    cause = error.__cause__ or error
    lines = str(cause).strip().splitlines()
    return lines[0][:200] if lines else type(cause).__name__
