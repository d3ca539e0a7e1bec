"""What the platform asks of an image archive, in its own words."""

import hashlib
import json
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker

from harness.shim.order import APIS

GB = 10**9
MAXIMUM_IMAGE_BYTES = 10 * GB
# A configuration is a few kilobytes of JSON; layers are told apart from it by their size.
LARGEST_CONFIG_BYTES = 1_000_000
ROOT_USERS = ("", "0", "root")
LABEL = "org.grand-challenge.api-method"


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


def check_built(client: docker.DockerClient, image: str) -> list[str]:
    """Check an image that a daemon has, before it is saved, as `check_config` does.

    Raises
    ------
    ImageNotFound
        If the daemon has no such image.
    """
    attributes = client.images.get(image).attrs
    return check_config(
        {"architecture": attributes["Architecture"], "config": attributes["Config"]}
    )


def api_of(labels: Mapping[str, str] | None) -> str:
    """Read how an image is to be called from its labels: `exec` where none says."""
    named = {key.strip().lower(): value for key, value in (labels or {}).items()}
    return str(named.get(LABEL, "exec")).strip("\"'").lower()


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
    api = api_of(settings.get("Labels"))
    if api not in APIS:
        problems.append(
            f"The label {LABEL} must be one of ['exec', 'invoke'], instead we found '{api}'."
        )
    return problems
