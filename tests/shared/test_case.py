"""Reading a case: every format and type, and every bad input refused by name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from shared.case import read_case, read_image
from shared.errors import InputError
from shared.grid import Grid
from shared.sockets import DOSE, PLANNING_CT
from tests.scans import CT_GRID, PET_GRID, make_ct, make_pet, write_input

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


@pytest.mark.parametrize("kind", ["int16", "uint16", "int32", "float32", "float64"])
@pytest.mark.parametrize("suffix", [".mha", ".nii.gz"])
def test_every_voxel_type_is_read(tmp_path: Path, kind: str, suffix: str) -> None:
    lowest = 0 if kind == "uint16" else -3024
    array = np.where(sitk.GetArrayFromImage(make_ct()) > 0, 1040, lowest).astype(kind)
    folder = write_input(tmp_path, ct=CT_GRID.image(array), suffix=suffix)
    found = sitk.GetArrayFromImage(read_case(folder).ct_hu)
    assert found.dtype == np.dtype(kind)
    assert np.array_equal(found, array)


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
    with pytest.raises(InputError, match=f"'short.nii' with {len(whole) - 100} of {len(whole)} by"):
        read(tmp_path / "short.nii")


def test_a_damaged_compressed_nifti_is_refused(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(-1000, 1000, (8, 9, 10)).astype(np.int16)
    path = write(sitk.GetImageFromArray(noise), tmp_path / "scan.nii.gz")
    content = bytearray(path.read_bytes())
    content[-6] ^= 0xFF  # in the checksum
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"image, found 'scan\.nii\.gz' that can't be"):
        read(path)


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("content", [b"", b"not an image\n" * 100, b"\0" * 1000])
def test_garbage_is_refused(tmp_path: Path, suffix: str, content: bytes) -> None:
    path = tmp_path / f"scan{suffix}"
    path.write_bytes(content)
    with pytest.raises(InputError, match=f"^{SOCKET}: expected an image, found 'scan{suffix}'"):
        read(path)


def test_a_header_that_promises_too_much_is_refused(tmp_path: Path) -> None:
    header = (
        b"ObjectType = Image\nNDims = 3\nBinaryData = True\nDimSize = 40000 40000 40000\n"
        b"ElementType = MET_SHORT\nElementDataFile = LOCAL\n"
    )
    (tmp_path / "scan.mha").write_bytes(header + bytes(1000))
    with pytest.raises(InputError, match=r"expected a complete image, found 'scan.mha'"):
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


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_some_voxels_that_are_not_finite_are_replaced_with_a_warning(
    tmp_path: Path, bad: float, caplog: pytest.LogCaptureFixture
) -> None:
    array = sitk.GetArrayFromImage(make_pet()).astype(np.float64)
    array[0, 0, :7] = bad
    folder = write_input(tmp_path, pet=PET_GRID.image(array))
    found = sitk.GetArrayFromImage(read_case(folder).pet_suv)
    assert "PET socket images/pet: 7 voxels are not finite; taken as 0" in caplog.text
    assert found[0, 0, :8].tolist() == [0.0] * 7 + [array[0, 0, 7]]


@pytest.mark.parametrize("socket", ["ct", "pet"])
def test_an_image_of_nan_alone_is_refused(tmp_path: Path, socket: str) -> None:
    grid = {"ct": CT_GRID, "pet": PET_GRID}[socket]
    empty = grid.image(np.full(grid.shape_zyx, np.nan, dtype=np.float32))
    folder = write_input(tmp_path, **{socket: empty})
    with pytest.raises(
        InputError, match=f"^{socket.upper()} socket images/{socket}: .*none that is"
    ):
        read_case(folder)


def test_scans_that_do_not_overlap_are_refused(tmp_path: Path) -> None:
    far = Grid(PET_GRID.size_xyz, PET_GRID.spacing_mm, (500.0, 0.0, 0.0))
    folder = write_input(tmp_path, pet=far.image(sitk.GetArrayFromImage(make_pet())))
    with pytest.raises(InputError, match=r"^CT and PET sockets: expected scans that overlap"):
        read_case(folder)


@pytest.mark.parametrize("socket", ["ct", "pet"])
def test_no_image_and_two_images_are_refused(input_dir: Path, socket: str) -> None:
    (image,) = (input_dir / "images" / socket).iterdir()
    image.rename(image.with_name("one.mha"))
    (image.with_name("two.mha")).write_bytes(image.with_name("one.mha").read_bytes())
    with pytest.raises(InputError, match=f"images/{socket}: expected one image, found 2 files"):
        read_case(input_dir)
    image.with_name("one.mha").unlink()
    image.with_name("two.mha").unlink()
    with pytest.raises(InputError, match=f"images/{socket}: expected one image .*found 0 files"):
        read_case(input_dir)


def test_a_record_that_is_not_json_is_refused(input_dir: Path) -> None:
    (input_dir / "ehr.json").write_text("Age: 61", encoding="utf-8")
    with pytest.raises(InputError, match=r"^EHR socket ehr\.json: expected JSON"):
        read_case(input_dir)


def test_a_case_without_a_record_is_read(tmp_path: Path) -> None:
    case = read_case(write_input(tmp_path, record=None))
    assert case.clinical.age_years is None
    assert case.patient_id is None


def test_the_planning_sockets_are_read_where_present_and_asked_for(input_dir: Path) -> None:
    for name in ("ct-planning", "rt-dose"):
        (input_dir / "images" / name).mkdir()
        write(make_ct(), input_dir / "images" / name / "0.mha")
    case = read_case(input_dir, optional=(PLANNING_CT, DOSE))
    assert case.planning_ct_hu is not None
    assert case.dose_gy is not None
    assert read_case(input_dir).dose_gy is None


@pytest.mark.parametrize("content", [None, b"", b"garbage"])
def test_absent_or_corrupt_planning_images_do_not_stop_a_case(
    input_dir: Path, content: bytes | None, caplog: pytest.LogCaptureFixture
) -> None:
    if content is not None:
        (input_dir / "images/rt-dose").mkdir()
        (input_dir / "images/rt-dose/0.mha").write_bytes(content)
    case = read_case(input_dir, optional=(PLANNING_CT, DOSE))
    assert case.planning_ct_hu is None
    assert case.dose_gy is None
    assert ("rt-dose socket: expected an image" in caplog.text) == (content is not None)
