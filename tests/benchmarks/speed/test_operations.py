"""Operations of small networks, counted by hand."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from benchmarks.speed.operations import count_operations
from benchmarks.speed.run import segmentation_network


def network(*nodes: onnx.NodeProto, **weights: tuple[int, ...]) -> bytes:
    axes = ["batch", "c", "z", "y", "x"]
    graph = helper.make_graph(
        list(nodes),
        "small",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, axes)],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(np.ones(s, np.float32), name) for name, s in weights.items()],
    )
    opset = [helper.make_opsetid("", 18)]
    return helper.make_model(graph, opset_imports=opset).SerializeToString()


def test_a_convolution_is_counted_by_what_it_yields() -> None:
    node = helper.make_node("Conv", ["image", "w"], ["out"], strides=[2, 2, 2], pads=[1] * 6)
    # 4 x 4 x 2 voxels of 5 channels come out, each of 3 x 27 products and sums.
    content = network(node, w=(5, 3, 3, 3, 3))
    assert count_operations(content, (1, 3, 8, 8, 4)) == 2 * (4 * 4 * 2 * 5) * (3 * 27)


def test_a_transposed_convolution_is_counted_by_what_it_takes() -> None:
    node = helper.make_node(
        "ConvTranspose", ["image", "w"], ["out"], strides=[2, 2, 2], kernel_shape=[2, 2, 2]
    )
    # Each of 2 x 3 x 4 voxels of 3 channels goes into 5 x 8 products.
    content = network(node, w=(3, 5, 2, 2, 2))
    assert count_operations(content, (1, 3, 2, 3, 4)) == 2 * (2 * 3 * 4 * 3) * (5 * 8)


def test_nodes_add_up_and_the_rest_is_free() -> None:
    nodes = (
        helper.make_node("Conv", ["image", "a"], ["x"]),
        helper.make_node("Relu", ["x"], ["y"]),
        helper.make_node("MatMul", ["y", "b"], ["out"]),
    )
    # 2 x 2 x 2 voxels: 4 channels of 3 weights; then 6 columns of the last axis's 2.
    content = network(*nodes, a=(4, 3, 1, 1, 1), b=(2, 6))
    assert count_operations(content, (1, 3, 2, 2, 2)) == 2 * (8 * 4 * 3 + 4 * 2 * 2 * 6 * 2)


def test_the_shipped_network_grows_with_its_region() -> None:
    content = segmentation_network()
    small, large = (count_operations(content, (1, 3, 32, 32, n)) for n in (32, 64))
    # 11.58e9 of the whole region's 64 x 64 x 96 voxels.
    assert small == pytest.approx(0.965e9, rel=1e-3)
    assert large == pytest.approx(2 * small, rel=1e-3)
