from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
import SimpleITK as sitk

from shared.grid import Grid
from shared.resample import Interpolation, average, crop, resample

INTERPOLATIONS: tuple[Interpolation, ...] = get_args(Interpolation)
SOURCE = Grid((20, 24, 28), (1.0, 1.0, 1.0), (-5.0, 3.0, 100.0))


def ramp(grid: Grid) -> sitk.Image:
    """An image whose value is its own x + 2 y + 3 z in mm: linear interpolation is exact."""
    z, y, x = np.meshgrid(*(np.arange(n) for n in grid.shape_zyx), indexing="ij")
    points = grid.to_mm(np.stack([x, y, z], axis=-1))
    return grid.image((points @ [1.0, 2.0, 3.0]).astype(np.float32))


@pytest.mark.parametrize("orientation", ["LPS", "RAI", "SLP", "PSR"])
def test_a_linear_ramp_is_reproduced_on_any_orientation(orientation: str) -> None:
    target = Grid.around(
        SOURCE.centre_mm, size_xyz=(9, 8, 7), spacing_mm=(0.7, 1.1, 1.3), orientation=orientation
    )
    result = resample(ramp(SOURCE), target, interpolation="linear", outside=0.0)
    assert Grid.of(result) == target
    expected = sitk.GetArrayFromImage(ramp(target))
    assert np.allclose(sitk.GetArrayFromImage(result), expected, atol=1e-3)


def test_cropping_first_changes_nothing() -> None:
    rng = np.random.default_rng(0)
    image = SOURCE.image(rng.normal(size=SOURCE.shape_zyx).astype(np.float32))
    target = Grid.around(SOURCE.centre_mm, size_xyz=(4, 4, 4), spacing_mm=(1.3, 1.3, 1.3))
    whole = sitk.Resample(
        image,
        target.size_xyz,
        sitk.Transform(),
        sitk.sitkLinear,
        target.origin_mm,
        target.spacing_mm,
        target.direction,
    )
    part = resample(image, target, interpolation="linear", outside=0.0)
    assert np.allclose(sitk.GetArrayFromImage(part), sitk.GetArrayFromImage(whole), atol=1e-5)


def test_outside_is_the_value_given_not_zero() -> None:
    image = SOURCE.image(np.full(SOURCE.shape_zyx, 40, dtype=np.int16))
    wide = Grid.around(SOURCE.centre_mm, size_xyz=(60, 60, 60), spacing_mm=(1.0, 1.0, 1.0))
    array = sitk.GetArrayFromImage(resample(image, wide, interpolation="linear", outside=-1024.0))
    assert set(np.unique(array)) == {-1024.0, 40.0}
    assert int((array == 40.0).sum()) == 20 * 24 * 28


def test_a_grid_apart_is_all_outside() -> None:
    apart = Grid.around((900.0, 0.0, 0.0), size_xyz=(3, 3, 3), spacing_mm=(1.0, 1.0, 1.0))
    image = SOURCE.image(np.ones(SOURCE.shape_zyx, dtype=np.int16))
    assert crop(image, apart) is None
    for interpolation, kind in (("linear", sitk.sitkFloat32), ("nearest", sitk.sitkInt16)):
        result = resample(image, apart, interpolation=interpolation, outside=-7.0)  # type: ignore[arg-type]
        assert result.GetPixelID() == kind
        assert set(np.unique(sitk.GetArrayFromImage(result))) == {-7.0}


def test_nearest_keeps_type_and_values() -> None:
    labels = SOURCE.image(np.indices(SOURCE.shape_zyx).sum(axis=0).astype(np.uint8) % 3)
    target = Grid.around(SOURCE.centre_mm, size_xyz=(9, 9, 9), spacing_mm=(3.0, 3.0, 3.0))
    result = resample(labels, target, interpolation="nearest", outside=0.0)
    assert result.GetPixelID() == sitk.sitkUInt8
    assert set(np.unique(sitk.GetArrayFromImage(result))) <= {0, 1, 2}


@pytest.mark.parametrize("interpolation", ["linear", "bspline"])
def test_a_mean_over_voxels_takes_noise_away_and_their_middles_do_not(
    interpolation: Interpolation,
) -> None:
    rng = np.random.default_rng(1)
    fine = Grid((64, 64, 64), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0))
    image = fine.image(rng.normal(size=fine.shape_zyx).astype(np.float32))
    coarse = Grid.around(fine.centre_mm, size_xyz=(10, 10, 10), spacing_mm=(4.0, 4.0, 4.0))
    # Of 4 x 4 x 4 voxels, and the halves of those beside them.
    mean = average(image, coarse, interpolation=interpolation, outside=0.0)
    assert 0.09 < sitk.GetArrayFromImage(mean).std() < 0.15
    odd = Grid.around((30.0, 30.0, 30.0), size_xyz=(9, 9, 9), spacing_mm=(4.0, 4.0, 4.0))
    middles = resample(image, odd, interpolation=interpolation, outside=0.0)
    assert sitk.GetArrayFromImage(middles).std() > 0.8


def test_the_middles_of_an_images_own_voxels_are_their_values() -> None:
    image = SOURCE.image(np.random.default_rng(2).normal(size=SOURCE.shape_zyx).astype(np.float32))
    for interpolation in INTERPOLATIONS:
        again = resample(image, SOURCE, interpolation=interpolation, outside=0.0)
        assert np.allclose(
            sitk.GetArrayFromImage(again), sitk.GetArrayFromImage(image), atol=1e-4
        ), interpolation


@pytest.mark.parametrize("interpolation", ["linear", "bspline"])
def test_a_ramp_is_its_own_mean_on_oblique_axes(interpolation: Interpolation) -> None:
    cos, sin = np.cos(0.3), np.sin(0.3)
    oblique = (cos, -sin, 0.0, sin, cos, 0.0, 0.0, 0.0, 1.0)
    target = Grid((3, 3, 3), (3.0, 2.0, 4.0), (4.0, 10.0, 108.0), oblique)
    found = average(ramp(SOURCE), target, interpolation=interpolation, outside=0.0)
    assert Grid.of(found) == target
    expected = sitk.GetArrayFromImage(ramp(target))
    assert np.allclose(sitk.GetArrayFromImage(found), expected, atol=0.02)


def test_nearly_parallel_axes_give_what_parallel_ones_do() -> None:
    fine = Grid((40, 40, 40), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0))
    noise = fine.image(np.random.default_rng(3).normal(size=fine.shape_zyx).astype(np.float32))
    image = sitk.DiscreteGaussian(noise, 1.5)
    straight = Grid.around(fine.centre_mm, size_xyz=(20, 20, 20), spacing_mm=(3.0, 3.0, 3.0))
    cos, sin = np.cos(1e-5), np.sin(1e-5)
    turned = replace(straight, direction=(cos, -sin, 0.0, sin, cos, 0.0, 0.0, 0.0, 1.0))
    one, other = (
        sitk.GetArrayFromImage(average(image, grid, interpolation="linear", outside=-5.0))
        for grid in (straight, turned)
    )
    assert np.array_equal(one == -5.0, other == -5.0)
    # Within the image a mean of 27 points is near the exact one.
    inner = (slice(5, 15),) * 3
    assert (one - other)[inner].std() < 0.2 * one[inner].std()


@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
def test_apart_from_the_image_a_mean_is_outside(interpolation: Interpolation) -> None:
    apart = Grid.around((900.0, 0.0, 0.0), size_xyz=(3, 3, 3), spacing_mm=(1.0, 1.0, 1.0))
    found = average(ramp(SOURCE), apart, interpolation=interpolation, outside=-7.0)
    assert set(np.unique(sitk.GetArrayFromImage(found))) == {-7.0}


def test_labels_are_not_averaged() -> None:
    labels = SOURCE.image(np.indices(SOURCE.shape_zyx).sum(axis=0).astype(np.uint8) % 3)
    target = Grid.around(SOURCE.centre_mm, size_xyz=(6, 6, 6), spacing_mm=(3.0, 3.0, 3.0))
    found = average(labels, target, interpolation="nearest", outside=0.0)
    expected = resample(labels, target, interpolation="nearest", outside=0.0)
    assert np.array_equal(sitk.GetArrayFromImage(found), sitk.GetArrayFromImage(expected))


def test_bspline_stays_within_the_range() -> None:
    step = np.zeros(SOURCE.shape_zyx, dtype=np.int16)
    step[:, :, 10:] = 1000
    target = Grid.around(SOURCE.centre_mm, size_xyz=(30, 10, 10), spacing_mm=(0.4, 1.0, 1.0))
    array = sitk.GetArrayFromImage(
        resample(SOURCE.image(step), target, interpolation="bspline", outside=0.0)
    )
    assert array.min() >= 0.0
    assert array.max() <= 1000.0
    assert array.max() > 900.0


def test_a_single_slice_can_be_resampled() -> None:
    flat = Grid((20, 20, 1), (1.0, 1.0, 3.0), (0.0, 0.0, 0.0))
    image = flat.image(np.full(flat.shape_zyx, 5.0, dtype=np.float32))
    target = Grid.around(flat.centre_mm, size_xyz=(4, 4, 3), spacing_mm=(4.0, 4.0, 1.0))
    array = sitk.GetArrayFromImage(resample(image, target, interpolation="linear", outside=-1.0))
    assert np.allclose(array, 5.0)
