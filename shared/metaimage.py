"""Where a MetaImage keeps its voxels, and whether they are all there: ITK follows any path."""

from __future__ import annotations

import math
import os
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import SimpleITK as sitk

from shared.errors import HeaderError, InputError

SUFFIXES = (".mha", ".mhd")
IMAGE_IO = "MetaImageIO"
_LONGEST_HEADER = 1 << 20
_LAST_FIELD = "ElementDataFile"
_NEEDED = ("NDims", "DimSize", "ElementType", _LAST_FIELD)
_LOCAL = ("LOCAL", "Local", "local")
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", re.ASCII)
_WHOLE = frozenset({"NDims", "HeaderSize", "CompressedDataSize"})
# Fields of as many numbers as there are axes, or axes squared. ITK takes a word among them for
# zero, and where one is missing the next line's.
_POWERS = {
    **dict.fromkeys(("DimSize", "ElementSpacing", "ElementSize", "CenterOfRotation"), 1),
    **dict.fromkeys(("Offset", "Origin", "Position"), 1),
    **dict.fromkeys(("TransformMatrix", "Orientation", "Rotation"), 2),
}
# Length of the checksum at the end of a zlib stream (RFC 1950), and of a gzip one (RFC 1952).
_ADLER_BYTES, _CRC_BYTES = 4, 8
_GZIP = 0x1F8B
# Second byte of a zlib stream: it can't be unpacked without a dictionary agreed on before.
_NEEDS_DICTIONARY = 0x20


@dataclass(frozen=True)
class Header:
    """The text of a MetaImage.

    Attributes
    ----------
    fields : mapping of str to str
        Its fields; there may be any.
    file : Path
        Holds the voxels.
    begin : int
        Where they begin in it, bytes.
    """

    fields: Mapping[str, str]
    file: Path
    begin: int

    def says(self, name: str) -> bool:
        """Tell whether a field is true."""
        return self.fields.get(name, "False").lower() in ("true", "t", "1")


def read_header(path: Path) -> Header:
    """Read a header, and refuse one that leads elsewhere than beside itself.

    Parameters
    ----------
    path : Path
        A .mha or .mhd file.

    Raises
    ------
    HeaderError
        If the text of a header is missing or has no end, holds other than the numbers that it
        should, or its voxels lie in another folder, in several files, or nowhere.
    """
    with path.open("rb") as stream:
        start = stream.read(_LONGEST_HEADER)
    fields: dict[str, str] = {}
    begin = 0
    # A header may hold any field, such as DICOM tags, and values of several lines.
    for line in start.splitlines(keepends=True):
        begin += len(line)
        name, _, value = os.fsdecode(line).partition("=")
        fields[name.strip()] = value.strip()
        if name.strip() == _LAST_FIELD:
            break
    if missing := [name for name in _NEEDED if not fields.get(name)]:
        raise HeaderError(f"no {', '.join(missing)} in its header")
    _check_numbers(fields)
    named = fields[_LAST_FIELD]
    if named in _LOCAL:
        return Header(fields, path, begin)
    # ITK knows lists and patterns of files by these.
    plain = Path(named).name == named.removeprefix("./") and not re.search(r"^LIST|%", named)
    if not plain or not (path.parent / named).is_file():
        raise HeaderError("voxels in another place, expected in one file beside it")
    return Header(fields, path.parent / named, max(0, int(fields.get("HeaderSize", "0"))))


def _check_numbers(fields: Mapping[str, str]) -> None:
    for name in _WHOLE & fields.keys():
        if not re.fullmatch(r"-?\d{1,18}", fields[name], re.ASCII):
            raise HeaderError(f"{name} = {fields[name][:80]}, expected a whole number")
    for name in _POWERS.keys() & fields.keys():
        words = re.split("[ \t]+", fields[name])
        expected = int(fields["NDims"]) ** _POWERS[name]
        if len(words) != expected or not all(map(_NUMBER.fullmatch, words)):
            raise HeaderError(f"{name} = {fields[name][:80]}, expected {expected} numbers")


def check_complete(header: Header, reader: sitk.ImageFileReader, *, socket: str) -> None:
    """Refuse a file that holds fewer bytes of voxels than its header promises.

    A compressed one is told by its checksum, once it is unpacked: see `check_voxels`. One that
    needs a dictionary is refused here: ITK would ask for it again and again, for ever.

    Parameters
    ----------
    header : Header
        Of the file.
    reader : SimpleITK.ImageFileReader
        Has read it too.
    socket : str
        How messages name it.

    Raises
    ------
    InputError
        If bytes are missing, or can't be unpacked.
    """
    if header.says("CompressedData"):
        first, _ = _ends_of_stream(header)
        if first > 0xFF and first != _GZIP and first & _NEEDS_DICTIONARY:
            raise InputError(
                f"{socket}: expected voxels that can be unpacked, found a zlib stream that needs a "
                "dictionary"
            )
        return
    itemsize = sitk.Image([1, 1, 1], reader.GetPixelID()).GetSizeOfPixelComponent()
    expected = math.prod(reader.GetSize()) * itemsize
    found = header.file.stat().st_size - header.begin
    if found < expected:
        raise InputError(f"{socket}: expected a complete image, found {found} of {expected} bytes")


def check_voxels(header: Header, image: sitk.Image, *, socket: str) -> None:
    """Refuse voxels that are not those that were compressed: ITK fills up what a stream lacks.

    Parameters
    ----------
    header : Header
        Of the file.
    image : SimpleITK.Image
        What ITK read from it.
    socket : str
        How messages name it.

    Raises
    ------
    InputError
        If their checksum is not the stream's.
    """
    if not header.says("CompressedData"):
        return
    voxels = sitk.GetArrayViewFromImage(image)
    if header.says("BinaryDataByteOrderMSB") or header.says("ElementByteOrderMSB"):
        voxels = voxels.byteswap()
    first, last = _ends_of_stream(header)
    if first == _GZIP:
        same = zlib.crc32(voxels) == int.from_bytes(last[:4], "little")
    else:
        same = zlib.adler32(voxels) == int.from_bytes(last[-_ADLER_BYTES:], "big")
    if not same:
        raise InputError(
            f"{socket}: expected a complete image, found voxels that do not match their checksum"
        )


def _ends_of_stream(header: Header) -> tuple[int, bytes]:
    """Return the first two bytes of the compressed voxels as a number, and the last eight."""
    size = header.fields.get("CompressedDataSize")
    with header.file.open("rb") as stream:
        stream.seek(header.begin)
        first = int.from_bytes(stream.read(2), "big")
        end = header.file.stat().st_size if size is None else header.begin + int(size)
        stream.seek(max(header.begin, end - _CRC_BYTES))
        return first, stream.read(min(_CRC_BYTES, max(0, end - header.begin)))
