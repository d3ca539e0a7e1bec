"""Files that are not what they say, not whole, or no files at all."""

from __future__ import annotations

import gzip
import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from numpy.random import Generator

from harness.hostile.change import Apply, Change, Expected
from harness.hostile.edit import header_field, split
from harness.hostile.scene import Damage, Scene, Socket, image_file

_BOTH: tuple[Socket, ...] = ("ct", "pet")
_ENDLESS = Path("/dev/zero")
_BOMB_BYTES = 3 << 30
_TOUCHES = frozenset({"scan files"})
Rewrite = Callable[[bytes, Generator], bytes]


def replaced(file: Path, how: str) -> Damage:
    """Return what puts something else in a file's place.

    Parameters
    ----------
    file : Path
        Below the tree.
    how : {"folder", "pipe", "link", "broken link", "endless"}
        What; a link leads to the file, moved elsewhere.
    """

    def damage(place: Path) -> None:
        target = place / file
        kept = target.with_name(f".{target.name}.kept")
        target.rename(kept)
        match how:
            case "folder":
                target.mkdir()
                kept.rename(target / "inside")
            case "pipe":
                os.mkfifo(target)
            case "link":
                target.symlink_to(kept.name)
            case "broken link":
                target.symlink_to("nowhere")
            case "endless":
                target.symlink_to(_ENDLESS)

    return damage


def _image_replaced(how: str) -> Apply:
    def apply(scene: Scene, rng: Generator) -> Scene:
        socket = _BOTH[rng.integers(2)]
        return scene.damaged(
            lambda place: replaced(image_file(place, socket).relative_to(place), how)(place)
        )

    return apply


def _rewritten(rewrite: Rewrite, *, suffix: str = ".mha") -> Apply:
    """Write one of the scans in a format, then other bytes in its place."""

    def apply(scene: Scene, rng: Generator) -> Scene:
        socket = _BOTH[rng.integers(2)]

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


def _voxels_bomb(content: bytes, rng: Generator) -> bytes:
    """Pack gigabytes of zeros behind a MetaImage's header."""
    packer = zlib.compressobj(9)
    zeros = bytes(1 << 24)
    packed = b"".join([packer.compress(zeros) for _ in range(_BOMB_BYTES >> 24)]) + packer.flush()
    header, _ = split(content)
    size = f"CompressedDataSize = {len(packed)}".encode()
    lines = [size if b"CompressedDataSize" in line else line for line in header.splitlines()]
    return b"\n".join(lines) + b"\n" + packed


def _header(field: str, value: str) -> Apply:
    def apply(scene: Scene, rng: Generator) -> Scene:
        return scene.damaged(header_field(_BOTH[rng.integers(2)], field, value))

    return apply


def _stored_as(suffix: str) -> Apply:
    def apply(scene: Scene, rng: Generator) -> Scene:
        for socket in _BOTH:
            scene = scene.with_file_name(socket, f"{socket}{suffix}")
        return scene

    return apply


def _pair(field: str | None, value: str = "") -> Apply:
    """Write a scan as two files, and say something else of the second."""

    def apply(scene: Scene, rng: Generator) -> Scene:
        socket = _BOTH[rng.integers(2)]
        scene = scene.with_file_name(socket, f"{socket}.mhd")
        return scene if field is None else scene.damaged(header_field(socket, field, value))

    return apply


def _without_voxels(scene: Scene, rng: Generator) -> Scene:
    socket = _BOTH[rng.integers(2)]

    def damage(place: Path) -> None:
        for file in (place / "images" / socket).glob("*raw"):
            file.unlink()

    return scene.with_file_name(socket, f"{socket}.mhd").damaged(damage)


def _named(name: str) -> Apply:
    def apply(scene: Scene, rng: Generator) -> Scene:
        return scene.with_file_name(_BOTH[rng.integers(2)], name)

    return apply


def _misnamed(scene: Scene, rng: Generator) -> Scene:
    """Name a scan for a format that it is not in."""
    socket = _BOTH[rng.integers(2)]

    def damage(place: Path) -> None:
        file = image_file(place, socket)
        file.rename(file.with_name("scan.mha"))

    return scene.with_file_name(socket, f"{socket}.nii").damaged(damage)


def _named_in_no_encoding(scene: Scene, rng: Generator) -> Scene:
    socket = _BOTH[rng.integers(2)]

    def damage(place: Path) -> None:
        file = image_file(place, socket)
        os.rename(os.fsencode(file), os.fsencode(file.parent) + b"/sc\xff\xfean.mha")  # noqa: PTH104

    return scene.damaged(damage)


def _beside(count: int, suffix: str) -> Apply:
    """Put more files beside a scan."""

    def apply(scene: Scene, rng: Generator) -> Scene:
        socket = _BOTH[rng.integers(2)]

        def damage(place: Path) -> None:
            for number in range(count):
                (place / "images" / socket / f"more{number}{suffix}").write_bytes(b"more")

        return scene.damaged(damage)

    return apply


def _gone(what: str) -> Apply:
    def apply(scene: Scene, rng: Generator) -> Scene:
        socket = _BOTH[rng.integers(2)]

        def damage(place: Path) -> None:
            image_file(place, socket).unlink()
            if what == "folder":
                (place / "images" / socket).rmdir()

        return scene.damaged(damage)

    return apply


def _as_picture(suffix: str) -> Apply:
    """Leave a slice as a picture in the scan's place."""

    def apply(scene: Scene, rng: Generator) -> Scene:
        socket = _BOTH[rng.integers(2)]

        def damage(place: Path) -> None:
            file = image_file(place, socket)
            file.unlink()
            image = sitk.Image(8, 8, sitk.sitkUInt8)
            sitk.WriteImage(image, str(file.with_name(f"slice{suffix}")))

        return scene.damaged(damage)

    return apply


def _in_two_formats(scene: Scene, rng: Generator) -> Scene:
    """Put a link with the scan's name but another suffix beside it, which ITK would follow."""
    socket = _BOTH[rng.integers(2)]

    def damage(place: Path) -> None:
        image_file(place, socket).with_name(f"{socket}.nii").symlink_to(_ENDLESS)

    return scene.with_file_name(socket, f"{socket}.nii.gz").damaged(damage)


def _forbidden(scene: Scene, rng: Generator) -> Scene:
    """Take the permission to list a folder, which root has all the same."""
    socket = _BOTH[rng.integers(2)]
    return scene.damaged(lambda place: (place / "images" / socket).chmod(0))


def _broken_dose(scene: Scene, rng: Generator) -> Scene:
    def damage(place: Path) -> None:
        image_file(place, "rt-dose").write_bytes(b"NDims = 3\nElementDataFile = LOCAL\n")

    return scene.damaged(damage)


def _no_dose(scene: Scene, rng: Generator) -> Scene:
    return scene.damaged(lambda place: image_file(place, "rt-dose").unlink())


def _file(name: str, expected: Expected, apply: Apply) -> Change:
    return Change(name, expected, apply, _TOUCHES)


CHANGES = (
    *(_file(f"stored as {suffix}", "answer", _stored_as(suffix)) for suffix in (".nii", ".nii.gz")),
    _file("stored as .mhd", "answer", _pair(None)),
    _file("a .mhd without its voxels", "refusal", _without_voxels),
    _file("a .mhd with voxels elsewhere", "refusal", _pair("ElementDataFile", "/etc/passwd")),
    _file("a .mhd with voxels above", "refusal", _pair("ElementDataFile", "../pet/pet.raw")),
    _file("a name in two formats", "refusal", _in_two_formats),
    _file("a folder without permission", "either", _forbidden),
    _file("a .mhd of a list of files", "refusal", _pair("ElementDataFile", "LIST")),
    _file("a .mhd of a pattern of files", "refusal", _pair("ElementDataFile", "%03d.raw 1 999 1")),
    _file("a .mha with voxels elsewhere", "refusal", _header("ElementDataFile", "/dev/zero")),
    *(
        _file(f"a {suffix} cut off", "refusal", _rewritten(_truncated, suffix=suffix))
        for suffix in (".mha", ".nii", ".nii.gz")
    ),
    _file("a bit flipped", "refusal", _rewritten(_flipped)),
    _file("noise", "refusal", _rewritten(_noise)),
    _file("noise named .nii.gz", "refusal", _rewritten(_noise, suffix=".nii.gz")),
    _file("noise in the header", "either", _rewritten(_noise_in_header)),
    _file("noise in a .nii header", "either", _rewritten(_noise_in_header, suffix=".nii")),
    _file("a JPEG by its first bytes", "either", _rewritten(_begins_as(b"\xff\xd8\xff\xe0"))),
    _file(
        "a ZIP named .nii.gz", "refusal", _rewritten(_begins_as(b"PK\x03\x04"), suffix=".nii.gz")
    ),
    _file("a text", "refusal", _rewritten(lambda content, rng: b"see attachment\n")),
    _file("a .nii named .mha", "refusal", _misnamed),
    _file("a bomb of zeros", "refusal", _rewritten(_bomb, suffix=".nii.gz")),
    _file("a bomb of zeros in a .mha", "refusal", _rewritten(_voxels_bomb)),
    _file("axes of 100,000 voxels", "refusal", _header("DimSize", "100000 100000 100000")),
    _file("one axis of 2^31 voxels", "refusal", _header("DimSize", "2147483648 1 1")),
    _file("sizes that overflow", "refusal", _header("DimSize", "4294967297 4294967297 4294967297")),
    _file("an axis below zero", "refusal", _header("DimSize", "-5 5 5")),
    _file("an axis of no voxel", "refusal", _header("DimSize", "0 5 5")),
    _file("one slice more than stored", "refusal", _rewritten(_taller)),
    _file(
        "a .nii of 32767 voxels an axis",
        "refusal",
        _rewritten(_nifti(42, "3h", *[32767] * 3), suffix=".nii"),
    ),
    _file(
        "a .nii with its voxels far off",
        "refusal",
        _rewritten(_nifti(108, "f", 1e18), suffix=".nii"),
    ),
    _file(
        "a .nii with its voxels nowhere",
        "refusal",
        _rewritten(_nifti(108, "f", np.nan), suffix=".nii"),
    ),
    _file("a .nii of an unknown type", "refusal", _rewritten(_nifti(70, "h", 77), suffix=".nii")),
    _file(
        "a .nii without its magic",
        "refusal",
        _rewritten(_nifti(344, "4s", b"xx1\0"), suffix=".nii"),
    ),
    _file("a link", "answer", _image_replaced("link")),
    _file("a link to nothing", "refusal", _image_replaced("broken link")),
    _file("a link to endless zeros", "refusal", _image_replaced("endless")),
    _file("a folder named as a scan", "refusal", _image_replaced("folder")),
    _file("a pipe", "refusal", _image_replaced("pipe")),
    _file("no scan", "refusal", _gone("file")),
    _file("no folder", "refusal", _gone("folder")),
    _file("a TIFF alone", "refusal", _as_picture(".tif")),
    _file("a PNG alone", "refusal", _as_picture(".png")),
    _file("two scans", "refusal", _beside(1, ".mha")),
    _file("thousands of other files", "answer", _beside(3000, ".txt")),
    _file("a name in capitals", "answer", _named("SCAN.MHA")),
    _file("a name of spaces and quotes", "answer", _named(" a 'scan' \"of\" $(a) `patient`; .mha")),
    _file("a name of many lines", "answer", _named("scan\nERROR scan\r\x1b[31m.mha")),
    _file("a name in other scripts", "answer", _named("скан-患者-😀\u202e.nii.gz")),
    _file("a name of 250 letters", "answer", _named("x" * 246 + ".mha")),
    _file("a name in no encoding", "refusal", _named_in_no_encoding),
    Change("a broken dose map", "answer", _broken_dose, frozenset({"dose"}), (2,)),
    Change("no dose map", "answer", _no_dose, frozenset({"dose"}), (2,)),
)
