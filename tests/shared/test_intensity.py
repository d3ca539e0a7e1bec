"""PET units, and normalisations computed by hand."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given
from hypothesis import strategies as st

from shared.case import Case
from shared.errors import InputError
from shared.grid import Grid
from shared.intensity import normalise
from shared.spec import Identity, Sigmoid, Window, ZScore
from tests.scans import PET_GRID, ball, make_ct, make_pet
from tests.strategies import few


def converted(pet: sitk.Image) -> sitk.Image:
    return Case.of(ct_hu=make_ct(), pet=pet).pet_suv


@few
@given(suv_per_bqml=st.floats(2.1e-4, 6.6e-4))
def test_bqml_is_detected_over_the_published_factors(suv_per_bqml: float) -> None:
    suv = sitk.GetArrayFromImage(make_pet())
    pet = PET_GRID.image((suv / suv_per_bqml).astype(np.float32))
    found = sitk.GetArrayFromImage(converted(pet))
    np.testing.assert_allclose(found, suv, rtol=1e-4)


def test_the_conversion_is_logged_and_keeps_the_grid(caplog: pytest.LogCaptureFixture) -> None:
    pet = sitk.Cast(make_pet() * 2500.0, sitk.sitkInt32)
    found = converted(pet)
    assert "the unit is Bq/ml, not SUV; scaled by 0.0004 to" in caplog.text
    assert Grid.of(found).differences(PET_GRID) == []


def test_air_around_both_scans_does_not_change_the_factor() -> None:
    rng = np.random.default_rng(0)
    bqml = sitk.GetArrayFromImage(make_pet()) * rng.uniform(1500.0, 3500.0, PET_GRID.shape_zyx)
    pet, ct = PET_GRID.image(bqml.astype(np.float32)), make_ct()
    wider = sitk.ConstantPad(pet, (7, 0, 3), (2, 5, 11), 0.0)
    wider_ct = sitk.ConstantPad(ct, (5, 9, 0), (0, 6, 8), -1024.0)
    found = Case.of(ct_hu=wider_ct, pet=wider).pet_suv
    factors = [
        sitk.GetArrayViewFromImage(after).max() / sitk.GetArrayViewFromImage(before).max()
        for after, before in ((converted(pet), pet), (found, wider))
    ]
    assert 1e-4 < factors[0] < 1e-3
    assert factors[1] == pytest.approx(factors[0], rel=1e-4)


def test_suv_with_a_bladder_of_1000_is_left_alone(caplog: pytest.LogCaptureFixture) -> None:
    suv = sitk.GetArrayFromImage(make_pet())
    suv[ball(PET_GRID, (0.0, 0.0, 50.0), 30.0)] = 1000.0
    pet = PET_GRID.image(suv)
    assert converted(pet) is pet
    assert caplog.records == []


def test_air_padded_with_large_negatives_does_not_hide_the_unit() -> None:
    suv = sitk.GetArrayFromImage(make_pet())
    suv[suv < 0.1] = -1000.0
    pet = PET_GRID.image(suv)
    assert converted(pet) is pet


@pytest.mark.parametrize("value", [0.0, -5.0])
def test_a_pet_without_uptake_is_refused(value: float) -> None:
    pet = PET_GRID.image(np.full(PET_GRID.shape_zyx, value, dtype=np.float32))
    with pytest.raises(InputError, match=r"^PET socket images/pet: expected uptake"):
        converted(pet)


def volume(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float32).reshape(1, 1, -1)


@pytest.mark.parametrize(
    ("how", "values", "expected"),
    [
        (Identity(), (-3.0, 7.0), (-3.0, 7.0)),
        # (value + 160) / 400, clipped.
        (Window(low=-160.0, high=240.0), (-1000.0, -160.0, 40.0, 240.0, 3000.0), (0, 0, 0.5, 1, 1)),
        (Window(low=0.0, high=20.0, to_low=-1.0, to_high=1.0), (5.0, 30.0), (-0.5, 1.0)),
        # Mean 2, standard deviation sqrt(((1 - 2)^2 + 0 + (3 - 2)^2) / 3) = sqrt(2 / 3).
        (ZScore(), (1.0, 2.0, 3.0), (-(1.5**0.5), 0.0, 1.5**0.5)),
        # Of 2 and 4 alone: mean 3, deviation 1; zeros stay.
        (ZScore(nonzero=True), (0.0, 2.0, 4.0), (0.0, -1.0, 1.0)),
        # 9 is clipped to 4 first.
        (ZScore(clip=(0.0, 4.0)), (2.0, 9.0), (-1.0, 1.0)),
        (ZScore(), (5.0, 5.0), (0.0, 0.0)),
        (ZScore(nonzero=True), (0.0, 0.0), (0.0, 0.0)),
        # 1 / (1 + e^-1) at one scale above the centre.
        (Sigmoid(centre=5.0, scale=2.0), (5.0, 7.0), (0.5, 0.7310586)),
    ],
)
def test_normalisations_by_hand(
    how: Identity | Window | ZScore | Sigmoid, values: tuple[float], expected: tuple[float]
) -> None:
    found = normalise(volume(*values), how)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found.ravel(), expected, atol=1e-6)


def test_a_normalisation_leaves_its_input_alone() -> None:
    array = volume(1.0, 2.0, 3.0)
    for how in (Window(low=0.0, high=2.0), ZScore(), ZScore(nonzero=True), Sigmoid()):
        normalise(array, how)
    assert array.ravel().tolist() == [1.0, 2.0, 3.0]


def test_a_sigmoid_far_from_its_centre_does_not_overflow() -> None:
    found = normalise(volume(-1e4, 1e4), Sigmoid(centre=0.0, scale=1.0))
    np.testing.assert_allclose(found.ravel(), [0.0, 1.0], atol=1e-12)
