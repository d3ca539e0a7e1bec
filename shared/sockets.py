"""Where each input lies below the mounted folder, by `inputs.json` where there is one."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from shared.documents import read_document
from shared.errors import DocumentError, InputError

log = logging.getLogger(__name__)

CT, PET, EHR = "ct", "pet", "ehr"
PLANNING_CT, DOSE = "ct-planning", "rt-dose"

# Default path of each socket below the input folder.
PATHS: Mapping[str, str] = {
    CT: "images/ct",
    PET: "images/pet",
    EHR: "ehr.json",
    PLANNING_CT: "images/ct-planning",
    DOSE: "images/rt-dose",
}
# Slugs seen on the platform. The last two sockets' slugs were never published: their path tells.
SLUGS: Mapping[str, str] = {
    "ct-image": CT,
    "pet-image": PET,
    "electronic-health-record": EHR,
}
IMAGE_SUFFIXES = (".mha", ".mhd", ".nii", ".nii.gz")
LONGEST_PATH = 200
TIFF_SUFFIXES = (".tif", ".tiff")
# What a patient's name may hold to be used as a file's name: nothing that leaves the folder.
_SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_MODALITY = re.compile(r"(__|_)(ct|CT)$")


@dataclass(frozen=True)
class Sockets:
    """The paths of one case's inputs.

    Attributes
    ----------
    paths : mapping of str to Path
        Socket to its file or folder, whether or not it exists.
    patient_id : str or None
        From the CT's original file name, where `inputs.json` tells it.
    """

    paths: Mapping[str, Path]
    patient_id: str | None = None

    def image(self, socket: str) -> Path:
        """Return the one image file of a socket.

        Raises
        ------
        InputError
            If the socket holds no image, several, or one in a format that loses the geometry.
        """
        path = self.paths[socket]
        where = f"{_name(socket)} socket {PATHS[socket]}"
        try:
            files = sorted(p for p in path.iterdir() if p.is_file() and not p.name.startswith("."))
        except (FileNotFoundError, NotADirectoryError) as error:
            raise InputError(f"{where}: expected one image, found no such folder") from error
        except OSError as error:
            reason = error.strerror
            raise InputError(f"{where}: expected one image, found a folder: {reason}") from error
        images = [p for p in files if p.name.lower().endswith(IMAGE_SUFFIXES)]
        if len(images) == 1:
            return images[0]
        if len(images) > 1:
            raise InputError(f"{where}: expected one image, found {len(images)} files")
        if any(p.name.lower().endswith(TIFF_SUFFIXES) for p in files):
            raise InputError(
                f"{where}: expected .mha, .mhd, .nii or .nii.gz, found a TIFF, "
                "which drops the z spacing and the origin"
            )
        found = f"{len(files)} files" if len(files) != 1 else "a file of another kind"
        raise InputError(f"{where}: expected one image (.mha, .mhd, .nii, .nii.gz), found {found}")

    def present(self, socket: str) -> bool:
        """Tell whether an optional socket was provided."""
        return self.paths[socket].exists()


def _name(socket: str) -> str:
    return {PLANNING_CT: "planning CT", DOSE: "RT dose"}.get(socket, socket.upper())


def find_sockets(input_dir: Path) -> Sockets:
    """Locate every socket below an input folder.

    `inputs.json` decides where it is present and readable: by the slug of each entry's `socket`
    (before November 2025 `interface`), for unknown slugs by its `relative_path`. A socket it does
    not name is looked for at its default path.

    Raises
    ------
    InputError
        If the folder does not exist.
    """
    if not input_dir.is_dir():
        raise InputError(f"input folder: expected a folder at {input_dir}, found none")
    paths = {socket: input_dir / path for socket, path in PATHS.items()}
    patient_id = None
    for entry in _entries(input_dir / "inputs.json"):
        declared = entry.get("socket") or entry.get("interface")
        if not isinstance(declared, dict):
            continue
        socket = _socket_of(declared)
        if socket is None:
            log.info("inputs.json: ignored socket %r", declared.get("slug"))
            continue
        relative = _safe_path(declared.get("relative_path"))
        if relative is not None:
            paths[socket] = input_dir / relative
        if socket == CT:
            patient_id = _patient_id(entry.get("image"))
    return Sockets(paths, patient_id)


def _entries(path: Path) -> list[dict[str, Any]]:
    if not os.path.lexists(path):
        return []
    try:
        content = read_document(path)
    except DocumentError as error:
        log.warning("inputs.json: not readable (%s); using the folder names", error)
        return []
    if not isinstance(content, list):
        log.warning("inputs.json: expected a list; using the folder names")
        return []
    return [entry for entry in content if isinstance(entry, dict)]


def _socket_of(declared: Mapping[str, Any]) -> str | None:
    slug, relative = declared.get("slug"), declared.get("relative_path")
    if isinstance(slug, str) and slug in SLUGS:
        return SLUGS[slug]
    by_path = {path: socket for socket, path in PATHS.items()}
    return by_path.get(relative.strip("/")) if isinstance(relative, str) else None


def _safe_path(relative: object) -> PurePosixPath | None:
    if not isinstance(relative, str) or not relative.strip("/"):
        return None
    path = PurePosixPath(relative)
    if path.is_absolute() or ".." in path.parts:
        log.warning("inputs.json: ignored a path that leaves the folder")
        return None
    if not relative.isprintable() or len(relative.encode()) > LONGEST_PATH:
        log.warning(
            "inputs.json: ignored a path of over %d bytes, or that can't be printed", LONGEST_PATH
        )
        return None
    return path


def _patient_id(image: object) -> str | None:
    name = image.get("name") if isinstance(image, dict) else None
    if not isinstance(name, str):
        return None
    stem = patient_id_of(name)
    if _SAFE_NAME.fullmatch(stem):
        return stem
    log.warning("inputs.json: the CT's name can't name a file; writing output.mha")
    return None


def patient_id_of(file_name: str) -> str:
    """Return the patient that an image's file name tells: without suffix and modality."""
    return _MODALITY.sub("", stem_of(file_name))


def stem_of(file_name: str) -> str:
    """Return an image's file name without its suffix, of one part or of two."""
    for suffix in sorted((*IMAGE_SUFFIXES, *TIFF_SUFFIXES), key=len, reverse=True):
        if file_name.lower().endswith(suffix):
            return file_name[: -len(suffix)]
    return file_name
