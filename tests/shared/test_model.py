"""A network against its own spec, and on the providers of this machine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import TensorProto

import shared.model
from shared.errors import ModelError
from shared.model import OPENVINO, OnnxModel
from shared.spec import Label, Spec
from tests.networks import HPV, RISK, SEGMENTATION, hpv_network, risk_network, scorer, segmenter

RNG = np.random.default_rng(3)
IMAGE = RNG.random((1, 2, 6, 7, 8), dtype=np.float32)
WINDOWS = {"kind": "windows", "patch_zyx": [4, 4, 4]}
BOX = {"region": {"kind": "box", "size_xyz": [10, 9, 8]}}


def load(content: bytes, **options: Any) -> OnnxModel:
    return OnnxModel(content, name="net.onnx", threads=1, **options)


def spec(**changes: Any) -> Spec:
    return Spec.model_validate({**SEGMENTATION.model_dump(), **changes})


def test_a_network_runs_and_brings_its_spec() -> None:
    model = load(segmenter())
    assert model.spec == SEGMENTATION
    output = model({"image": IMAGE})
    assert output.shape == (1, 3, 6, 7, 8)
    # Channel 1 is 100 x PET - 20, channel 2 is -50.
    np.testing.assert_allclose(output[:, 1], 100.0 * IMAGE[:, 1] - 20.0, rtol=1e-5, atol=1e-4)
    np.testing.assert_allclose(output[:, 2], -50.0)


def test_a_scorer_takes_what_its_spec_lists() -> None:
    clinical = np.array([[61.0, 0.0]], dtype=np.float32)
    lesions = np.array([[2.0]], dtype=np.float32)
    found = load(risk_network())({"clinical": clinical, "lesions": lesions})
    assert found == pytest.approx(np.array([[0.61 + 2.0]]))
    assert load(hpv_network()).spec == HPV


@pytest.mark.parametrize("cut", [1, 10, 100, 400])
def test_a_truncated_file_is_refused(cut: int) -> None:
    with pytest.raises(ModelError, match=r"^model net\.onnx: expected"):
        load(segmenter()[:-cut])


@pytest.mark.parametrize("word", [b"Conv", b"image", b"scores", b"LPS", b"hecktor_spec"])
def test_words_that_are_no_text_are_refused(word: bytes) -> None:
    content = segmenter()
    assert word in content
    with pytest.raises(ModelError, match=r"^model net\.onnx: "):
        load(content.replace(word, word[:-1] + b"\x8a"))


def test_a_network_without_an_output_is_refused() -> None:
    model = onnx.load_from_string(segmenter())
    del model.graph.output[:]
    with pytest.raises(ModelError, match=r"^model net\.onnx: expected an output, found none"):
        load(model.SerializeToString())


@pytest.mark.parametrize(
    "content", [b"", b"garbage" * 100, b"\x80\x04\x95pickle", segmenter()[::-1]]
)
def test_corrupt_bytes_are_refused(content: bytes) -> None:
    with pytest.raises(ModelError, match=r"^model net\.onnx: expected an ONNX network, found a"):
        load(content)


def test_a_foreign_network_is_refused() -> None:
    with pytest.raises(ModelError, match=r"expected a preprocessing spec .*found none"):
        load(segmenter(None))


def test_a_network_with_a_malformed_spec_is_refused() -> None:
    with pytest.raises(ModelError, match="its spec is not valid"):
        load(segmenter('{"version": 1}'))


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: segmenter(image="x"), r"expected inputs \['image'\] .*found \['x'\]"),
        (lambda: segmenter(RISK), r"expected inputs \['clinical', 'lesions'\]"),
        (
            lambda: segmenter(weights=np.zeros((3, 1))),
            r"input 'image' of shape \(1, 2, any, any, any\) .*found \(1, 1, any",
        ),
        (
            lambda: segmenter(spec(**BOX), shape=(8, 9, 11)),
            r"shape \(1, 2, 8, 9, 10\) .*found \(1, 2, 8, 9, 11\)",
        ),
        (
            lambda: segmenter(spec(inference=WINDOWS), shape=(4, 4, 8)),
            r"shape \(1, 2, 4, 4, 4\) .*found \(1, 2, 4, 4, 8\)",
        ),
        (
            lambda: segmenter(spec(labels=[Label(name="GTVn", value=2, channel=3)])),
            "at least 4 output channels for its labels, found 3",
        ),
        (
            lambda: scorer(RISK, weights={"lesions": (1.0,)}, element=TensorProto.DOUBLE),
            r"expected float32 inputs, found others in \['lesions'\]",
        ),
        (
            lambda: scorer(HPV, weights={"clinical": (1.0, 1.0, 1.0), "lesions": (1.0,)}),
            r"input 'clinical' of shape \(1, 2\) .*found \(1, 3\)",
        ),
        (
            lambda: segmenter(spec(role="risk", labels=(), activation="none")),
            r"output 'scores' of shape \(1, 1\) for its role 'risk', found \(1, 3, any",
        ),
    ],
)
def test_a_network_that_does_not_fit_its_spec_is_refused(
    make: Callable[[], bytes], reason: str
) -> None:
    with pytest.raises(ModelError, match=rf"^model net\.onnx: .*{reason}"):
        load(make())


def test_sizes_are_rounded_up_to_the_stride() -> None:
    rounded = spec(**BOX, inference={"kind": "one_pass", "multiple": 8})
    assert load(segmenter(rounded, shape=(8, 16, 16))).spec == rounded


def of_shape(z: int, y: int, x: int) -> dict[str, NDArray[np.float32]]:
    return {"image": np.ones((1, 2, z, y, x), dtype=np.float32)}


@pytest.mark.parametrize(
    ("fixed", "shape"),
    [
        ({"region": {"kind": "box", "size_xyz": [6, 5, 4]}}, (4, 5, 6)),
        ({**BOX, "inference": {"kind": "one_pass", "multiple": 8}}, (8, 16, 16)),
        ({"inference": {"kind": "windows", "patch_zyx": [4, 5, 6]}}, (4, 5, 6)),
    ],
)
def test_free_axes_take_the_lengths_that_the_spec_fixes(
    fixed: dict[str, Any], shape: tuple[int, int, int]
) -> None:
    model = load(segmenter(spec(**fixed)))
    assert model(of_shape(*shape)).shape == (1, 3, *shape)
    # What was compiled is of one shape: no other is taken.
    with pytest.raises(ModelError, match=r"^model net\.onnx: failed to run \(.*dimensions"):
        model(of_shape(8, 8, 8))


def test_free_axes_stay_free_where_the_spec_fixes_none() -> None:
    model = load(segmenter())
    for shape in ((4, 5, 6), (8, 3, 7)):
        assert model(of_shape(*shape)).shape == (1, 3, *shape)


def test_an_axis_name_for_several_lengths_fixes_none() -> None:
    content = segmenter(spec(**BOX), shape=("n", "n", "n"))
    assert load(content)(of_shape(8, 9, 10)).shape == (1, 3, 8, 9, 10)


def test_an_output_that_is_not_finite_is_refused() -> None:
    model = load(segmenter(bias=(0.0, float("inf"), 0.0)))
    with pytest.raises(ModelError, match=r"^model net\.onnx: its output holds values that are not"):
        model({"image": IMAGE})


@pytest.mark.parametrize(("changes", "shapes"), [(BOX, [(1, 2, 8, 9, 10)]), ({}, [])])
def test_a_first_pass_is_made_where_the_spec_fixes_all_lengths(
    changes: dict[str, Any], shapes: list[tuple[int, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    model, passes = load(segmenter(spec(**changes))), []
    run = OnnxModel.__call__

    def counted(self: OnnxModel, inputs: dict[str, NDArray[np.float32]]) -> NDArray[np.float32]:
        passes.append(inputs["image"].shape)
        return run(self, inputs)

    monkeypatch.setattr(OnnxModel, "__call__", counted)
    model.warm_up()
    assert passes == shapes


def test_a_first_pass_that_fails_says_nothing_of_a_case() -> None:
    model = load(segmenter(spec(**BOX), bias=(0.0, float("nan"), 0.0)))
    model.warm_up()
    with pytest.raises(ModelError, match="not finite"):
        model(of_shape(8, 9, 10))


def test_an_input_of_the_wrong_shape_is_refused() -> None:
    with pytest.raises(ModelError, match=r"^model net\.onnx: failed to run"):
        load(segmenter())({"image": IMAGE[:, :1]})


@pytest.mark.skipif(
    OPENVINO not in onnxruntime.get_available_providers(), reason="no OpenVINO provider here"
)
def test_both_providers_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    content = segmenter(weights=RNG.normal(size=(3, 2)), bias=RNG.normal(size=3))
    fast = load(content)({"image": IMAGE})
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [shared.model.CPU])
    plain = load(content)({"image": IMAGE})
    np.testing.assert_allclose(fast, plain, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("allowed", [False, True])
@pytest.mark.parametrize("able", [False, True])
def test_bfloat16_needs_the_spec_and_the_processor(
    allowed: bool, able: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared.model, "has_bfloat16", lambda: able)
    # The provider that runs is not the question here, and not every machine has it.
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [shared.model.CPU])
    precision = ("float32", "bfloat16") if allowed else ("float32",)
    content = segmenter(spec(precision=precision))
    assert load(content).precision == "float32"
    expected = "bfloat16" if allowed and able else "float32"
    assert load(content, precision="bfloat16").precision == expected
