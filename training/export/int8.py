"""A network of 8-bit integers from one of floats: scales are read off held-out patients."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from onnxruntime.quantization import (
    CalibrationDataReader,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process

from shared.errors import ModelError
from shared.limits import available_cpus
from shared.model import OnnxModel
from shared.spec import Spec
from training.data.samples import Samples
from training.export.agreement import Agreement, compare
from training.export.graph import spec_of, with_spec
from training.export.inputs import network_inputs

CALIBRATED = 8
"""Patients whose values set the scales, of all centres alike; at most half of those held out, the
others judge."""


class _Inputs(CalibrationDataReader):  # type: ignore[misc]
    """A network's inputs for some patients, one after the other."""

    def __init__(self, samples: Samples, spec: Spec) -> None:
        self._inputs: Iterator[dict[str, NDArray[np.float32]]] = (
            network_inputs(samples[index], spec) for index in range(len(samples))
        )

    def get_next(self) -> dict[str, NDArray[np.float32]] | None:
        return next(self._inputs, None)


def to_int8(content: bytes, held: Samples, *, name: str) -> tuple[bytes, Agreement]:
    """Return a network whose products are of 8-bit integers, and how well it does.

    Weights get a scale a channel, activations one a tensor: the range that they take on some of
    the held-out patients (Jacob et al. 2018). It is judged by the truth of the others, on this
    processor: one without VNNI adds in 16 bits, which may saturate.

    Parameters
    ----------
    content : bytes
        An ONNX file with its spec.
    held : Samples
        Held-out patients, two or more.
    name : str
        How messages call the file.

    Raises
    ------
    ModelError
        If there are too few patients, or Dice (C-index, AUC) changes by more than is allowed.
    """
    count = min(CALIBRATED, len(held) // 2)
    if count == 0:
        raise ModelError(f"model {name}: expected held-out patients, two or more, for 8 bits")
    spec = spec_of(content, name=name)
    scaling = {index * len(held) // count for index in range(count)}
    small = _quantised(content, _Inputs(held.subset(sorted(scaling)), spec))
    small = with_spec(small, spec)
    full, low = (OnnxModel(c, name=name, threads=available_cpus()) for c in (content, small))
    judges = held.subset(index for index in range(len(held)) if index not in scaling)
    agreement = compare(full, low, judges, arithmetic="int8")
    if not agreement.holds:
        raise ModelError(
            f"model {name}: expected 8-bit integers to change no figure by more than "
            f"{agreement.allowed:g}, found {dict(agreement.low)} for {dict(agreement.float32)}"
        )
    return small, agreement


def _quantised(content: bytes, inputs: CalibrationDataReader) -> bytes:
    with tempfile.TemporaryDirectory(prefix="hecktor-int8-") as place:
        given, ready, made = (Path(place) / f"{step}.onnx" for step in ("given", "ready", "made"))
        given.write_bytes(content)
        # Folds batch norms into the convolutions, which are then rounded as one.
        quant_pre_process(given, ready, skip_symbolic_shape=True)
        quantize_static(
            ready,
            made,
            inputs,
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
        )
        return made.read_bytes()
