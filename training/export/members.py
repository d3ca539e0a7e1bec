"""The manifest of a weights folder that is being made: roles come and go, the others stay."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from shared.errors import ModelError
from shared.manifest import MANIFEST, Manifest, ModelFile, RoleFiles, Weights, read_manifest
from shared.spec import Role
from training.export.records import (
    OF_SEGMENTATION,
    clear_records,
    read_segmentation_records,
    write_segmentation_records,
)


def set_members(folder: Path, role: Role, names: Sequence[str]) -> None:
    """Make files of a weights folder the members of a role, combined by their mean."""
    files = tuple(
        ModelFile(name=name, sha256=hashlib.sha256((folder / name).read_bytes()).hexdigest())
        for name in names
    )
    _write(folder, {**_roles(folder), role: RoleFiles(files=files)})


def drop_members(folder: Path, role: Role) -> None:
    """Remove a role, if it is there, and its files."""
    roles = _roles(folder)
    files = roles.pop(role, None)
    if files is not None:
        for file in files.files:
            (folder / file.name).unlink(missing_ok=True)
        _write(folder, roles)


def bring_segmentation(source: Path, to: Path) -> None:
    """Put a segmentation and its fits' records beside a score network, in its weights folder.

    Without the records nobody could tell whom the folder's networks learned from.

    Raises
    ------
    ModelError
        If the source has none, or a file is not what its manifest says.
    RunError
        If a record can't be read.
    """
    roles = read_manifest(source).roles
    if "segmentation" not in roles:
        raise ModelError(f"weights: expected a segmentation in {source.name}/, found none")
    weights = Weights(source, roles["segmentation"])
    # Read before anything is removed: the two folders may be one.
    contents = {file.name: weights.read(file) for file in weights.files.files}
    records = read_segmentation_records(source)
    to.mkdir(parents=True, exist_ok=True)
    drop_members(to, "segmentation")
    clear_records(to, name=OF_SEGMENTATION)
    write_segmentation_records(records, to)
    for name, content in contents.items():
        (to / name).write_bytes(content)
    _write(to, {**_roles(to), "segmentation": weights.files})


def _roles(folder: Path) -> dict[Role, RoleFiles]:
    return dict(read_manifest(folder).roles) if (folder / MANIFEST).exists() else {}


def _write(folder: Path, roles: dict[Role, RoleFiles]) -> None:
    text = json.dumps(Manifest(roles=roles).model_dump(), indent=2)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")
