"""Members one at a time, within the time left, and what they say together."""

from __future__ import annotations

import itertools
import logging
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import shared.ensemble
from shared.ensemble import Combination, Members, activate, probabilities
from shared.errors import ModelError
from shared.limits import Deadline
from shared.manifest import RoleFiles, Weights, find_weights
from shared.model import OnnxModel
from shared.spec import Label, Spec
from tests.networks import SEGMENTATION, segmenter, write_weights

RNG = np.random.default_rng(11)
TENSOR = RNG.random((1, 2, 5, 6, 7), dtype=np.float32)


def members(folder: Path, *contents: bytes, rule: Any = "mean") -> Members:
    write_weights(folder, {"segmentation": contents})
    found = find_weights(folder, folder / "none", roles=("segmentation",))["segmentation"]
    files = RoleFiles(files=found.files.files, ensemble=rule)
    return Members(Weights(folder, files), threads=1)


def spec(**changes: Any) -> Spec:
    return Spec.model_validate({**SEGMENTATION.model_dump(), **changes})


@pytest.mark.parametrize(("rule", "expected"), [("mean", 4.0), ("median", 2.0)])
def test_combinations_by_hand(rule: Any, expected: float) -> None:
    combined = Combination(rule)
    for value in (1.0, 2.0, 9.0):
        combined.add(np.full((1, 1), value, dtype=np.float32))
    assert combined.count == 3
    assert combined.result().tolist() == [[expected]]
    assert combined.result().dtype == np.float32


@pytest.mark.parametrize("rule", ["mean", "median"])
def test_a_combination_of_nothing_is_refused(rule: Any) -> None:
    with pytest.raises(ModelError, match="expected at least one member to run"):
        Combination(rule).result()


def test_the_first_output_is_not_changed_by_the_next() -> None:
    combined, first = Combination("mean"), np.ones((1, 1), dtype=np.float32)
    combined.add(first)
    combined.add(first * 3)
    assert first.tolist() == [[1.0]]


def test_a_single_member_stays_loaded(tmp_path: Path) -> None:
    role = members(tmp_path, segmenter())
    assert next(iter(role)) is next(iter(role))


@pytest.mark.parametrize(("many", "passes"), [(1, 1), (2, 0)])
def test_only_a_member_that_stays_is_warmed_up(
    many: int, passes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warmed: list[OnnxModel] = []
    monkeypatch.setattr(OnnxModel, "warm_up", lambda one: warmed.append(one))
    role = members(tmp_path, *[segmenter()] * many)
    role.check()
    role.warm_up()
    assert len(warmed) == passes


def test_members_of_an_ensemble_are_streamed_one_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alive: weakref.WeakSet[OnnxModel] = weakref.WeakSet()
    others: list[int] = []

    class Counted(OnnxModel):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            others.append(len(alive))
            alive.add(self)
            super().__init__(*arguments, **options)

    monkeypatch.setattr(shared.ensemble, "OnnxModel", Counted)
    role = members(tmp_path, segmenter(), segmenter(), segmenter())
    role.check()
    for member in role:
        assert len(alive) == 1
        del member
    assert others == [0] * 6
    assert len(alive) == 0


def test_members_whose_specs_differ_are_refused(tmp_path: Path) -> None:
    role = members(tmp_path, segmenter(), segmenter(spec(threshold=0.4)))
    with pytest.raises(ModelError, match=r"segmentation_1\.onnx: its spec differs from the first"):
        role.check()


def test_a_bad_file_is_refused_before_a_case(tmp_path: Path) -> None:
    role = members(tmp_path, segmenter(), b"garbage")
    with pytest.raises(ModelError, match=r"segmentation_1\.onnx: expected an ONNX network"):
        role.check()


def model(**changes: Any) -> OnnxModel:
    content = segmenter(spec(**changes), weights=((0, 0), (3, 5), (-4, 1)), bias=(0, -2, 1))
    return OnnxModel(content, name="net.onnx", threads=1)


class Directional:
    """Shifts its image by one voxel along x and y, so that mirroring it matters."""

    name = "directional.onnx"

    def __init__(self, **changes: Any) -> None:
        self.spec = spec(activation="none", **changes)
        self.passes = 0

    def __call__(self, inputs: dict[str, np.ndarray]) -> np.ndarray:
        self.passes += 1
        (image,) = inputs.values()
        assert image.flags.c_contiguous
        shifted = np.roll(image, (1, 1), axis=(3, 4)) * np.arange(1.0, 6.0)[:, None, None]
        return np.asarray(shifted)


def test_mirroring_is_the_average_over_all_flips(ample: Deadline) -> None:
    network: Any = Directional(mirror_axes=("x", "y"))
    expected = []
    for axes in ((), (4,), (3,), (4, 3)):
        output = network({"image": np.ascontiguousarray(np.flip(TENSOR, axes))})
        expected.append(np.flip(output, axes))
    network.passes = 0
    found = probabilities(network, TENSOR, deadline=ample)
    assert network.passes == 4
    np.testing.assert_allclose(found, np.mean(expected, axis=0), rtol=1e-5)
    assert not np.allclose(found, expected[0])


def test_when_time_is_over_only_the_plain_pass_runs(
    over: Deadline, caplog: pytest.LogCaptureFixture
) -> None:
    network: Any = Directional(mirror_axes=("x", "y", "z"))
    with caplog.at_level(logging.INFO):
        found = probabilities(network, TENSOR, deadline=over)
    assert network.passes == 1
    np.testing.assert_allclose(found, network({"image": TENSOR}))
    assert "(directional.onnx, passes: 1)" in caplog.text


def test_windows_and_one_pass_agree_on_a_voxelwise_network(ample: Deadline) -> None:
    windows = {"kind": "windows", "patch_zyx": (4, 4, 4), "overlap": 0.5}
    whole = probabilities(model(), TENSOR, deadline=ample)
    np.testing.assert_allclose(
        probabilities(model(inference=windows), TENSOR, deadline=ample), whole, atol=1e-5
    )
    padded = model(inference={"kind": "one_pass", "multiple": 4})
    np.testing.assert_allclose(probabilities(padded, TENSOR, deadline=ample), whole, atol=1e-6)


def test_activations_by_hand() -> None:
    scores = np.array([[0.0, np.log(3.0)]], dtype=np.float32)
    np.testing.assert_allclose(activate(scores, spec()), [[0.25, 0.75]], rtol=1e-6)
    label = Label(name="GTVp", value=1, channel=1, threshold=0.5)
    sigmoid = spec(activation="sigmoid", labels=(label,))
    np.testing.assert_allclose(activate(scores, sigmoid), [[0.5, 0.75]], rtol=1e-6)
    assert activate(scores, spec(activation="none")) is scores


@pytest.mark.parametrize("extreme", [1e4, -1e4])
def test_activations_of_extreme_scores_are_finite(extreme: float) -> None:
    label = Label(name="GTVp", value=1, channel=1, threshold=0.5)
    for how, labels in itertools.product(("softmax", "sigmoid"), [(label,)]):
        found = activate(
            np.array([[0.0, extreme]], dtype=np.float32), spec(activation=how, labels=labels)
        )
        assert np.isfinite(found).all()
        assert found[0, 1] == pytest.approx(float(extreme > 0), abs=1e-9)
