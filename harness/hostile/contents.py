"""Scans whose bytes are damaged, or whose header lies about them."""

from __future__ import annotations

import gzip
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.random import Generator

from harness.hostile.change import Apply, Change, Expected
from harness.hostile.edit import header_field, split, told
from harness.hostile.scene import Scene, any_scan, image_file

_BOMB_BYTES = 3 << 30
# A matrix of NIfTI, by rows, whose axes ITK looked for without end.
_NO_AXES = (0.0, 1.0, 0.0, 0.0, 0.0, -np.inf, -2.0, 0.0, 0.0, 0.0, 3.0, 0.0)
Rewrite = Callable[[bytes, Generator], bytes]


def _rewritten(rewrite: Rewrite, *, suffix: str = ".mha") -> Apply:
    """Write one of the scans in a format, then other bytes in its place."""

    def apply(scene: Scene, rng: Generator) -> Scene:
        socket = any_scan(rng)

        def damage(place: Path) -> None:
            file = image_file(place, socket)
            file.write_bytes(rewrite(file.read_bytes(), rng))

        return scene.with_file_name(socket, f"{socket}{suffix}").damaged(damage)

    return apply


def _truncated(content: bytes, rng: Generator) -> bytes:
    """Cut a file anywhere: at its start, in its header, in its voxels, before its last byte."""
    share = rng.choice([0.0, rng.uniform(0.0, 0.01), rng.uniform(0.01, 1.0), 1.0])
    return content[: min(len(content) - 1, int(share * len(content)))]


def _flipped(content: bytes, rng: Generator) -> bytes:
    """Flip one bit of the voxels."""
    header, voxels = split(content)
    changed = bytearray(voxels)
    changed[rng.integers(len(changed))] ^= 1 << int(rng.integers(8))
    return header + bytes(changed)


def _taller(content: bytes, rng: Generator) -> bytes:
    """Promise a slice more than there is."""
    header, voxels = split(content)
    lines = header.splitlines()
    (size,) = (number for number, line in enumerate(lines) if line.startswith(b"DimSize"))
    x, y, z = lines[size].split(b"=")[1].split()
    lines[size] = b"DimSize = %s %s %d" % (x, y, int(z) + 1)
    return b"\n".join(lines) + b"\n" + voxels


def _noise(content: bytes, rng: Generator) -> bytes:
    return rng.bytes(min(len(content), 100_000))


def _noise_in_header(content: bytes, rng: Generator) -> bytes:
    changed = bytearray(content)
    for place in rng.integers(0, min(300, len(changed)), size=20):
        changed[place] = int(rng.integers(256))
    return bytes(changed)


def _begins_as(start: bytes) -> Rewrite:
    return lambda content, rng: start + content[len(start) :]


def _nifti(offset: int, form: str, *values: float | bytes) -> Rewrite:
    """Put values into the header of a NIfTI file."""

    def rewrite(content: bytes, rng: Generator) -> bytes:
        changed = bytearray(content)
        struct.pack_into(f"<{form}", changed, offset, *values)
        return bytes(changed)

    return rewrite


def _bomb(content: bytes, rng: Generator) -> bytes:
    """Pack gigabytes of zeros into a few megabytes, behind a NIfTI header that is true."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    packed = [packer.compress(gzip.decompress(content)[:352])]
    zeros = bytes(1 << 24)
    packed += [packer.compress(zeros) for _ in range(_BOMB_BYTES >> 24)]
    return b"".join([*packed, packer.flush()])


def _with_packed(content: bytes, packed: bytes) -> bytes:
    """Put another compressed stream behind a MetaImage's header."""
    header, _ = split(content)
    size = f"CompressedDataSize = {len(packed)}".encode()
    lines = [size if b"CompressedDataSize" in line else line for line in header.splitlines()]
    return b"\n".join(lines) + b"\n" + packed


def _voxels_bomb(content: bytes, rng: Generator) -> bytes:
    """Pack gigabytes of zeros behind a MetaImage's header."""
    packer = zlib.compressobj(9)
    zeros = bytes(1 << 24)
    packed = b"".join([packer.compress(zeros) for _ in range(_BOMB_BYTES >> 24)]) + packer.flush()
    return _with_packed(content, packed)


def _with_dictionary(content: bytes, rng: Generator) -> bytes:
    """Pack the voxels anew, so that a dictionary is needed that nobody has."""
    packer = zlib.compressobj(zdict=rng.bytes(64))
    return _with_packed(
        content, packer.compress(zlib.decompress(split(content)[1])) + packer.flush()
    )


def _pair(field: str, value: str) -> Apply:
    """Write a scan as two files, and say something else of the second.

    Where that names a file beside the first, there is one: it must not be followed all the same.
    """

    def apply(scene: Scene, rng: Generator) -> Scene:
        socket = any_scan(rng)

        def decoy(place: Path) -> None:
            if Path(value).name == value:
                image_file(place, socket).with_name(value).write_bytes(bytes(1 << 24))

        scene = scene.with_file_name(socket, f"{socket}.mhd")
        return scene.damaged(header_field(socket, field, value), decoy)

    return apply


def _without_voxels(scene: Scene, rng: Generator) -> Scene:
    socket = any_scan(rng)

    def damage(place: Path) -> None:
        for file in (place / "images" / socket).glob("*raw"):
            file.unlink()

    return scene.with_file_name(socket, f"{socket}.mhd").damaged(damage)


def _says(name: str, expected: Expected, apply: Apply) -> Change:
    return Change(name, expected, apply, frozenset({"scan files"}))


CHANGES = (
    _says("a .mhd without its voxels", "refusal", _without_voxels),
    _says("a .mhd with voxels elsewhere", "refusal", _pair("ElementDataFile", "/etc/passwd")),
    _says("a .mhd with voxels above", "refusal", _pair("ElementDataFile", "../pet/pet.raw")),
    _says("a .mhd of a list of files", "refusal", _pair("ElementDataFile", "LIST")),
    _says("a .mhd of a pattern of files", "refusal", _pair("ElementDataFile", "%03d.raw 1 999 1")),
    _says("a .mha with voxels elsewhere", "refusal", told("ElementDataFile", "/dev/zero")),
    *(
        _says(f"a {suffix} cut off", "refusal", _rewritten(_truncated, suffix=suffix))
        for suffix in (".mha", ".nii", ".nii.gz")
    ),
    _says("a bit flipped", "refusal", _rewritten(_flipped)),
    _says("noise", "refusal", _rewritten(_noise)),
    _says("noise named .nii.gz", "refusal", _rewritten(_noise, suffix=".nii.gz")),
    _says("noise in the header", "either", _rewritten(_noise_in_header)),
    _says("noise in a .nii header", "either", _rewritten(_noise_in_header, suffix=".nii")),
    _says("a JPEG by its first bytes", "either", _rewritten(_begins_as(b"\xff\xd8\xff\xe0"))),
    _says(
        "a ZIP named .nii.gz", "refusal", _rewritten(_begins_as(b"PK\x03\x04"), suffix=".nii.gz")
    ),
    _says("a text", "refusal", _rewritten(lambda content, rng: b"see attachment\n")),
    _says("a bomb of zeros", "refusal", _rewritten(_bomb, suffix=".nii.gz")),
    _says("a bomb of zeros in a .mha", "refusal", _rewritten(_voxels_bomb)),
    _says("packed with a dictionary", "refusal", _rewritten(_with_dictionary)),
    _says("axes of 100,000 voxels", "refusal", told("DimSize", "100000 100000 100000")),
    _says("one axis of 2^31 voxels", "refusal", told("DimSize", "2147483648 1 1")),
    _says("sizes that overflow", "refusal", told("DimSize", "4294967297 4294967297 4294967297")),
    _says("an axis below zero", "refusal", told("DimSize", "-5 5 5")),
    _says("an axis of no voxel", "refusal", told("DimSize", "0 5 5")),
    _says("one slice more than stored", "refusal", _rewritten(_taller)),
    _says(
        "a .nii of 32767 voxels an axis",
        "refusal",
        _rewritten(_nifti(42, "3h", *[32767] * 3), suffix=".nii"),
    ),
    _says(
        "a .nii with its voxels far off",
        "refusal",
        _rewritten(_nifti(108, "f", 1e18), suffix=".nii"),
    ),
    _says(
        "a .nii with its voxels nowhere",
        "refusal",
        _rewritten(_nifti(108, "f", np.nan), suffix=".nii"),
    ),
    _says(
        "a .nii with axes that are not finite",
        "refusal",
        _rewritten(_nifti(254, "h18f", 1, *[0.0] * 6, *_NO_AXES), suffix=".nii"),
    ),
    _says("a .nii of an unknown type", "refusal", _rewritten(_nifti(70, "h", 77), suffix=".nii")),
    _says(
        "a .nii without its magic",
        "refusal",
        _rewritten(_nifti(344, "4s", b"xx1\0"), suffix=".nii"),
    ),
)
