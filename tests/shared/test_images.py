"""Reading an image file: every format and type, and every bad file refused by name."""

from __future__ import annotations

import gzip
import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from numpy.typing import NDArray

from shared.errors import InputError
from shared.grid import Grid
from shared.images import read_image
from tests.scans import CT_GRID, make_ct

SOCKET = "CT socket images/ct"
FORMATS = (".mha", ".mhd", ".nii", ".nii.gz")
OBLIQUE = sitk.Euler3DTransform((0.0, 0.0, 0.0), 0.1, -0.2, 0.3).GetMatrix()


def read(path: Path) -> sitk.Image:
    return read_image(path, socket=SOCKET, outside=-1024.0)


def write(image: sitk.Image, path: Path, *, compress: bool = False) -> Path:
    sitk.WriteImage(image, str(path), useCompression=compress)
    return path


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("direction", [CT_GRID.direction, OBLIQUE], ids=["straight", "oblique"])
def test_every_format_keeps_voxels_and_geometry(
    tmp_path: Path, suffix: str, direction: tuple[float, ...]
) -> None:
    grid = Grid(CT_GRID.size_xyz, CT_GRID.spacing_mm, CT_GRID.origin_mm, direction)
    found = read(write(make_ct(grid), tmp_path / f"scan{suffix}"))
    assert grid.differences(Grid.of(found)) == []
    assert np.array_equal(sitk.GetArrayFromImage(found), sitk.GetArrayFromImage(make_ct(grid)))


@pytest.mark.parametrize("suffix", [".MHA", ".Mha", ".NII", ".NII.GZ"])
def test_a_suffix_may_be_spelt_in_capitals(tmp_path: Path, suffix: str) -> None:
    written = write(make_ct(), tmp_path / f"scan{suffix.lower()}")
    found = read(written.rename(tmp_path / f"SCAN{suffix}"))
    assert CT_GRID.differences(Grid.of(found)) == []


@pytest.mark.parametrize("compress", [False, True])
@pytest.mark.parametrize("suffix", FORMATS)
def test_a_truncated_file_is_never_read(tmp_path: Path, suffix: str, compress: bool) -> None:
    noise = np.random.default_rng(1).integers(-1000, 1000, (8, 9, 10)).astype(np.int16)
    path = write(sitk.GetImageFromArray(noise), tmp_path / f"scan{suffix}", compress=compress)
    if suffix == ".mhd":
        (data,) = (p for p in tmp_path.iterdir() if p != path)
    else:
        data = path
    whole = data.read_bytes()
    assert np.array_equal(sitk.GetArrayFromImage(read(path)), noise)
    end = len(whole)
    for length in {0, 1, 100, 348, 352, *range(400, end, 97), end - 9, end - 8, end - 2, end - 1}:
        data.write_bytes(whole[:length])
        with pytest.raises(InputError, match=f"^{SOCKET}: expected an? (complete )?image, found"):
            read(path)


def test_a_truncated_nifti_that_was_packed_afterwards_is_refused(tmp_path: Path) -> None:
    whole = write(make_ct(), tmp_path / "scan.nii").read_bytes()
    (tmp_path / "short.nii").write_bytes(whole[:-100])
    with pytest.raises(InputError, match=f"image, found {len(whole) - 100} of {len(whole)} bytes"):
        read(tmp_path / "short.nii")


def test_a_damaged_compressed_nifti_is_refused(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(-1000, 1000, (8, 9, 10)).astype(np.int16)
    path = write(sitk.GetImageFromArray(noise), tmp_path / "scan.nii.gz")
    content = bytearray(path.read_bytes())
    content[-6] ^= 0xFF  # in the checksum
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"image, found .*can't be"):
        read(path)


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("content", [b"", b"not an image\n" * 100, b"\0" * 1000])
def test_garbage_is_refused(tmp_path: Path, suffix: str, content: bytes) -> None:
    path = tmp_path / f"scan{suffix}"
    path.write_bytes(content)
    with pytest.raises(InputError, match=f"^{SOCKET}: expected an image, found a file that can't"):
        read(path)


@pytest.mark.parametrize(
    ("size", "reason"),
    [
        ("40000 40000 40000", r"expected 1 to \d+ voxels, found \(40000, 40000, 40000\)"),
        ("10 10 10", r"expected a complete image, found 1000 of 2000 bytes"),
    ],
)
def test_a_header_that_promises_too_much_is_refused(tmp_path: Path, size: str, reason: str) -> None:
    header = (
        f"ObjectType = Image\nNDims = 3\nBinaryData = True\nDimSize = {size}\n"
        "ElementType = MET_SHORT\nElementDataFile = LOCAL\n"
    )
    (tmp_path / "scan.mha").write_bytes(header.encode() + bytes(1000))
    with pytest.raises(InputError, match=f"^{SOCKET}: {reason}"):
        read(tmp_path / "scan.mha")


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        (sitk.Image([8, 8], sitk.sitkInt16), r"expected a 3-D image, found 2-D \(8, 8\)"),
        (sitk.Image([8, 8, 8, 2], sitk.sitkInt16), "expected a 3-D image, found 4-D"),
        (sitk.Image([8, 8, 8], sitk.sitkVectorUInt8, 3), r"one value a voxel, found 3 \(colour"),
        (sitk.Image([8, 8, 8], sitk.sitkVectorFloat32, 2), "one value a voxel, found 2"),
        (sitk.Image([8, 8, 8], sitk.sitkComplexFloat32), "one value a voxel, found 2"),
    ],
    ids=["2-D", "4-D", "RGB", "vector", "complex"],
)
def test_what_is_no_scalar_volume_is_refused(
    tmp_path: Path, image: sitk.Image, reason: str
) -> None:
    with pytest.raises(InputError, match=f"^{SOCKET}: .*{reason}"):
        read(write(image, tmp_path / "scan.nii.gz"))


def test_slanted_axes_are_refused(tmp_path: Path) -> None:
    text = write(make_ct(), tmp_path / "scan.mha").read_bytes()
    slanted = text.replace(
        b"TransformMatrix = 1 0 0 0 1 0 0 0 1", b"TransformMatrix = 1 0 0 .5 1 0 0 0 1"
    )
    (tmp_path / "scan.mha").write_bytes(slanted)
    with pytest.raises(InputError, match="expected axes at right angles"):
        read(tmp_path / "scan.mha")


def header_with(path: Path, **fields: str) -> Path:
    """Write a CT whose text header says something else."""
    write(make_ct(), path)
    header, end, voxels = path.read_bytes().partition(b"ElementDataFile = LOCAL\n")
    lines = [line for line in header.decode().splitlines() if line.split()[0] not in fields]
    lines += [f"{name} = {value}" for name, value in fields.items()]
    last = b"" if "ElementDataFile" in fields else end
    path.write_bytes("\n".join(lines).encode() + b"\n" + last + voxels)
    return path


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"ElementSpacing": "1e-9 1 1"}, "expected voxels of 0.01 to 100 mm, found"),
        ({"ElementSpacing": "1 1 1e6"}, "expected voxels of 0.01 to 100 mm, found"),
        ({"ElementSpacing": "1 99 1", "DimSize": "1 60 1"}, "at most 5000 mm of scan, found 5940"),
        ({"Offset": "0 nan 0"}, "Offset = 0 nan 0, expected 3 numbers"),
        ({"ElementSpacing": "1 inf 1"}, "ElementSpacing = 1 inf 1, expected 3 numbers"),
        ({"Offset": "7 8"}, "Offset = 7 8, expected 3 numbers"),
        ({"Offset": "1_0 8 9"}, "Offset = 1_0 8 9, expected 3 numbers"),
        ({"HeaderSize": "1.5"}, "HeaderSize = 1.5, expected a whole number"),
        ({"NDims": "three"}, "NDims = three, expected a whole number"),
        ({"NDims": "9" * 30}, "expected a whole number"),
        ({"TransformMatrix": "1 0 0 0 x 0 0 0 1"}, "TransformMatrix = 1 0 0 0 x 0 0 0 1, expec"),
    ],
)
def test_a_geometry_that_no_scanner_has_is_refused(
    tmp_path: Path, fields: dict[str, str], reason: str
) -> None:
    with pytest.raises(InputError, match=f"^{SOCKET}: .*{reason}"):
        read(header_with(tmp_path / "scan.mha", **fields))


DECOYS = ("LIST", "LISTED.raw", "%03d.raw 1 1 1", "%s%s%n 1 1 1")


@pytest.mark.parametrize("suffix", [".mha", ".mhd"])
@pytest.mark.parametrize(
    "elsewhere", ["/dev/zero", "../voxels.raw", "sub/voxels.raw", "nowhere.raw", "", *DECOYS]
)
def test_voxels_in_another_place_are_not_followed(
    tmp_path: Path, suffix: str, elsewhere: str
) -> None:
    header_with(tmp_path / "scan.mha", ElementDataFile=elsewhere)
    voxels = bytes(2 * 32 * 28 * 24)
    for folder in (tmp_path.parent, tmp_path / "sub"):
        folder.mkdir(exist_ok=True)
        (folder / "voxels.raw").write_bytes(voxels)
    for name in DECOYS:
        # What the header names is there: ITK would go by the word's meaning all the same.
        (tmp_path / name).write_bytes(voxels)
    path = (tmp_path / "scan.mha").rename(tmp_path / f"scan{suffix}")
    with pytest.raises(InputError, match=f"^{SOCKET}: expected an image, found a file that can't"):
        read(path)


@pytest.mark.parametrize("named", ["./voxels.raw", "my voxels.raw", "Müller.raw"])
def test_voxels_beside_their_header_are_read(tmp_path: Path, named: str) -> None:
    path = header_with(tmp_path / "scan.mha", ElementDataFile=named)
    (tmp_path / named).write_bytes(sitk.GetArrayFromImage(make_ct()).tobytes())
    found = read(path.rename(tmp_path / "scan.mhd"))
    assert np.array_equal(sitk.GetArrayFromImage(found), sitk.GetArrayFromImage(make_ct()))


@pytest.mark.parametrize("other", ["scan.nii", "scan.hdr", "scan.img", "scan.NII"])
def test_a_nifti_with_another_of_its_name_beside_it_is_refused(tmp_path: Path, other: str) -> None:
    path = write(make_ct(), tmp_path / "scan.nii.gz")
    (tmp_path / other).symlink_to("/dev/zero")
    with pytest.raises(InputError, match="another file of its name beside it"):
        read(path)


@pytest.mark.parametrize("make", ["from NIfTI", "gzip"])
def test_what_itk_writes_and_unpacks_is_read(tmp_path: Path, make: str) -> None:
    if make == "from NIfTI":
        # Carries every field of the NIfTI header along, such as `dim[0]`.
        nifti = sitk.ReadImage(str(write(make_ct(), tmp_path / "first.nii.gz")))
        path = write(nifti, tmp_path / "scan.mha", compress=True)
    else:
        path = header_with(tmp_path / "scan.mhd", CompressedData="True", ElementDataFile="v.zraw")
        voxels = sitk.GetArrayFromImage(make_ct()).tobytes()
        (tmp_path / "v.zraw").write_bytes(gzip.compress(voxels))
    assert np.array_equal(sitk.GetArrayFromImage(read(path)), sitk.GetArrayFromImage(make_ct()))


@pytest.mark.parametrize("suffix", [".mha", ".mhd"])
@pytest.mark.parametrize("compress", [False, True])
def test_a_header_may_hold_more_than_an_image(tmp_path: Path, suffix: str, compress: bool) -> None:
    image = make_ct()
    image.SetMetaData("0008|0016", "1.2.840.10008.5.1.4.1.1.2")
    image.SetMetaData("0010|4000", "a comment\nof two lines\n")
    image.SetMetaData("Größe", "70 % = viel")
    # Many tags make headers long.
    for number in range(60):
        image.SetMetaData(f"0040|{number:04}", "x" * 2000)
    found = read(write(image, tmp_path / f"a scan{suffix}", compress=compress))
    assert np.array_equal(sitk.GetArrayFromImage(found), sitk.GetArrayFromImage(image))


@pytest.mark.parametrize("ends", [b"\r\n", b"\n\n"])
def test_a_header_s_lines_may_end_otherwise(tmp_path: Path, ends: bytes) -> None:
    path = write(make_ct(), tmp_path / "scan.mhd", compress=True)
    text = path.read_bytes().replace(b"\n", ends)
    # A size that is not told is the file's.
    text = b"".join(line for line in text.splitlines(keepends=True) if b"DataSize" not in line)
    path.write_bytes(text)
    assert np.array_equal(sitk.GetArrayFromImage(read(path)), sitk.GetArrayFromImage(make_ct()))


@pytest.mark.parametrize("big_endian", [False, True])
def test_a_compressed_metaimage_is_held_against_its_checksum(
    tmp_path: Path, big_endian: bool
) -> None:
    voxels = np.random.default_rng(2).integers(-1000, 1000, (3, 4, 5)).astype(np.int16)
    packed = zlib.compress(voxels.astype(">i2" if big_endian else "<i2").tobytes())

    def scan(slices: int, stream: bytes) -> sitk.Image:
        header = (
            f"ObjectType = Image\nNDims = 3\nBinaryData = True\nDimSize = 5 4 {slices}\n"
            f"BinaryDataByteOrderMSB = {big_endian}\nCompressedData = True\n"
            f"CompressedDataSize = {len(stream)}\nElementType = MET_SHORT\n"
            "ElementDataFile = LOCAL\n"
        )
        (tmp_path / "scan.mha").write_bytes(header.encode() + stream)
        return read(tmp_path / "scan.mha")

    assert np.array_equal(sitk.GetArrayFromImage(scan(3, packed)), voxels)
    damaged = bytearray(zlib.compress(voxels.tobytes(), level=0))
    damaged[20] ^= 1
    for slices, stream in ((4, packed), (2, packed), (3, bytes(damaged)), (3, packed[:-3])):
        with pytest.raises(InputError, match=f"^{SOCKET}: expected a complete image, found"):
            scan(slices, stream)


def test_a_stream_that_needs_a_dictionary_is_refused(tmp_path: Path) -> None:
    packer = zlib.compressobj(zdict=b"agreed on before")
    packed = packer.compress(bytes(120)) + packer.flush()
    header = (
        "ObjectType = Image\nNDims = 3\nBinaryData = True\nDimSize = 5 4 3\nCompressedData = True\n"
        f"CompressedDataSize = {len(packed)}\nElementType = MET_SHORT\nElementDataFile = LOCAL\n"
    )
    (tmp_path / "scan.mha").write_bytes(header.encode() + packed)
    with pytest.raises(InputError, match=f"^{SOCKET}: expected .* needs a dictionary"):
        read(tmp_path / "scan.mha")


def test_a_name_in_no_encoding_is_refused(tmp_path: Path) -> None:
    path = write(make_ct(), tmp_path / "scan.mha").rename(tmp_path / os.fsdecode(b"sc\xff.mha"))
    with pytest.raises(InputError, match=f"^{SOCKET}: expected a file name in UTF-8"):
        read(path)


def test_a_nifti_that_unpacks_to_more_than_it_says_is_refused(tmp_path: Path) -> None:
    content = gzip.decompress(write(make_ct(), tmp_path / "scan.nii.gz").read_bytes())
    (tmp_path / "scan.nii.gz").write_bytes(gzip.compress(content + bytes(1000)))
    assert np.array_equal(
        sitk.GetArrayFromImage(read(tmp_path / "scan.nii.gz")).shape, (24, 28, 32)
    )
    (tmp_path / "scan.nii.gz").write_bytes(gzip.compress(content + bytes(1 << 24)))
    with pytest.raises(InputError, match="bytes, as its header says, found more"):
        read(tmp_path / "scan.nii.gz")


@pytest.mark.parametrize("offset", [float("nan"), float("inf"), -1.0, 0.0, 1e6, 1e18])
def test_a_nifti_whose_voxels_are_nowhere_is_refused(tmp_path: Path, offset: float) -> None:
    path = write(make_ct(), tmp_path / "scan.nii")
    content = bytearray(path.read_bytes())
    struct.pack_into("<f", content, 108, offset)
    path.write_bytes(content)
    with pytest.raises(InputError, match=f"^{SOCKET}: expected"):
        read(path)


@pytest.mark.parametrize("value", [float("nan"), float("-inf"), 3e38])
@pytest.mark.parametrize(
    ("form", "offset"),
    [("pixdim", 84), ("qform", 260), ("qform", 268), ("sform", 280), ("sform", 300)],
)
def test_a_nifti_whose_geometry_is_no_numbers_is_refused(
    tmp_path: Path, form: str, offset: int, value: float
) -> None:
    content = bytearray(nifti(np.zeros((2, 3, 4), dtype=np.int16)))
    struct.pack_into("<2h", content, 252, form == "qform", form == "sform")
    struct.pack_into("<12f", content, 280, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0)
    (tmp_path / "scan.nii").write_bytes(content)
    assert read(tmp_path / "scan.nii").GetSize() == (4, 3, 2)
    struct.pack_into("<f", content, offset, value)
    (tmp_path / "scan.nii").write_bytes(content)
    with pytest.raises(InputError, match=f"{form} = .*expected finite numbers"):
        read(tmp_path / "scan.nii")


def test_what_no_code_counts_on_may_be_no_number(tmp_path: Path) -> None:
    content = bytearray(nifti(np.zeros((2, 3, 4), dtype=np.int16)))
    struct.pack_into("<12f", content, 280, *[np.nan] * 12)
    struct.pack_into("<2f", content, 112, np.nan, np.nan)
    (tmp_path / "scan.nii").write_bytes(content)
    assert read(tmp_path / "scan.nii").GetSize() == (4, 3, 2)


def nifti(voxels: NDArray[np.int16], *, order: str = "<", magic: bytes = b"n+1\0") -> bytes:
    """Return a NIfTI file of 16-bit voxels (z, y, x) of 1 mm, from its header's definition."""
    header = bytearray(352)
    for offset, form, values in (
        (0, "i", (348,)),
        (40, "8h", (3, *voxels.shape[::-1], 1, 1, 1, 1)),
        (70, "2h", (4, 16)),
        (76, "8f", (1.0,) * 8),
        (108, "f", (352.0,)),
        (252, "2h", (1, 0)),
        (344, "4s", (magic,)),
    ):
        struct.pack_into(order + form, header, offset, *values)
    return bytes(header) + voxels.astype(f"{order}i2").tobytes()


@pytest.mark.parametrize("order", ["<", ">"])
def test_both_byte_orders_of_nifti_are_read(tmp_path: Path, order: str) -> None:
    voxels = np.arange(24, dtype=np.int16).reshape(2, 3, 4)
    (tmp_path / "scan.nii").write_bytes(nifti(voxels, order=order))
    assert np.array_equal(sitk.GetArrayFromImage(read(tmp_path / "scan.nii")), voxels)


def test_a_nifti_without_its_magic_is_refused(tmp_path: Path) -> None:
    content = nifti(np.zeros((2, 3, 4), dtype=np.int16), magic=b"ni1\0")
    (tmp_path / "scan.nii").write_bytes(content)
    with pytest.raises(InputError, match=r"the magic b'ni1"):
        read(tmp_path / "scan.nii")
