"""Reading a case: every format and type, and every bad input refused by name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from shared.case import read_case
from shared.errors import InputError
from shared.grid import Grid
from shared.sockets import DOSE, PLANNING_CT
from tests.scans import CT_GRID, PET_GRID, make_ct, make_pet, write_input

SOCKET = "CT socket images/ct"
FORMATS = (".mha", ".mhd", ".nii", ".nii.gz")
OBLIQUE = sitk.Euler3DTransform((0.0, 0.0, 0.0), 0.1, -0.2, 0.3).GetMatrix()


@pytest.mark.parametrize("kind", ["int16", "uint16", "int32", "float32", "float64"])
@pytest.mark.parametrize("suffix", [".mha", ".nii.gz"])
def test_every_voxel_type_is_read(tmp_path: Path, kind: str, suffix: str) -> None:
    lowest = 0 if kind == "uint16" else -3024
    array = np.where(sitk.GetArrayFromImage(make_ct()) > 0, 1040, lowest).astype(kind)
    folder = write_input(tmp_path, ct=CT_GRID.image(array), suffix=suffix)
    found = sitk.GetArrayFromImage(read_case(folder).ct_hu)
    assert found.dtype == np.dtype(kind)
    assert np.array_equal(found, array)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e300, -1e16])
def test_some_voxels_without_a_usable_number_are_replaced_with_a_warning(
    tmp_path: Path, bad: float, caplog: pytest.LogCaptureFixture
) -> None:
    array = sitk.GetArrayFromImage(make_pet()).astype(np.float64)
    array[0, 0, :7] = bad
    folder = write_input(tmp_path, pet=PET_GRID.image(array))
    found = sitk.GetArrayFromImage(read_case(folder).pet_suv)
    assert (
        "PET socket images/pet: 7 voxels are not finite or beyond 1e+15; taken as 0" in caplog.text
    )
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


def cut_off(image: Path) -> None:
    """Leave out the last bytes of a file's voxels."""
    image.write_bytes(image.read_bytes()[:-100])


def test_of_two_broken_scans_the_ct_is_named(input_dir: Path) -> None:
    for socket in ("ct", "pet"):
        cut_off(next((input_dir / "images" / socket).iterdir()))
    with pytest.raises(InputError, match=r"^CT socket images/ct: expected a complete image"):
        read_case(input_dir)


def test_both_headers_are_checked_before_a_voxel_is_read(input_dir: Path) -> None:
    cut_off(next((input_dir / "images" / "ct").iterdir()))
    pet = next((input_dir / "images" / "pet").iterdir())
    sitk.WriteImage(make_pet()[:, :, 0], str(pet))
    with pytest.raises(InputError, match=r"^PET socket images/pet: expected a 3-D image"):
        read_case(input_dir)


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
        sitk.WriteImage(make_ct(), str(input_dir / "images" / name / "0.mha"))
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
