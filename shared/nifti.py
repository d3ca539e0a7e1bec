"""Whether a NIfTI file is all there: ITK reads what a truncated one lacks as zeros."""

from __future__ import annotations

import gzip
import math
import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import SimpleITK as sitk

from shared.errors import HeaderError, InputError

IMAGE_IO = "NiftiImageIO"
_GZIP_MAGIC = b"\x1f\x8b"
_CHUNK = 1 << 22
_HEADER_BYTES, _MAGIC, _OFFSET_AT = 348, b"n+1\0", 108
# Of NIfTI-1: spacings; the codes of the quaternion and of the matrix; the numbers of both.
_SPACINGS_AT, _CODES_AT, _QUATERNION_AT, _MATRIX_AT = 80, 252, 256, 280
_LARGEST = 1e9
_FARTHEST = 1 << 40
_SLACK = 1 << 20
"""Bytes that may follow the voxels; more are another image's, or a trap."""


def check_header(path: Path) -> None:
    """Refuse what is no NIfTI file, or whose voxels ITK would take from elsewhere.

    It takes an offset that makes no sense for another one, and reads voxels that are shifted; and
    it looks for a file's name with other suffixes first.

    Raises
    ------
    HeaderError
        If size, magic or offset are not those of header and voxels in one file of version 1, its
        geometry is not of finite numbers, or another file of its name lies beside it.
    """
    if any(os.path.lexists(twin) for twin in _twins(path)):
        raise HeaderError("another file of its name beside it")
    try:
        with _unpacked(path) as stream:
            start = stream.read(_HEADER_BYTES)
    except (OSError, EOFError, zlib.error) as error:
        raise HeaderError(f"no header ({error})") from error
    orders = [o for o in "<>" if start[:4] == struct.pack(f"{o}i", _HEADER_BYTES)]
    if len(start) < _HEADER_BYTES or not orders:
        raise HeaderError("no NIfTI-1 header")
    magic = start[-len(_MAGIC) :]
    if magic != _MAGIC:
        raise HeaderError(f"the magic {magic!r}, expected {_MAGIC!r}")
    _check_geometry(start, orders[0])
    (offset,) = struct.unpack_from(f"{orders[0]}f", start, _OFFSET_AT)
    if not _HEADER_BYTES + len(_MAGIC) <= offset < _FARTHEST:
        raise HeaderError(f"its voxels at {offset:g}, expected them behind the header")


def _check_geometry(header: bytes, order: str) -> None:
    # Of a matrix that is not finite ITK looks for the axes for ever.
    quaternion, matrix = struct.unpack_from(f"{order}2h", header, _CODES_AT)
    numbers = {"pixdim": struct.unpack_from(f"{order}3f", header, _SPACINGS_AT)}
    if quaternion > 0:
        numbers["qform"] = struct.unpack_from(f"{order}6f", header, _QUATERNION_AT)
    if matrix > 0:
        numbers["sform"] = struct.unpack_from(f"{order}12f", header, _MATRIX_AT)
    for name, values in numbers.items():
        if not all(abs(value) <= _LARGEST for value in values):
            found = ", ".join(f"{value:g}" for value in values)
            raise HeaderError(f"{name} = {found}, expected finite numbers")


def _twins(path: Path) -> Iterator[Path]:
    """Yield the files that ITK might read instead of one."""
    stem = path.name[: -len(".nii.gz" if path.name.lower().endswith(".gz") else ".nii")]
    for suffix in (".nii", ".hdr", ".img"):
        for name in (stem + suffix, stem + suffix.upper()):
            for packed in (name, f"{name}.gz", f"{name}.GZ"):
                if packed != path.name:
                    yield path.with_name(packed)


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
        If bytes are missing, far more follow, or the compressed stream is damaged or has no end.
    """
    voxels = math.prod(header.GetSize()) * header.GetNumberOfComponents()
    expected = (
        int(float(header.GetMetaData("vox_offset")))
        + voxels * int(header.GetMetaData("bitpix")) // 8
    )
    try:
        found = _stored_bytes(path, most=expected + _SLACK)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(
            f"{socket}: expected a complete image, found one that can't be unpacked ({error})"
        ) from error
    if found > expected + _SLACK:
        raise InputError(f"{socket}: expected {expected} bytes, as its header says, found more")
    if found < expected:
        raise InputError(f"{socket}: expected a complete image, found {found} of {expected} bytes")


def _stored_bytes(path: Path, *, most: int) -> int:
    """Return how many bytes a file holds, unpacked; its checksum is verified on the way.

    Counting ends soon after `most`: a few bytes may unpack to any number.
    """
    found = 0
    with _unpacked(path) as stream:
        if not isinstance(stream, gzip.GzipFile):
            return path.stat().st_size
        while found <= most and (chunk := stream.read(_CHUNK)):
            found += len(chunk)
    return found


def _unpacked(path: Path) -> IO[bytes] | gzip.GzipFile:
    """Open a file; what begins like a packed one is unpacked, whatever its name."""
    with path.open("rb") as file:
        packed = file.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC
    return gzip.open(path) if packed else path.open("rb")
