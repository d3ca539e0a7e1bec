"""How many operations a network takes, counted from its graph."""

from collections.abc import Mapping
from math import prod

import onnx
from onnx import shape_inference

Shape = tuple[int, ...]


def count_operations(content: bytes, shape: Shape) -> int:
    """Count the multiplications and additions of a network's convolutions and products.

    All else (activations, sums, norms, resizing) is left out: it is a hundredth of them.

    Parameters
    ----------
    content : bytes
        An ONNX file.
    shape : tuple of int
        Of its first input: (1, c, z, y, x).

    Returns
    -------
    int
        A multiplication and an addition are two operations.

    Raises
    ------
    ValueError
        If the shape of a counted node stays unknown.
    """
    model = onnx.load_from_string(content)
    for axis, length in zip(model.graph.input[0].type.tensor_type.shape.dim, shape, strict=True):
        axis.dim_value = length
    # What was inferred for free axes would stand in the way.
    del model.graph.value_info[:]
    for value in model.graph.output:
        value.type.tensor_type.ClearField("shape")
    inferred = shape_inference.infer_shapes(model, data_prop=True)
    shapes = _shapes(inferred.graph)
    return sum(_operations(node, shapes) for node in inferred.graph.node)


def _shapes(graph: onnx.GraphProto) -> dict[str, Shape]:
    shapes = {tensor.name: tuple(tensor.dims) for tensor in graph.initializer}
    for value in (*graph.input, *graph.value_info, *graph.output):
        axes = value.type.tensor_type.shape.dim
        if value.type.tensor_type.HasField("shape") and all(axis.dim_value for axis in axes):
            shapes[value.name] = tuple(axis.dim_value for axis in axes)
    return shapes


def _operations(node: onnx.NodeProto, shapes: Mapping[str, Shape]) -> int:
    counted = {"Conv": _conv, "ConvTranspose": _transposed, "Gemm": _product, "MatMul": _product}
    if node.op_type not in counted:
        return 0
    missing = [name for name in (*node.input[:2], node.output[0]) if name not in shapes]
    if missing:
        raise ValueError(f"{node.op_type} {node.name}: shape of {missing} is unknown")
    first, second = (shapes[name] for name in node.input[:2])
    return 2 * counted[node.op_type](first, second, shapes[node.output[0]])


def _conv(_: Shape, weight: Shape, output: Shape) -> int:
    """Each output value takes a product a weight of its channel (out, in / groups, kernel)."""
    return prod(output) * prod(weight[1:])


def _transposed(image: Shape, weight: Shape, _: Shape) -> int:
    """Each input value goes into a product with each weight of its channel (in, out, kernel)."""
    return prod(image) * prod(weight[1:])


def _product(first: Shape, _: Shape, output: Shape) -> int:
    """Each output value takes a product a value of the last axis of the first factor."""
    return prod(output) * first[-1]
