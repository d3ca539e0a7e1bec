"""What is read from an image's files, and what the images hold and share."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator

import docker
import pytest

from harness.engines.docker import connect
from harness.images.bill import bill_of_materials, licences
from harness.images.build import RUNTIME
from harness.images.contents import Contents, debian_packages, python_package, read_archive
from harness.shim.order import APIS
from harness.tasks import TASKS
from shared import __version__

STATUS = """Package: bash
Status: install ok installed
Version: 5.2-1
Description: a shell
 of several lines

Package: gone
Status: deinstall ok config-files
Version: 1
"""
COPYRIGHT = """Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Files: *
License: GPL-3+

License: GPL-3+
 The text.
Files: x
License: MIT
"""
METADATA = "Metadata-Version: 2.4\nName: numpy\nVersion: 2.3\nLicense-Expression: BSD-3-Clause\n\nx"


@pytest.mark.parametrize(
    ("metadata", "licence"),
    [
        ("Name: a\nVersion: 1\nLicense-Expression: MIT OR Apache-2.0\n", "MIT OR Apache-2.0"),
        ("Name: a\nVersion: 1\nLicense: BSD\n        The whole text.\n", "BSD"),
        (
            "Name: a\nVersion: 1\nClassifier: License :: OSI Approved :: MIT License\n",
            "MIT License",
        ),
    ],
)
def test_a_wheel_s_licence_is_read(metadata: str, licence: str) -> None:
    package = python_package(metadata)
    assert (package.name, package.version, package.licences) == ("a", "1", (licence,))


def test_installed_debian_packages_are_read_with_their_licences() -> None:
    (bash,) = debian_packages(STATUS, {"bash": COPYRIGHT})
    assert (bash.name, bash.version, bash.licences) == ("bash", "5.2-1", ("GPL-3+", "MIT"))
    (bash,) = debian_packages(STATUS, {"bash": "This is free software; see the text."})
    assert bash.licences == ()


def image(when: int, **changes: bytes) -> Contents:
    files = {
        "var/lib/dpkg/status": STATUS.encode(),
        "usr/share/doc/bash/copyright": COPYRIGHT.encode(),
        "opt/venv/lib/python3.11/site-packages/numpy-2.3.dist-info/METADATA": METADATA.encode(),
        "opt/app/weights/task1/segmentation.onnx": b"a network",
        "etc/hostname": b"whatever Docker says",
    }
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in (files | changes).items():
            member = tarfile.TarInfo(name)
            member.size, member.mtime = len(content), when
            archive.addfile(member, io.BytesIO(content))
    buffer.seek(0)
    with tarfile.open(fileobj=buffer) as archive:
        return read_archive(archive)


def test_an_image_s_contents_are_read() -> None:
    contents = image(0)
    assert [(p.kind, p.name) for p in contents.packages] == [("deb", "bash"), ("pypi", "numpy")]
    assert list(contents.weights) == ["segmentation.onnx"]
    assert contents.files == 4


def test_the_hash_is_of_the_files_and_not_of_the_time() -> None:
    first, later = image(0), image(10**9)
    assert first.sha256 == later.sha256
    changed = image(0, **{"etc/hostname": b"another"})
    assert changed.sha256 == first.sha256
    changed = image(0, **{"opt/app/weights/task1/segmentation.onnx": b"another"})
    assert changed.sha256 != first.sha256


def test_the_bill_lists_packages_and_weights() -> None:
    bill = json.loads(bill_of_materials(image(0), name="hecktor-task1", version="0.1.0"))
    assert bill["bomFormat"] == "CycloneDX"
    assert bill["metadata"]["component"]["name"] == "hecktor-task1"
    found = {part["name"]: part for part in bill["components"]}
    assert sorted(found) == ["bash", "numpy", "segmentation.onnx"]
    assert found["bash"]["purl"] == "pkg:deb/debian/bash@5.2-1"
    assert found["numpy"]["licenses"] == [{"license": {"name": "BSD-3-Clause"}}]
    assert found["segmentation.onnx"]["type"] == "machine-learning-model"
    assert found["segmentation.onnx"]["hashes"][0]["alg"] == "SHA-256"


def test_the_licences_are_a_table() -> None:
    assert licences(image(0)).splitlines()[2:] == [
        "| deb | bash | 5.2-1 | GPL-3+, MIT |",
        "| pypi | numpy | 2.3 | BSD-3-Clause |",
    ]


@pytest.fixture(scope="module")
def client() -> Iterator[docker.DockerClient]:
    made = connect()
    assert made is not None
    yield made
    made.close()


@pytest.mark.docker
def test_the_images_share_all_but_their_program_and_weights(client: docker.DockerClient) -> None:
    layers = [
        client.images.get(task.image(api)).attrs["RootFS"]["Layers"]
        for task in TASKS.values()
        for api in APIS
    ]
    runtime = client.images.get(RUNTIME).attrs["RootFS"]["Layers"]
    for own in layers:
        assert own[: len(runtime)] == runtime
        # The entry point and the weights.
        assert len(own) == len(runtime) + 2
    # The two variants of a task are the same files.
    assert layers[0::2] == layers[1::2]


@pytest.mark.docker
def test_the_labels_tell_version_licence_and_variant(client: docker.DockerClient) -> None:
    for task in TASKS.values():
        for api in APIS:
            labels = client.images.get(task.image(api)).labels
            assert labels["org.opencontainers.image.version"] == __version__
            assert labels["org.opencontainers.image.licenses"] == "Apache-2.0"
            assert labels.get("org.grand-challenge.api-method", "exec") == api
