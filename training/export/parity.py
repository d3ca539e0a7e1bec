"""Whether an exported network says what torch says, in each arithmetic that a container may use."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import onnxruntime
import torch
from torch import nn

from shared.ensemble import activate
from shared.errors import ModelError
from shared.limits import available_cpus, has_bfloat16
from shared.model import CPU, OPENVINO, OnnxModel
from shared.spec import Precision, Spec
from training.data.samples import Samples
from training.export.agreement import Agreement, compare
from training.export.graph import with_spec
from training.export.inputs import Array, Inputs, network_inputs

log = logging.getLogger(__name__)

Run = Callable[[Inputs], Array]

TOLERANCE, SCORE_TOLERANCE = 1e-3, 1e-4
"""Largest difference from torch: of outputs on the CPU provider, of what they mean on OpenVINO.

The first of class scores voxel by voxel, the second of one number a patient.
"""
COMPARED, SCORES_COMPARED = 3, 32
"""Patients on whom outputs are compared, of a segmentation and of a score; torch is slow without a
GPU.
"""
_TRIED: tuple[Precision, ...] = ("float32", "bfloat16")


@dataclass(frozen=True)
class Parity:
    """How far a file's answers are from torch's: largest absolute differences.

    Attributes
    ----------
    patients : int
        Held-out patients compared: whole regions, or one window each.
    scores_cpu : float
        Of the network's output, before softmax or sigmoid, on onnxruntime's CPU provider.
    scores_openvino, probabilities_openvino : float or None
        Of the output and of what it means, on OpenVINO in float32; None where it is not
        installed. A risk means itself.
    probabilities_bfloat16 : float or None
        On OpenVINO in bfloat16; None where it or the processor lacks it.
    agreement : Agreement or None
        How well both arithmetics do; None where bfloat16 was not tried.
    int8 : Agreement or None
        How well the network of 8-bit integers made from it does; None where none was asked for.
    """

    patients: int
    scores_cpu: float
    scores_openvino: float | None = None
    probabilities_openvino: float | None = None
    probabilities_bfloat16: float | None = None
    agreement: Agreement | None = None
    int8: Agreement | None = None

    @property
    def precision(self) -> tuple[Precision, ...]:
        """Return the arithmetic that a spec may allow."""
        allowed = self.agreement is not None and self.agreement.holds and self.int8 is None
        return _TRIED if allowed else ("float32",)

    def plain(self) -> dict[str, Any]:
        """Return what a spec tells of it."""
        differences = {
            name: value for name, value in vars(self).items() if name not in ("agreement", "int8")
        }
        agreements = {
            name: None if found is None else found.plain()
            for name, found in (("agreement", self.agreement), ("int8", self.int8))
        }
        return differences | agreements


def check_parity(network: nn.Module, content: bytes, samples: Samples, *, name: str) -> Parity:
    """Compare a file with the network that it was made from, on held-out patients.

    Parameters
    ----------
    network : Module
        In evaluation mode, on the CPU.
    content : bytes
        The ONNX file with its spec.
    samples : Samples
        Held-out patients.
    name : str
        How messages call the file.

    Raises
    ------
    ModelError
        If there is no patient, the CPU provider's scores differ from torch's by more than
        `TOLERANCE` (of a score network `SCORE_TOLERANCE`), or OpenVINO's probabilities do in
        float32.
    """
    if not len(samples):
        raise ModelError(f"model {name}: expected held-out patients to check it on, found none")
    fast = OnnxModel(content, name=name, threads=available_cpus())
    spec = fast.spec
    segments = spec.role == "segmentation"
    most, tolerance = (COMPARED, TOLERANCE) if segments else (SCORES_COMPARED, SCORE_TOLERANCE)
    cases = [network_inputs(samples[i], spec) for i in range(min(most, len(samples)))]
    wanted = [_by_torch(network, case) for case in cases]
    on_cpu = _differences(_by_cpu(content), cases, wanted, spec)
    _require(on_cpu[0], tolerance, f"model {name}: scores on onnxruntime's CPU provider")
    if OPENVINO not in onnxruntime.get_available_providers():
        log.warning("model %s: OpenVINO is not installed, and was not compared", name)
        return Parity(len(cases), on_cpu[0])
    scores, probabilities = _differences(fast, cases, wanted, spec)
    _require(probabilities, tolerance, f"model {name}: probabilities on OpenVINO in float32")
    found = Parity(len(cases), on_cpu[0], scores, probabilities)
    if has_bfloat16():
        slim = _in_bfloat16(content, spec, name)
        found = replace(
            found,
            probabilities_bfloat16=_differences(slim, cases, wanted, spec)[1],
            agreement=compare(fast, slim, samples),
        )
    log.info("model %s: %s", name, found)
    return found


def _in_bfloat16(content: bytes, spec: Spec, name: str) -> OnnxModel:
    trial = spec.model_copy(update={"precision": _TRIED})
    return OnnxModel(
        with_spec(content, trial), name=name, threads=available_cpus(), precision="bfloat16"
    )


@torch.no_grad()
def _by_torch(network: nn.Module, inputs: Inputs) -> Array:
    # Copied: a tensor must not share memory that may not be written to.
    tensors = [torch.from_numpy(array.copy()) for array in inputs.values()]
    output: Array = network(*tensors).numpy()
    return output


def _by_cpu(content: bytes) -> Run:
    session = onnxruntime.InferenceSession(content, providers=[CPU])

    def run(inputs: Mapping[str, Array]) -> Array:
        output: Array = session.run(None, dict(inputs))[0]
        return output

    return run


def _differences(
    run: Run, cases: list[Inputs], wanted: list[Array], spec: Spec
) -> tuple[float, float]:
    """Return the largest difference of the outputs, and of what they mean."""
    scores = probabilities = 0.0
    for case, theirs in zip(cases, wanted, strict=True):
        ours = run(case)
        scores = max(scores, float(np.abs(ours - theirs).max()))
        apart = np.abs(activate(ours, spec) - activate(theirs, spec))
        probabilities = max(probabilities, float(apart.max()))
    return scores, probabilities


def _require(difference: float, tolerance: float, what: str) -> None:
    # Written so that a difference that is not a number is refused too.
    if not difference <= tolerance:
        raise ModelError(f"{what} differ from torch's by {difference:.2g} > {tolerance:g}")
