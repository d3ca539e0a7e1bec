"""Whether a NIfTI file is all there: ITK reads what a truncated one lacks as zeros."""

from __future__ import annotations

import gzip
import math
import zlib
from pathlib import Path

import SimpleITK as sitk

from shared.errors import InputError

_GZIP_MAGIC = b"\x1f\x8b"
_CHUNK = 1 << 22


def check_complete(path: Path, header: sitk.ImageFileReader, *, socket: str) -> None:
    """Refuse a NIfTI file that holds fewer bytes than its header promises.

    Parameters
    ----------
    path : Path
        A .nii or .nii.gz file.
    header : SimpleITK.ImageFileReader
        Has read the file's header.
    socket : str
        How messages name it.

    Raises
    ------
    InputError
        If bytes are missing, or the compressed stream is damaged or has no end.
    """
    voxels = math.prod(header.GetSize()) * header.GetNumberOfComponents()
    offset = float(header.GetMetaData("vox_offset"))
    expected = int(offset) + voxels * int(header.GetMetaData("bitpix")) // 8
    try:
        found = _stored_bytes(path)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(
            f"{socket}: expected a complete image, found {path.name!r} that can't be unpacked "
            f"({error})"
        ) from error
    if found < expected:
        raise InputError(
            f"{socket}: expected a complete image, found {path.name!r} with {found} of "
            f"{expected} bytes"
        )


def _stored_bytes(path: Path) -> int:
    """Return how many bytes a file holds, unpacked; its checksum is verified on the way."""
    with path.open("rb") as file:
        packed = file.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC
    if not packed:
        return path.stat().st_size
    with gzip.open(path) as stream:
        return sum(len(chunk) for chunk in iter(lambda: stream.read(_CHUNK), b""))
