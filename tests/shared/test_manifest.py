"""Which files play which role, and that they are what they say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from shared.errors import ModelError
from shared.manifest import find_weights, read_manifest
from tests.networks import write_weights

SHA = "0" * 64


def manifest(folder: Path, content: Any) -> Path:
    folder.mkdir(exist_ok=True)
    text = content if isinstance(content, str) else json.dumps(content)
    (folder / "manifest.json").write_text(text, encoding="utf-8")
    return folder


def roles(**names: str) -> dict[str, Any]:
    return {"roles": {r: {"files": [{"name": n, "sha256": SHA}]} for r, n in names.items()}}


def test_written_files_are_found_and_verified(tmp_path: Path) -> None:
    write_weights(tmp_path / "baked", {"segmentation": [b"one", b"two"], "risk": [b"three"]})
    found = find_weights(tmp_path / "baked", tmp_path / "none", roles=("segmentation", "risk"))
    members = found["segmentation"]
    assert [members.read(file) for file in members.files.files] == [b"one", b"two"]
    assert members.files.ensemble == "mean"


def test_a_wrong_hash_is_refused(tmp_path: Path) -> None:
    folder = write_weights(tmp_path, {"hpv": [b"one"]})
    (folder / "hpv_0.onnx").write_bytes(b"another")
    weights = find_weights(folder, tmp_path / "none", roles=("hpv",))["hpv"]
    with pytest.raises(
        ModelError, match=r"^model hpv_0\.onnx: expected SHA-256 .*, found .*belong"
    ):
        weights.read(weights.files.files[0])


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    folder = write_weights(tmp_path, {"hpv": [b"one"]})
    (folder / "hpv_0.onnx").unlink()
    weights = find_weights(folder, tmp_path / "none", roles=("hpv",))["hpv"]
    with pytest.raises(ModelError, match=r"^model hpv_0\.onnx: expected a file, found none"):
        weights.read(weights.files.files[0])


@pytest.mark.parametrize(
    "name", ["../out.onnx", "/etc/x.onnx", "a/../../x.onnx", "..\\x.onnx", "x.pkl", ""]
)
def test_a_file_outside_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ModelError, match=r"manifest\.json is not valid: roles\.hpv.* beside"):
        read_manifest(manifest(tmp_path, roles(hpv=name)))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "manifest.json: Invalid JSON"),
        ({"roles": {}, "version": 2}, "version: Input should be 1"),
        ({}, "roles: Field required"),
        (roles(staging="x.onnx"), "roles.staging"),
        ({"roles": {"hpv": {"files": []}}}, "at least 1 item"),
        ({"roles": {"hpv": {"files": [{"name": "x.onnx", "sha256": "1"}]}}}, "String should match"),
        ({**roles(hpv="x.onnx"), "pickle": "x.pkl"}, "pickle: Extra inputs"),
    ],
)
def test_a_manifest_that_makes_no_sense_is_refused(
    tmp_path: Path, content: Any, reason: str
) -> None:
    with pytest.raises(ModelError, match=rf"^weights: manifest\.json is not valid: .*{reason}"):
        read_manifest(manifest(tmp_path, content))


def test_an_uploaded_manifest_replaces_the_roles_that_it_lists(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    baked = write_weights(tmp_path / "baked", {"segmentation": [b"a"], "hpv": [b"b"]})
    uploaded = write_weights(tmp_path / "up", {"hpv": [b"c", b"d"], "risk": [b"e"]})
    found = find_weights(baked, uploaded, roles=("segmentation", "hpv"))
    assert found["segmentation"].folder == baked
    assert found["hpv"].folder == uploaded
    assert [found["hpv"].read(file) for file in found["hpv"].files.files] == [b"c", b"d"]
    assert set(found) == {"segmentation", "hpv"}
    assert "role 'risk' is not used by this task; ignored" in caplog.text


def test_an_upload_with_every_role_needs_nothing_baked(tmp_path: Path) -> None:
    uploaded = write_weights(tmp_path / "up", {"segmentation": [b"a"]})
    found = find_weights(tmp_path / "baked", uploaded, roles=("segmentation",))
    assert found["segmentation"].folder == uploaded


def test_a_missing_role_is_refused_by_name(tmp_path: Path) -> None:
    baked = write_weights(tmp_path / "baked", {"segmentation": [b"a"]})
    with pytest.raises(ModelError, match=r"^weights: expected files for risk, found none"):
        find_weights(baked, tmp_path / "none", roles=("segmentation", "risk"))


def test_an_upload_without_a_manifest_is_refused(tmp_path: Path) -> None:
    baked = write_weights(tmp_path / "baked", {"hpv": [b"a"]})
    (tmp_path / "up").mkdir()
    assert find_weights(baked, tmp_path / "up", roles=("hpv",))["hpv"].folder == baked
    (tmp_path / "up/model.onnx").write_bytes(b"a")
    with pytest.raises(ModelError, match=r"^weights: expected manifest\.json in up/, found none"):
        find_weights(baked, tmp_path / "up", roles=("hpv",))
