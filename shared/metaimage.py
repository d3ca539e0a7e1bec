"""Where a MetaImage keeps its voxels, and whether they are all there: ITK follows any path."""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping
from pathlib import Path

import SimpleITK as sitk

from shared.errors import HeaderError, InputError

SUFFIXES = (".mha", ".mhd")
IMAGE_IO = "MetaImageIO"
_LONGEST_HEADER = 1 << 20
# Bytes of the checksum at the end of a zlib stream (RFC 1950).
_ADLER_BYTES = 4
_LAST_FIELD = "ElementDataFile"
_NEEDED = ("NDims", "DimSize", "ElementType", _LAST_FIELD)
_NUMBERS = frozenset(
    {
        *("DimSize", "ElementSpacing", "ElementSize", "HeaderSize", "CenterOfRotation"),
        *("Offset", "Origin", "Position", "TransformMatrix", "Orientation", "Rotation"),
    }
)
"""Fields of numbers: ITK takes a word among them for zero, and all after it."""


def check_header(path: Path) -> None:
    """Refuse a header that is not one, or that leads elsewhere than beside itself.

    Parameters
    ----------
    path : Path
        A .mha or .mhd file.

    Raises
    ------
    HeaderError
        If the text of a header is missing or has no end, holds words where numbers belong, or its
        voxels lie in another folder, in several files, or nowhere.
    """
    fields, *_ = _voxels_of(path)
    for name in _NUMBERS & set(fields):
        if not all(map(_is_finite, fields[name].split())):
            raise HeaderError(f"{name} = {fields[name][:80]}, expected numbers")


def _is_finite(word: str) -> bool:
    try:
        return math.isfinite(float(word))
    except ValueError:
        return False


def check_complete(path: Path, header: sitk.ImageFileReader, *, socket: str) -> None:
    """Refuse a file that holds fewer bytes of voxels than its header promises.

    A compressed one is told by its checksum, once it is unpacked: see `check_voxels`.

    Parameters
    ----------
    path : Path
        A .mha or .mhd file whose header is good.
    header : SimpleITK.ImageFileReader
        Has read it.
    socket : str
        How messages name it.

    Raises
    ------
    InputError
        If bytes are missing.
    """
    fields, file, begin = _voxels_of(path)
    if _flag(fields, "CompressedData"):
        return
    itemsize = sitk.Image([1, 1, 1], header.GetPixelID()).GetSizeOfPixelComponent()
    expected = math.prod(header.GetSize()) * itemsize
    found = file.stat().st_size - begin
    if found < expected:
        raise InputError(f"{socket}: expected a complete image, found {found} of {expected} bytes")


def check_voxels(path: Path, image: sitk.Image, *, socket: str) -> None:
    """Refuse voxels that are not those that were compressed: ITK fills up what a stream lacks.

    Parameters
    ----------
    path : Path
        A .mha or .mhd file.
    image : SimpleITK.Image
        What ITK read from it.
    socket : str
        How messages name it.

    Raises
    ------
    InputError
        If their checksum is not the stream's.
    """
    fields, file, begin = _voxels_of(path)
    if not _flag(fields, "CompressedData"):
        return
    size = fields.get("CompressedDataSize", "")
    with file.open("rb") as stream:
        stream.seek(begin)
        packed_by = int.from_bytes(stream.read(2), "big")
        end = begin + int(size) if size.isdecimal() else file.stat().st_size
        stream.seek(max(begin, end - _ADLER_BYTES))
        expected = int.from_bytes(stream.read(_ADLER_BYTES), "big")
    voxels = sitk.GetArrayViewFromImage(image)
    if _flag(fields, "BinaryDataByteOrderMSB") or _flag(fields, "ElementByteOrderMSB"):
        voxels = voxels.byteswap()
    # Method 8, and a multiple of 31, as the stream's first two bytes always are.
    is_zlib = packed_by >> 8 & 0xF == zlib.DEFLATED and packed_by % 31 == 0
    if not is_zlib or zlib.adler32(voxels) != expected:
        raise InputError(
            f"{socket}: expected a complete image, found voxels that do not match their checksum"
        )


def _flag(fields: Mapping[str, str], name: str) -> bool:
    return fields.get(name, "False").lower() in ("true", "t", "1")


def _voxels_of(path: Path) -> tuple[dict[str, str], Path, int]:
    """Return a header's fields, the file that holds the voxels, and where they begin in it."""
    with path.open("rb") as stream:
        start = stream.read(_LONGEST_HEADER)
    fields: dict[str, str] = {}
    begin = 0
    # A header may hold any field, such as DICOM tags, and values of several lines.
    for line in start.splitlines(keepends=True):
        begin += len(line)
        name, _, value = line.decode("latin-1").partition("=")
        fields[name.strip()] = value.strip()
        if name.strip() == _LAST_FIELD:
            break
    if missing := [name for name in _NEEDED if not fields.get(name)]:
        raise HeaderError(f"no {', '.join(missing)} in its header")
    named = fields[_LAST_FIELD]
    if named.upper() == "LOCAL":
        return fields, path, begin
    file = path.parent / named
    if Path(named).name != named or not file.is_file():
        raise HeaderError("voxels in another place, expected in one file beside it")
    return fields, file, 0
