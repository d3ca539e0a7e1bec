"""Crafted archives: one that the platform takes, and one for each reason to refuse."""

import hashlib
import io
import json
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from harness.upload.export import pack_model
from harness.upload.image import check_config, check_image_archive
from harness.upload.model import check_model_archive
from shared.manifest import write_manifest

CONFIG: dict[str, Any] = {"architecture": "amd64", "os": "linux", "config": {"User": "hecktor"}}


def pack(file: Path, members: Mapping[str, bytes]) -> Path:
    with tarfile.open(file, "w:gz") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return file


def image_members(config: dict[str, Any], *, oci: bool = False) -> dict[str, bytes]:
    content = json.dumps(config).encode()
    digest = hashlib.sha256(content).hexdigest()
    name = f"blobs/sha256/{digest}" if oci else f"{digest}.json"
    manifest = [{"Config": name, "RepoTags": ["x:1"], "Layers": ["a/layer.tar"]}]
    return {
        "a/layer.tar": b"layer",
        name: content,
        "manifest.json": json.dumps(manifest).encode(),
    }


@pytest.mark.parametrize("oci", [False, True])
def test_both_layouts_of_docker_save_pass(tmp_path: Path, oci: bool) -> None:
    file = pack(tmp_path / "image.tar.gz", image_members(CONFIG, oci=oci))
    assert check_image_archive(file) == []


def refusal(tmp_path: Path, members: Mapping[str, bytes]) -> str:
    (problem,) = check_image_archive(pack(tmp_path / "image.tar.gz", members))
    return problem


def test_an_archive_without_manifest_is_refused(tmp_path: Path) -> None:
    members = image_members(CONFIG)
    del members["manifest.json"]
    assert "Could not find manifest.json" in refusal(tmp_path, members)


def test_two_images_are_refused(tmp_path: Path) -> None:
    members = image_members(CONFIG)
    members["manifest.json"] = json.dumps(json.loads(members["manifest.json"]) * 2).encode()
    assert "only have 1 image. This file contains 2." in refusal(tmp_path, members)


def test_a_missing_config_is_refused(tmp_path: Path) -> None:
    members = {
        name: content
        for name, content in image_members(CONFIG).items()
        if not name.endswith(".json") or name == "manifest.json"
    }
    assert "Could not find the config file" in refusal(tmp_path, members)


def test_a_changed_config_is_refused(tmp_path: Path) -> None:
    members = image_members(CONFIG)
    (name,) = (name for name in members if name.endswith(".json") and name != "manifest.json")
    members[name] += b" "
    assert "does not have a valid sha256 hash" in refusal(tmp_path, members)


def test_a_missing_layer_is_refused(tmp_path: Path) -> None:
    members = image_members(CONFIG)
    del members["a/layer.tar"]
    assert refusal(tmp_path, members) == "layer a/layer.tar is missing"


def test_a_truncated_archive_is_refused(tmp_path: Path) -> None:
    file = pack(tmp_path / "image.tar.gz", image_members(CONFIG) | {"big": bytes(range(256)) * 99})
    file.write_bytes(file.read_bytes()[:300])
    assert check_image_archive(file) == ["Could not decompress the container image file."]


def test_a_huge_archive_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.upload.image.MAXIMUM_IMAGE_BYTES", 100)
    assert "the challenge allows 10 GB" in refusal(tmp_path, image_members(CONFIG))


@pytest.mark.parametrize("user", ["", "root", "0", "0:0", "root:root", None])
def test_root_is_refused(user: str | None) -> None:
    (problem,) = check_config({**CONFIG, "config": {"User": user}})
    assert problem.startswith("The container runs as root.")


@pytest.mark.parametrize("user", ["hecktor", "1000", "1000:1000", "rooty"])
def test_other_users_pass(user: str) -> None:
    assert check_config({**CONFIG, "config": {"User": user}}) == []


def test_another_architecture_is_refused() -> None:
    (problem,) = check_config({**CONFIG, "architecture": "arm64"})
    assert "Architecture type 'arm64' is not supported." in problem


@pytest.mark.parametrize(
    ("value", "good"), [("invoke", True), ('"Exec"', True), ("http", False), ("", False)]
)
def test_the_api_label_is_exec_or_invoke(value: str, good: bool) -> None:
    labels = {"Org.Grand-Challenge.api-method": value}
    problems = check_config({**CONFIG, "config": {"User": "u", "Labels": labels}})
    assert (problems == []) is good


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    folder = tmp_path / "weights"
    folder.mkdir()
    (folder / "a.onnx").write_bytes(b"a network")
    (folder / "MODEL_CARD.md").write_text("stays here", encoding="utf-8")
    write_manifest(folder, {"segmentation": ["a.onnx"]})
    return folder


def test_the_model_tarball_holds_the_manifest_and_its_files(weights: Path, tmp_path: Path) -> None:
    file = tmp_path / "model.tar.gz"
    pack_model(weights, file)
    with tarfile.open(file) as archive:
        assert archive.getnames() == ["manifest.json", "a.onnx"]
    assert check_model_archive(file) == []


def test_the_same_weights_make_the_same_tarball(weights: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first.tar.gz", tmp_path / "second.tar.gz"
    pack_model(weights, first)
    (weights / "a.onnx").touch()
    pack_model(weights, second)
    assert first.read_bytes() == second.read_bytes()


def test_a_tarball_that_leaves_its_folder_is_refused(tmp_path: Path) -> None:
    file = pack(tmp_path / "model.tar.gz", {"../outside.onnx": b"x"})
    (problem,) = check_model_archive(file)
    assert "Tarfile could not be extracted" in problem
    assert not (tmp_path / "outside.onnx").exists()


def test_a_tarball_with_a_folder_around_it_is_refused(weights: Path, tmp_path: Path) -> None:
    members = {f"task1/{path.name}": path.read_bytes() for path in weights.iterdir()}
    (problem,) = check_model_archive(pack(tmp_path / "model.tar.gz", members))
    assert "manifest.json" in problem


def test_a_file_that_is_not_the_manifests_is_refused(weights: Path, tmp_path: Path) -> None:
    members = {path.name: path.read_bytes() for path in weights.iterdir()}
    members["a.onnx"] = b"another network"
    (problem,) = check_model_archive(pack(tmp_path / "model.tar.gz", members))
    assert "expected SHA-256" in problem


@pytest.mark.parametrize(
    ("name", "message"),
    [("model.zip", "not a valid .tar.gz file"), ("model.tar.gz", "could not be extracted")],
)
def test_something_else_is_no_tarball(tmp_path: Path, name: str, message: str) -> None:
    file = tmp_path / name
    file.write_bytes(b"PK\x03\x04")
    (problem,) = check_model_archive(file)
    assert message in problem
