"""What the platform asks of the two files that a team uploads, in its own words."""

import hashlib
import json
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.errors import ModelError
from shared.manifest import Weights, read_manifest

GB = 10**9
MAXIMUM_IMAGE_BYTES = 10 * GB
# A configuration is a few kilobytes of JSON; layers are told apart from it by their size.
LARGEST_CONFIG_BYTES = 1_000_000
ROOT_USERS = ("", "0", "root")


@dataclass(frozen=True)
class _Archive:
    """The small files of an image archive, by name."""

    small: dict[str, bytes]
    names: frozenset[str]


def check_image_archive(file: Path) -> list[str]:
    """Check a file made by ``docker save`` against the platform's upload rules.

    Parameters
    ----------
    file : Path
        A tar file, compressed or not.

    Returns
    -------
    list of str
        Problems; empty when it would be accepted.
    """
    size = file.stat().st_size
    problems = []
    if size > MAXIMUM_IMAGE_BYTES:
        problems.append(f"The file has {size / GB:.1f} GB; the challenge allows 10 GB.")
    try:
        archive = _read(file)
    except (tarfile.TarError, EOFError, OSError):
        return [*problems, "Could not decompress the container image file."]
    return problems + _check_manifest(archive)


def _read(file: Path) -> _Archive:
    small: dict[str, bytes] = {}
    names = set()
    with tarfile.open(file, mode="r|*") as tar:
        for member in tar:
            names.add(member.name)
            if member.isfile() and member.size <= LARGEST_CONFIG_BYTES:
                content = tar.extractfile(member)
                small[member.name] = content.read() if content else b""
    return _Archive(small, frozenset(names))


def _check_manifest(archive: _Archive) -> list[str]:
    saved = "Was this created with docker save?"
    if "manifest.json" not in archive.small:
        return [f"Could not find manifest.json in the container image file. {saved}"]
    manifest = json.loads(archive.small["manifest.json"])
    if len(manifest) != 1:
        return [
            "The container image file should only have 1 image. "
            f"This file contains {len(manifest)}."
        ]
    name = manifest[0]["Config"]
    if name not in archive.small:
        return [f"Could not find the config file in the container image file. {saved}"]
    config = archive.small[name]
    if hashlib.sha256(config).hexdigest() != Path(name).name.removesuffix(".json"):
        return ["The container image file does not have a valid sha256 hash."]
    missing = [
        f"layer {layer} is missing" for layer in manifest[0]["Layers"] if layer not in archive.names
    ]
    return missing + check_config(json.loads(config))


def check_config(config: dict[str, Any]) -> list[str]:
    """Check an image's configuration: user, architecture and API label."""
    problems = []
    settings = config.get("config") or {}
    user = str(settings.get("User") or "")
    if user.partition(":")[0].lower() in ROOT_USERS:
        problems.append(
            "The container runs as root. Please add a user, group and USER instruction "
            "to your Dockerfile, rebuild, test and upload the container again"
        )
    architecture = config.get("architecture")
    if architecture != "amd64":
        problems.append(
            f"Architecture type '{architecture}' is not supported. "
            "Please provide a container image built for 'amd64'."
        )
    labels = {key.strip().lower(): value for key, value in (settings.get("Labels") or {}).items()}
    api = str(labels.get("org.grand-challenge.api-method", "exec")).strip("\"'").lower()
    if api not in {"exec", "invoke"}:
        problems.append(
            "The label org.grand-challenge.api-method must be one of ['exec', 'invoke'], "
            f"instead we found '{api}'."
        )
    return problems


def check_model_archive(file: Path) -> list[str]:
    """Check a model tarball: gzip, extracts safely, and holds what its manifest lists.

    Returns
    -------
    list of str
        Problems; empty when it would be accepted and the container would find its models.
    """
    if not file.name.endswith(".tar.gz"):
        return ["This upload is not a valid .tar.gz file"]
    with tempfile.TemporaryDirectory(prefix="hecktor-model-") as folder:
        try:
            with tarfile.open(file, mode="r:gz") as tar:
                tar.extractall(folder, filter="data")
        except (tarfile.TarError, EOFError, OSError) as error:
            return [f"Could not set up model: Tarfile could not be extracted ({error})"]
        return _check_model_folder(Path(folder))


def _check_model_folder(folder: Path) -> list[str]:
    try:
        manifest = read_manifest(folder)
        for files in manifest.roles.values():
            for file in files.files:
                Weights(folder, files).read(file)
    except ModelError as error:
        return [str(error)]
    return []
