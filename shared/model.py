"""An ONNX network that knows its own preprocessing, on the fastest provider this machine has."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

from shared.errors import ModelError, ran_out_of_memory
from shared.limits import has_bfloat16
from shared.spec import METADATA_KEY, Precision, Spec, read_spec
from shared.steps import step

log = logging.getLogger(__name__)

OPENVINO = "OpenVINOExecutionProvider"
CPU = "CPUExecutionProvider"

# onnxruntime's errors have no base class of their own.
_ORT_ERRORS = (
    ort_errors.EPFail,
    ort_errors.EngineError,
    ort_errors.Fail,
    ort_errors.InvalidArgument,
    ort_errors.InvalidGraph,
    ort_errors.InvalidProtobuf,
    ort_errors.NoModel,
    ort_errors.NoSuchFile,
    ort_errors.NotImplemented,
    ort_errors.RuntimeException,
    # Its complaint quotes bytes of the file, and they need not be text.
    UnicodeDecodeError,
)


def allowed_precision(asked: Precision, spec: Spec, *, model: str) -> Precision:
    """Return the arithmetic to use: float32 where spec or processor do not allow what was asked."""
    if asked == "float32":
        return "float32"
    if asked not in spec.precision:
        log.warning("model %s: its spec allows no %s; using float32", model, asked)
        return "float32"
    if not has_bfloat16():
        log.warning("model %s: this processor has no %s; using float32", model, asked)
        return "float32"
    return asked


class OnnxModel:
    """One network, its spec checked against its graph.

    Parameters
    ----------
    content : bytes
        The ONNX file. Bytes, not a path: they are what was hashed, and a graph can't pull other
        files in.
    name : str
        How messages call it.
    threads : int
        Processors to use.
    precision : str
        Wanted arithmetic; float32 is used where the spec or the processor does not allow it.

    Raises
    ------
    ModelError
        If the file is not ONNX, has no spec, or its inputs and outputs do not fit its spec.
    """

    def __init__(
        self, content: bytes, *, name: str, threads: int, precision: Precision = "float32"
    ) -> None:
        self.name = name
        with step(log, "load") as current:
            # Without optimisation first: what the file says about itself decides how it runs.
            plain = self._open(content, threads, [CPU], optimise=False)
            try:
                text = plain.get_modelmeta().custom_metadata_map.get(METADATA_KEY)
                self.spec = read_spec(text, model=name)
                _check_fits(plain, self.spec, name)
                lengths = _fixed_axes(plain, self.spec)
            except UnicodeDecodeError as error:
                raise ModelError(
                    f"model {name}: expected names and texts in UTF-8, found others ({error})"
                ) from error
            del plain
            self.precision: Precision = allowed_precision(precision, self.spec, model=name)
            self._session = self._open(
                content, threads, providers(threads, self.precision), lengths=lengths
            )
            provider = self._session.get_providers()[0]
            current.note = f"{name}, {provider}, {self.precision}, {threads} threads"

    def _open(
        self,
        content: bytes,
        threads: int,
        providers: Sequence[Any],
        *,
        optimise: bool = True,
        lengths: Mapping[str, int] | None = None,
    ) -> onnxruntime.InferenceSession:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # A fifth less memory for a few per cent of time.
        options.enable_cpu_mem_arena = False
        options.log_severity_level = 3
        if not optimise:
            options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        for axis, length in (lengths or {}).items():
            options.add_free_dimension_override_by_name(axis, length)
        try:
            return onnxruntime.InferenceSession(content, options, providers=providers)
        except _ORT_ERRORS as error:
            if ran_out_of_memory(error):
                raise MemoryError from error
            raise ModelError(
                f"model {self.name}: expected an ONNX network, found a file that "
                f"onnxruntime refuses ({_first_line(error)})"
            ) from error

    def __call__(self, inputs: Mapping[str, NDArray[np.float32]]) -> NDArray[np.float32]:
        """Run the network and return its first output.

        Parameters
        ----------
        inputs : mapping of str to ndarray
            By the names that the spec gives; the image has shape (1, c, z, y, x).

        Raises
        ------
        ModelError
            If the network fails, or yields values that are not finite.
        """
        try:
            outputs = self._session.run(None, dict(inputs))
        except _ORT_ERRORS as error:
            if ran_out_of_memory(error):
                raise MemoryError from error
            raise ModelError(f"model {self.name}: failed to run ({_first_line(error)})") from error
        output: NDArray[np.float32] = np.asarray(outputs[0], dtype=np.float32)
        if not np.isfinite(output).all():
            raise ModelError(f"model {self.name}: its output holds values that are not finite")
        return output

    def warm_up(self) -> None:
        """Run once on zeros where the spec fixes every length, for what only a first pass does.

        Zeros are no patient: what comes of them, or that nothing does, tells nothing.
        """
        zeros: dict[str, NDArray[np.float32]] = {}
        for name, shape in _expected_inputs(self.spec).items():
            lengths = [length for length in shape if isinstance(length, int)]
            if len(lengths) < len(shape):
                return
            zeros[name] = np.zeros(lengths, dtype=np.float32)
        with suppress(ModelError):
            self(zeros)


def _first_line(error: Exception) -> str:
    text = str(error)
    if isinstance(error, UnicodeDecodeError):
        # The complaint that could not be told.
        text = error.object.decode(errors="backslashreplace")
    return text.strip().splitlines()[0][:200] if text.strip() else type(error).__name__


def providers(threads: int, precision: Precision) -> list[Any]:
    """Return providers, best first: OpenVINO where it is built in, else the CPU provider."""
    if OPENVINO not in onnxruntime.get_available_providers():
        return [CPU]
    # OpenVINO takes its thread count and precision only when told.
    cpu = {
        "INFERENCE_NUM_THREADS": str(threads),
        "INFERENCE_PRECISION_HINT": {"float32": "f32", "bfloat16": "bf16"}[precision],
    }
    return [(OPENVINO, {"device_type": "CPU", "load_config": json.dumps({"CPU": cpu})}), CPU]


def _check_fits(session: onnxruntime.InferenceSession, spec: Spec, name: str) -> None:
    """Refuse a graph whose inputs or output are not what its spec says."""
    found = {node.name: tuple(node.shape) for node in session.get_inputs()}
    expected = _expected_inputs(spec)
    wrong = [node.name for node in session.get_inputs() if node.type != "tensor(float)"]
    if wrong:
        raise ModelError(f"model {name}: expected float32 inputs, found others in {sorted(wrong)}")
    if set(found) != set(expected):
        raise ModelError(
            f"model {name}: expected inputs {sorted(expected)} as its spec says, "
            f"found {sorted(found)}"
        )
    for tensor, shape in expected.items():
        if not _compatible(found[tensor], shape):
            raise ModelError(
                f"model {name}: expected input {tensor!r} of shape {_shown(shape)} as its spec "
                f"says, found {_shown(found[tensor])}"
            )
    # All names are read: a run would do so, and they need not be text.
    outputs = [(node.name, tuple(node.shape)) for node in session.get_outputs()]
    if not outputs:
        raise ModelError(f"model {name}: expected an output, found none")
    first, output = outputs[0]
    wanted = _expected_output(spec)
    if not _compatible(output, wanted):
        raise ModelError(
            f"model {name}: expected the output {first!r} of shape {_shown(wanted)} for its role "
            f"{spec.role!r}, found {_shown(output)}"
        )
    needed = max((label.channel for label in spec.labels), default=0) + 1
    if isinstance(output[1], int) and output[1] < needed:
        raise ModelError(
            f"model {name}: expected at least {needed} output channels for its labels, "
            f"found {output[1]}"
        )


Shape = tuple[int | str | None, ...]


def _fixed_axes(session: onnxruntime.InferenceSession, spec: Spec) -> dict[str, int]:
    """Return the length of each axis that the graph leaves free and the spec fixes, by its name.

    OpenVINO compiles a graph of known shape faster than one of any. A name that stands for
    several lengths fixes none.
    """
    lengths: dict[str, set[int | str | None]] = {}
    expected = _expected_inputs(spec)
    for node in session.get_inputs():
        for axis, length in zip(node.shape, expected[node.name], strict=True):
            if isinstance(axis, str) and axis:
                lengths.setdefault(axis, set()).add(length)
    only = {axis: found.pop() for axis, found in lengths.items() if len(found) == 1}
    return {axis: length for axis, length in only.items() if isinstance(length, int)}


def _expected_inputs(spec: Spec) -> dict[str, Shape]:
    names, shapes = spec.tensor_names, {}
    if spec.channels:
        shapes[names.image] = (1, len(spec.channels), *_patch(spec))
    if spec.clinical:
        shapes[names.clinical] = (1, 2 * len(spec.clinical))
    if spec.lesions:
        shapes[names.lesions] = (1, len(spec.lesions))
    return shapes


def _expected_output(spec: Spec) -> Shape:
    if spec.role != "segmentation":
        return (1, 1)
    return (1, None, *_patch(spec))


def _patch(spec: Spec) -> Shape:
    return spec.fixed_zyx or (None, None, None)


def _compatible(found: Shape, expected: Shape) -> bool:
    """Tell whether two shapes agree wherever both are fixed."""
    if len(found) != len(expected):
        return False
    pairs = zip(found, expected, strict=True)
    return all(not isinstance(a, int) or not isinstance(b, int) or a == b for a, b in pairs)


def _shown(shape: Shape) -> str:
    return "(" + ", ".join(str(n) if isinstance(n, int) else "any" for n in shape) + ")"
