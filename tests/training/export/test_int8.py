"""8-bit integers: smaller, nearly the same, and refused where not."""

from __future__ import annotations

import numpy as np
import onnx
import pytest

import training.export.agreement
from shared.errors import ModelError
from shared.model import OnnxModel
from tests.training.export.conftest import Traced
from training.export.agreement import Agreement
from training.export.inputs import network_inputs
from training.export.int8 import to_int8
from training.export.write import make_member
from training.run import load_run


@pytest.fixture
def lenient(monkeypatch: pytest.MonkeyPatch) -> None:
    """An untrained network's labels are noise: their Dice may change."""
    monkeypatch.setattr(Agreement, "holds", True)


@pytest.mark.usefixtures("lenient")
def test_it_answers_nearly_the_same_in_8_bits(traced: Traced) -> None:
    small, agreement = to_int8(traced.content, traced.held, name="n.onnx")
    # Of three patients one sets the scales, two judge.
    assert (agreement.patients, agreement.arithmetic) == (2, "int8")
    graph = onnx.load_from_string(small).graph
    assert {"QuantizeLinear", "DequantizeLinear"} <= {node.op_type for node in graph.node}
    # Every kernel has become bytes.
    kernels = [tensor for tensor in graph.initializer if len(tensor.dims) == 5]
    assert len(kernels) > 4
    assert {tensor.data_type for tensor in kernels} == {onnx.TensorProto.INT8}
    full, low = (OnnxModel(c, name="n.onnx", threads=1) for c in (traced.content, small))
    assert low.spec == full.spec
    inputs = network_inputs(traced.held[2], full.spec)
    wanted, found = full(inputs), low(inputs)
    assert np.corrcoef(wanted.ravel(), found.ravel())[0, 1] > 0.99
    assert not np.array_equal(wanted, found)


@pytest.mark.usefixtures("lenient")
def test_the_spec_tells_of_it_and_allows_no_other(traced: Traced) -> None:
    member = make_member(load_run(traced.run), traced.held, name="n.onnx", int8=True)
    spec = OnnxModel(member, name="n.onnx", threads=1).spec
    assert spec.precision == ("float32",)
    assert set(spec.provenance["parity"]["int8"]) == {"patients", "float32", "int8"}


def test_what_costs_accuracy_is_refused(traced: Traced, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        training.export.agreement, "_means", lambda _, left=[0.8, 0.797]: {"GTVp": left.pop(0)}
    )
    message = r"n\.onnx: expected 8-bit integers to change no figure by more than 0\.002, found "
    with pytest.raises(ModelError, match=message + r"{'GTVp': 0\.797} for {'GTVp': 0\.8}"):
        to_int8(traced.content, traced.held, name="n.onnx")


def test_one_patient_cannot_both_scale_and_judge(traced: Traced) -> None:
    with pytest.raises(ModelError, match=r"n\.onnx: expected held-out patients, two or more"):
        to_int8(traced.content, traced.held.subset([0]), name="n.onnx")
