"""Both scans in coarse voxels: where they lie, in which unit, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import SimpleITK as sitk

from shared.case import Case
from shared.errors import InputError
from shared.grid import Grid, bounds_mm, overlap
from shared.overview import COARSE_MM, Overview, hottest_mm
from tests.scans import CT_GRID, LESION_MM, PET_GRID, make_ct, make_pet


def test_a_voxel_lies_at_the_hottest_and_all_that_both_see_is_covered() -> None:
    pet = make_pet()
    pet[11, 17, 13] = 50.0
    overview = Overview.of(ct_hu=make_ct(), pet=pet)
    grid = Grid.of(overview.pet)
    assert Grid.of(overview.ct_hu).differences(grid) == []
    assert grid.spacing_mm == (COARSE_MM,) * 3
    index = grid.to_index(PET_GRID.to_mm([11, 17, 13]))
    assert index == pytest.approx(np.round(index), abs=1e-6)
    (low, high), (first, last) = (
        bounds_mm(overlap(CT_GRID, PET_GRID, spacing_mm=(COARSE_MM,) * 3)),
        bounds_mm(grid),
    )
    assert np.all(first <= low)
    assert np.all(last >= high)


def test_of_equally_hot_voxels_the_middle_is_taken() -> None:
    array = np.zeros(PET_GRID.shape_zyx, dtype=np.float32)
    array[4, 10, 20:25] = 7.0
    assert hottest_mm(PET_GRID.image(array)) == pytest.approx(PET_GRID.to_mm([22, 10, 4]).tolist())
    # The lesion of the small scans is a ball of one value.
    assert hottest_mm(make_pet()) == pytest.approx(LESION_MM, abs=PET_GRID.spacing_mm[0])


def test_a_case_s_overview_is_in_suv_whatever_the_pet_was_in() -> None:
    case = Case.of(ct_hu=make_ct(), pet=make_pet() * 2500.0)
    again = Overview.of(ct_hu=case.ct_hu, pet=case.pet_suv)
    values, expected = (sitk.GetArrayViewFromImage(seen.pet) for seen in (case.overview, again))
    assert expected.max() < 20.0
    np.testing.assert_allclose(values, expected, rtol=1e-5)


def test_scans_apart_are_refused() -> None:
    far = replace(PET_GRID, origin_mm=(900.0, 0.0, 0.0))
    with pytest.raises(InputError, match="expected scans that overlap"):
        Overview.of(ct_hu=make_ct(), pet=make_pet(far))
