"""Which model files play which role: the image's own `manifest.json`, and an uploaded one."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from shared.documents import LONGEST_BYTES, read_bytes
from shared.errors import DocumentError, ModelError
from shared.spec import Role

log = logging.getLogger(__name__)

MANIFEST = "manifest.json"
LARGEST_MODEL = 1 << 31
"""Bytes; a protocol buffer, which an ONNX file is, can't be larger."""


class ModelFile(BaseModel):
    """One ONNX file of a role, relative to the manifest's folder."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]

    @field_validator("name")
    @classmethod
    def _stays_inside(cls, name: str) -> str:
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or "\\" in name or "\0" in name:
            raise ValueError(f"expected a file beside the manifest, found {name!r}")
        if not name.endswith(".onnx"):
            raise ValueError(f"expected an .onnx file beside the manifest, found {name!r}")
        return name


class RoleFiles(BaseModel):
    """The members of one role and how their outputs are combined."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    files: Annotated[tuple[ModelFile, ...], Field(min_length=1)]
    ensemble: Literal["mean", "median"] = "mean"


class Manifest(BaseModel):
    """The content of `manifest.json`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    roles: dict[Role, RoleFiles]


@dataclass(frozen=True)
class Weights:
    """Where one role's verified files lie.

    Attributes
    ----------
    folder : Path
        The manifest's folder.
    files : RoleFiles
        Names, hashes and the ensemble's rule.
    """

    folder: Path
    files: RoleFiles

    def read(self, file: ModelFile) -> bytes:
        """Return a file's bytes once its hash is the manifest's.

        Raises
        ------
        ModelError
            If it is missing or differs.
        """
        path = self.folder / file.name
        try:
            content = read_bytes(path, most=LARGEST_MODEL)
        except DocumentError as error:
            raise ModelError(f"model {file.name}: expected a file, found {error}") from error
        found = hashlib.sha256(content).hexdigest()
        if found != file.sha256:
            raise ModelError(
                f"model {file.name}: expected SHA-256 {file.sha256[:12]}…, found {found[:12]}…; "
                "the file and its manifest do not belong together"
            )
        return content


def read_manifest(folder: Path) -> Manifest:
    """Read a folder's manifest.

    Raises
    ------
    ModelError
        If it is missing or malformed.
    """
    path = folder / MANIFEST
    try:
        return Manifest.model_validate_json(read_bytes(path, most=LONGEST_BYTES))
    except DocumentError as error:
        raise ModelError(
            f"weights: expected {MANIFEST} in {folder.name}/, found {error}"
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or MANIFEST
        raise ModelError(f"weights: {MANIFEST} is not valid: {where}: {first['msg']}") from error


def find_weights(baked: Path, uploaded: Path, *, roles: Sequence[Role]) -> dict[Role, Weights]:
    """Choose the files of each role: an uploaded manifest replaces the roles that it lists.

    Parameters
    ----------
    baked : Path
        The image's own weights folder.
    uploaded : Path
        Where the platform extracts a model tarball; may not exist.
    roles : sequence of str
        What the task needs.

    Raises
    ------
    ModelError
        If a role has no files, or a folder holds files but no manifest.
    """
    chosen: dict[Role, Weights] = {}
    for folder in (baked, uploaded):
        if not _holds_something(folder):
            continue
        manifest = read_manifest(folder)
        for role, files in manifest.roles.items():
            if role not in roles:
                log.warning("weights: role %r is not used by this task; ignored", role)
                continue
            chosen[role] = Weights(folder, files)
            if folder == uploaded:
                log.info("weights: %s comes from the uploaded model", role)
    missing = [role for role in roles if role not in chosen]
    if missing:
        raise ModelError(f"weights: expected files for {', '.join(missing)}, found none")
    return chosen


def _holds_something(folder: Path) -> bool:
    return folder.is_dir() and any(folder.iterdir())


def write_manifest(folder: Path, roles: dict[Role, Sequence[str]]) -> Manifest:
    """Write the manifest of files that lie in a folder.

    Parameters
    ----------
    folder : Path
        Holds the files; receives `manifest.json`.
    roles : dict of str to sequence of str
        File names of each role.
    """
    manifest = Manifest(
        roles={
            role: RoleFiles(
                files=tuple(
                    ModelFile(
                        name=name, sha256=hashlib.sha256((folder / name).read_bytes()).hexdigest()
                    )
                    for name in names
                )
            )
            for role, names in roles.items()
        }
    )
    text = json.dumps(manifest.model_dump(), indent=2)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")
    return manifest
