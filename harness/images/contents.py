"""What is in an image: its packages with version and licence, and one hash of all its files."""

from __future__ import annotations

import hashlib
import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.parser import HeaderParser
from pathlib import PurePosixPath
from typing import Literal, cast

import docker

from harness import archives

_DPKG = "var/lib/dpkg/status"
_COPYRIGHT = re.compile(r"usr/share/doc/([^/]+)/copyright")
_METADATA = re.compile(r".*/site-packages/[^/]+\.dist-info/METADATA")
_WEIGHTS = re.compile(r"opt/app/weights/.*\.onnx")
# Docker puts these into any container; they are no part of the image.
_DOCKERS = {".dockerenv", "etc/hostname", "etc/hosts", "etc/resolv.conf", "etc/mtab"}
_MOUNTED = {"dev", "proc", "sys"}
_SHORT_NAME = re.compile(r"[A-Za-z0-9.+-]+( (with|WITH) [A-Za-z0-9.+ -]+)?")

Kind = Literal["deb", "pypi"]


@dataclass(frozen=True)
class Package:
    """One package.

    Attributes
    ----------
    kind : {"deb", "pypi"}
        Who made it a package.
    name, version : str
        As its maker spells them.
    licences : tuple of str
        As the package itself tells them; empty where it does not.
    """

    kind: Kind
    name: str
    version: str
    licences: tuple[str, ...]


@dataclass
class Contents:
    """What is in an image.

    Attributes
    ----------
    packages : list of Package
        By kind and name.
    weights : dict of str to str
        ONNX files and their SHA-256.
    sha256 : str
        Of all files: path, kind, owner, mode, content or target. Times of change are left out, so
        two builds of the same sources agree in it where their images' digests do not.
    files : int
        How many.
    """

    packages: list[Package] = field(default_factory=list)
    weights: dict[str, str] = field(default_factory=dict)
    sha256: str = ""
    files: int = 0


def read_contents(client: docker.DockerClient, image: str) -> Contents:
    """Read an image's files through the daemon; nothing of it is run."""
    container = client.containers.create(image, entrypoint=["/none"])
    try:
        with archives.spooled(cast(Iterator[bytes], container.export())) as archive:
            return read_archive(archive)
    finally:
        container.remove()


def read_archive(archive: tarfile.TarFile) -> Contents:
    """Read the files of an image, one after the other."""
    contents, lines = Contents(), []
    status, copyrights = "", {}
    for member in archive:
        path = member.name.removeprefix("./")
        if path in _DOCKERS or PurePosixPath(path).parts[:1] in [(name,) for name in _MOUNTED]:
            continue
        data = b""
        if member.isfile():
            file = archive.extractfile(member)
            data = file.read() if file else b""
        digest = hashlib.sha256(data).hexdigest() if member.isfile() else member.linkname
        lines.append(
            f"{path}\0{member.type!r}\0{member.mode:o}\0{member.uid}:{member.gid}\0{digest}"
        )
        if path == _DPKG:
            status = data.decode("utf-8", "replace")
        elif found := _COPYRIGHT.fullmatch(path):
            copyrights[found[1]] = data.decode("utf-8", "replace")
        elif _METADATA.fullmatch(path):
            contents.packages.append(python_package(data.decode("utf-8", "replace")))
        elif _WEIGHTS.fullmatch(path):
            contents.weights[PurePosixPath(path).name] = digest
    contents.packages += debian_packages(status, copyrights)
    contents.packages.sort(key=lambda package: (package.kind, package.name.lower()))
    contents.files = len(lines)
    contents.sha256 = hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()
    return contents


def python_package(metadata: str) -> Package:
    """Read a wheel's METADATA: its licence expression, else the licence field, else classifiers."""
    fields = HeaderParser().parsestr(metadata)
    licence = fields.get("License-Expression") or fields.get("License") or ""
    # Some put the whole text there; its first line is the name.
    licences = [licence.strip().splitlines()[0]] if licence.strip() else []
    if not licences:
        classifiers = fields.get_all("Classifier") or []
        licences = [c.rpartition(" :: ")[2] for c in classifiers if c.startswith("License ::")]
    return Package("pypi", fields["Name"], fields["Version"], tuple(licences))


def debian_packages(status: str, copyrights: dict[str, str]) -> list[Package]:
    """Read dpkg's list of what is installed, and licences from the packages' copyright files.

    Parameters
    ----------
    status : str
        ``/var/lib/dpkg/status``.
    copyrights : dict of str to str
        Text by package; only machine-readable ones tell licences by name.
    """
    packages = []
    for stanza in status.split("\n\n"):
        fields = HeaderParser().parsestr(stanza.strip())
        if fields.get("Status") == "install ok installed":
            name = fields["Package"]
            licences = _licences(copyrights.get(name, ""))
            packages.append(Package("deb", name, fields["Version"], licences))
    return packages


def _licences(text: str) -> tuple[str, ...]:
    if not text.startswith("Format:"):
        return ()
    named = (line[8:].strip() for line in text.splitlines() if line.startswith("License:"))
    return tuple(dict.fromkeys(name for name in named if _SHORT_NAME.fullmatch(name)))
