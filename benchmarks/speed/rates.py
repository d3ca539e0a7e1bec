"""What this machine can do at best: products, unpacking, packing, copying, reading."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper

from shared.limits import has_bfloat16
from shared.model import providers
from shared.spec import Precision

PRODUCT, PASSES = 3072, 5
"""Rows of the square matrices: large enough that nothing but the products counts."""
_OPSET = 18
_COPIED_BYTES = 1 << 28


@dataclass(frozen=True)
class Rates:
    """The machine's best.

    Attributes
    ----------
    multiply_gflops : dict of str to float
        10^9 operations a second of a large matrix product, by precision; a multiplication and an
        addition are two.
    inflate_ct_mbs, inflate_mask_mbs, deflate_mask_mbs : float
        10^6 unpacked bytes a second by zlib.
    copy_mbs : float
        10^6 bytes a second from memory to memory.
    """

    multiply_gflops: dict[Precision, float]
    inflate_ct_mbs: float
    inflate_mask_mbs: float
    deflate_mask_mbs: float
    copy_mbs: float


def measure_rates(
    ct_file: Path, labels: bytes, *, level: int, threads: int, size: int = PRODUCT
) -> Rates:
    """Measure this machine.

    Parameters
    ----------
    ct_file : Path
        A compressed ``.mha``, whose voxels are unpacked.
    labels : bytes
        A mask's voxels, which are packed.
    level : int
        Of zlib, as the container packs.
    threads : int
        Processors of the product; all else runs on one.
    size : int
        Rows of the matrices.
    """
    packed = _voxels(ct_file)
    unpacked, small = len(zlib.decompress(packed)), zlib.compress(labels, level)
    low: tuple[Precision, ...] = ("bfloat16",) if has_bfloat16() else ()
    return Rates(
        multiply_gflops={
            precision: multiply_gflops(precision, threads=threads, size=size)
            for precision in ("float32", *low)
        },
        inflate_ct_mbs=unpacked / 1e6 / _best(lambda: zlib.decompress(packed), passes=2),
        inflate_mask_mbs=len(labels) / 1e6 / _best(lambda: zlib.decompress(small), passes=2),
        deflate_mask_mbs=len(labels) / 1e6 / _best(lambda: zlib.compress(labels, level), passes=2),
        copy_mbs=_copy_mbs(),
    )


def _voxels(file: Path) -> bytes:
    """Return what follows the header of a compressed ``.mha``."""
    header, separator, rest = file.read_bytes().partition(b"ElementDataFile = LOCAL\n")
    if not separator or b"CompressedData = True" not in header:
        raise ValueError(f"{file.name}: expected a compressed .mha")
    return rest


def multiply_gflops(precision: Precision, *, threads: int, size: int = PRODUCT) -> float:
    """Time a square matrix product by the container's provider; return 10^9 operations a second."""
    return (
        2.0 * size**3 / 1e9 / _best(product(precision, threads=threads, size=size), passes=PASSES)
    )


def beside_product(
    network: Callable[[], object], precision: Precision, *, threads: int, size: int = PRODUCT
) -> tuple[float, float]:
    """Time a network and a large product in turn, so that both meet the same seconds.

    Parameters
    ----------
    network : callable
        One pass.
    precision : str
        Of both.
    threads, size : int
        Processors, and rows of the matrices.

    Returns
    -------
    float, float
        Median seconds of a pass, warm, and 10^9 operations a second of the product meanwhile.
    """
    multiply = product(precision, threads=threads, size=size)
    network()
    passes, products = [], []
    for _ in range(2 * PASSES):
        passes.append(seconds_of(network))
        products.append(seconds_of(multiply))
    return median(passes), 2.0 * size**3 / 1e9 / median(products)


def product(precision: Precision, *, threads: int, size: int) -> Callable[[], object]:
    """Return a square matrix product by the container's provider, run once."""
    # One operand is a weight, as in a network: the runtime may lay it out as it likes.
    weight = np.random.default_rng(0).standard_normal((size, size)).astype(np.float32)
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"])],
        "product",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [size, size])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [size, size])],
        [onnx.numpy_helper.from_array(weight, "w")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=9)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=providers(threads, precision)
    )
    inputs = {"x": weight}
    session.run(None, inputs)
    return lambda: session.run(None, inputs)


def _copy_mbs() -> float:
    source, target = np.ones(_COPIED_BYTES, np.uint8), np.empty(_COPIED_BYTES, np.uint8)
    return _COPIED_BYTES / 1e6 / _best(lambda: np.copyto(target, source), passes=PASSES)


def _best(act: Callable[[], object], *, passes: int) -> float:
    """Return the least seconds of some passes: a limit is what is reached undisturbed."""
    return min(seconds_of(act) for _ in range(passes))


def seconds_of(act: Callable[[], object]) -> float:
    """Time something once."""
    started = perf_counter()
    act()
    return perf_counter() - started
