import logging

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given
from hypothesis import strategies as st

from shared.grid import Grid, Point
from shared.localise import BELOW_BRAIN_MM, head_neck_centre_mm, opened
from shared.overview import Overview
from shared.resample import resample
from tests.scans import in_thirds
from tests.shared.heads import BRAIN_RADII_MM, head_ct, head_pet
from tests.strategies import many

CT = Grid.around((0.0, 0.0, -70.0), size_xyz=(128, 128, 80), spacing_mm=(3.0, 3.0, 4.0))
PET = Grid.around((5.0, -5.0, -70.0), size_xyz=(80, 80, 80), spacing_mm=(5.0, 5.0, 4.0))
EXPECTED_MM = (0.0, 0.0, -BRAIN_RADII_MM[2] - BELOW_BRAIN_MM)


def centre_mm(ct_hu: sitk.Image, pet_suv: sitk.Image) -> Point:
    return head_neck_centre_mm(Overview.of(ct_hu=ct_hu, pet=pet_suv))


def middle_in_more_air(ct: sitk.Image, pet: sitk.Image) -> Point:
    wider_ct = sitk.ConstantPad(ct, (9, 0, 13), (2, 22, 1), -1000.0)
    wider_pet = sitk.ConstantPad(pet, (4, 7, 2), (1, 20, 4), 0.0)
    return centre_mm(wider_ct, wider_pet)


def test_the_box_lies_below_the_brain() -> None:
    centre = centre_mm(head_ct(CT), head_pet(PET))
    assert centre == pytest.approx(EXPECTED_MM, abs=20.0)


@pytest.mark.parametrize("orientation", ["RPI", "LAS", "SPL", "ILA"])
def test_storage_order_does_not_move_it(orientation: str) -> None:
    sizes = {"L": 128, "R": 128, "P": 128, "A": 128, "S": 80, "I": 80}
    spacings = {"L": 3.0, "R": 3.0, "P": 3.0, "A": 3.0, "S": 4.0, "I": 4.0}
    x, y, z = orientation
    ct = Grid.around(
        CT.centre_mm,
        size_xyz=(sizes[x], sizes[y], sizes[z]),
        spacing_mm=(spacings[x], spacings[y], spacings[z]),
        orientation=orientation,
    )
    plain = centre_mm(head_ct(CT), head_pet(PET))
    turned = centre_mm(head_ct(ct), head_pet(PET))
    assert turned == pytest.approx(plain, abs=4.0)


def test_a_wider_field_of_view_and_another_origin_do_not_move_it() -> None:
    ct, pet = head_ct(CT), head_pet(PET)
    pet[37, 41, 60] = 20.0
    plain = centre_mm(ct, pet)
    assert middle_in_more_air(ct, pet) == pytest.approx(plain, abs=1e-9)
    shift = np.array([1234.5, -77.7, 9000.1])
    for image in (ct, pet):
        image.SetOrigin((shift + image.GetOrigin()).tolist())
    moved = centre_mm(ct, pet)
    assert moved == pytest.approx((shift + plain).tolist(), abs=1e-6)


def test_a_brain_cut_off_at_the_top_is_still_found() -> None:
    cut = Grid.around((0.0, 0.0, -130.0), size_xyz=(128, 128, 60), spacing_mm=(3.0, 3.0, 4.0))
    centre = centre_mm(head_ct(cut), head_pet(PET))
    assert centre == pytest.approx(EXPECTED_MM, abs=20.0)


def test_without_a_head_it_falls_back_with_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    neck = Grid.around((0.0, 0.0, -200.0), size_xyz=(64, 64, 40), spacing_mm=(3.0, 3.0, 4.0))
    with caplog.at_level(logging.WARNING):
        centre = centre_mm(head_ct(neck), head_pet(neck))
    assert centre == pytest.approx((0.0, 0.0, -200.0), abs=3.0)
    assert "no head was found" in caplog.text


def test_without_a_head_it_is_the_body_s_middle_not_the_scan_s() -> None:
    neck = Grid.around((0.0, 0.0, -200.0), size_xyz=(64, 64, 40), spacing_mm=(3.0, 3.0, 4.0))
    ct, pet = head_ct(neck), head_pet(neck)
    pet[31, 30, 20] = 20.0
    plain = centre_mm(ct, pet)
    assert middle_in_more_air(ct, pet) == pytest.approx(plain, abs=1e-6)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_finer_voxels_of_the_same_scan_do_not_move_it(axis: int) -> None:
    ct, pet = (sitk.Cast(image, sitk.sitkFloat32) for image in (head_ct(CT), head_pet(PET)))
    pet[37, 41, 60] = 20.0
    plain = centre_mm(ct, pet)
    cut_ct, cut_pet = (
        resample(image, in_thirds(Grid.of(image), axis), interpolation="linear", outside=outside)
        for image, outside in ((ct, -1000.0), (pet, 0.0))
    )
    assert centre_mm(cut_ct, cut_pet) == pytest.approx(plain, abs=1e-3)


def test_a_hot_bladder_is_no_brain(caplog: pytest.LogCaptureFixture) -> None:
    pelvis = Grid.around((0.0, 0.0, -200.0), size_xyz=(64, 64, 64), spacing_mm=(4.0, 4.0, 4.0))
    suv = np.full(pelvis.shape_zyx, 0.6, dtype=np.float32)
    suv[20:40, 20:40, 20:40] = 60.0  # 512 ml without bone around it
    with caplog.at_level(logging.WARNING):
        centre_mm(head_ct(pelvis), pelvis.image(suv))
    assert "no head was found" in caplog.text


@many
@given(
    shape=st.tuples(*[st.integers(1, 7)] * 3),
    share=st.sampled_from([0.05, 0.5, 0.8, 0.95]),
    seed=st.integers(0, 1000),
)
def test_a_mask_is_opened_as_itk_does(shape: tuple[int, int, int], share: float, seed: int) -> None:
    mask = np.random.default_rng(seed).random(shape) < share
    image = sitk.GetImageFromArray(mask.astype(np.uint8))
    expected = sitk.GetArrayFromImage(sitk.BinaryMorphologicalOpening(image, (1, 1, 1)))
    assert np.array_equal(opened(mask), expected == 1)


def test_an_arm_beside_the_neck_does_not_move_the_box() -> None:
    ct = head_ct(CT)
    alone = centre_mm(ct, head_pet(PET))
    # An arm on one side, from below up to the brain.
    array = sitk.GetArrayFromImage(ct)
    z, y, x = np.meshgrid(*map(np.arange, CT.shape_zyx), indexing="ij", sparse=True)
    left_mm, back_mm, _ = np.moveaxis(CT.to_mm(np.stack(np.broadcast_arrays(x, y, z), -1)), -1, 0)
    array[(left_mm - 160.0) ** 2 + back_mm**2 < 35.0**2] = 40
    beside = centre_mm(CT.image(array), head_pet(PET))
    assert beside == pytest.approx(alone, abs=1.0)
