"""One product an axis against ITK's two steps."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import InputError
from shared.grid import Grid
from shared.separable import smooth, smooth_and_resample
from tests.strategies import many

ORIENTATIONS = ("LPS", "RAI", "SLP", "PSR", "IAL")
SIGMA_MM = st.one_of(st.just(0.0), st.floats(0.3, 3.0))
SPACING_MM = st.floats(0.5, 4.0)


def noise(grid: Grid) -> sitk.Image:
    rng = np.random.default_rng(0)
    return grid.image(rng.normal(0.0, 300.0, grid.shape_zyx).astype(np.int16))


def by_itk(image: sitk.Image, grid: Grid, sigma_mm: list[float], outside: float) -> sitk.Image:
    return sitk.Resample(
        smooth(sitk.Cast(image, sitk.sitkFloat32), np.array(sigma_mm)),
        grid.size_xyz,
        sitk.Transform(),
        sitk.sitkLinear,
        grid.origin_mm,
        grid.spacing_mm,
        grid.direction,
        outside,
        sitk.sitkFloat32,
    )


@many
@given(
    size=st.tuples(*[st.integers(1, 14)] * 3),
    spacing_mm=st.tuples(*[SPACING_MM] * 3),
    orientation=st.sampled_from(ORIENTATIONS),
    sigma_mm=st.lists(SIGMA_MM, min_size=3, max_size=3),
    target_size=st.tuples(*[st.integers(1, 9)] * 3),
    target_mm=st.tuples(*[SPACING_MM] * 3),
    towards=st.sampled_from(ORIENTATIONS),
    shift_mm=st.tuples(*[st.floats(-12.0, 12.0)] * 3),
)
def test_it_is_what_itk_does_in_two_steps(
    size: tuple[int, int, int],
    spacing_mm: tuple[float, float, float],
    orientation: str,
    sigma_mm: list[float],
    target_size: tuple[int, int, int],
    target_mm: tuple[float, float, float],
    towards: str,
    shift_mm: tuple[float, float, float],
) -> None:
    source = Grid.around(
        (10.0, -20.0, 700.0), size_xyz=size, spacing_mm=spacing_mm, orientation=orientation
    )
    x, y, z = (a + b for a, b in zip((10.0, -20.0, 700.0), shift_mm, strict=True))
    target = Grid.around((x, y, z), size_xyz=target_size, spacing_mm=target_mm, orientation=towards)
    image = noise(source)
    found = smooth_and_resample(image, target, sigma_mm=np.array(sigma_mm), outside=-1024.0)
    assert found is not None
    assert found.GetPixelID() == sitk.sitkFloat32
    assert Grid.of(found) == target
    expected = by_itk(image, target, sigma_mm, -1024.0)
    a, b = sitk.GetArrayFromImage(found), sitk.GetArrayFromImage(expected)
    # A voxel on the very edge may count as reached by one and not by the other.
    z_index, y_index, x_index = np.meshgrid(*map(np.arange, target.shape_zyx), indexing="ij")
    points = target.to_mm(np.stack([x_index, y_index, z_index], axis=-1))
    index = source.to_index(points)
    edge = np.abs(np.stack([index + 0.5, index - np.array(size) + 0.5])).min(axis=(0, -1)) < 1e-6
    assert np.allclose(a[~edge], b[~edge], atol=2e-3)


def test_oblique_axes_are_left_to_itk() -> None:
    source = Grid((8, 8, 8), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0))
    cos, sin = np.cos(0.01), np.sin(0.01)
    target = Grid(
        (4, 4, 4), (2.0,) * 3, (0.0, 0.0, 0.0), (cos, -sin, 0.0, sin, cos, 0.0, 0.0, 0.0, 1.0)
    )
    image = noise(source)
    assert smooth_and_resample(image, target, sigma_mm=np.ones(3), outside=0.0) is None


def test_voxels_too_fine_for_any_kernel_are_refused() -> None:
    source = Grid((9, 8, 7), (0.02, 1.0, 1.0), (0.0, 0.0, 0.0))
    target = Grid((3, 3, 3), (3.0, 3.0, 3.0), (0.0, 0.0, 0.0))
    with pytest.raises(InputError, match=r"at most 50 times finer .* found 0\.02 mm"):
        smooth_and_resample(noise(source), target, sigma_mm=np.ones(3), outside=0.0)


@pytest.mark.parametrize("sigma_mm", [0.5, 1.2, 3.0])
def test_what_is_constant_stays_so(sigma_mm: float) -> None:
    source = Grid((9, 8, 7), (1.0, 1.5, 2.0), (0.0, 0.0, 0.0))
    image = source.image(np.full(source.shape_zyx, 40, dtype=np.int16))
    target = Grid((3, 3, 3), (3.0, 3.0, 3.0), (1.0, 1.0, 1.0))
    found = smooth_and_resample(image, target, sigma_mm=np.full(3, sigma_mm), outside=0.0)
    assert found is not None
    assert np.allclose(sitk.GetArrayFromImage(found), 40.0, atol=1e-4)
