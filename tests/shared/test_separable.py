"""One product an axis against what it stands for: a mean over many points."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given
from hypothesis import strategies as st

from shared.grid import Grid
from shared.separable import mean_onto
from tests.strategies import many

ORIENTATIONS = ("LPS", "RAI", "SLP", "PSR", "IAL")
SPACING_MM = st.floats(0.5, 4.0)
MIDDLE_MM = (10.0, -20.0, 700.0)
POINTS = 40
OUTSIDE = -1024.0


def noise(grid: Grid) -> sitk.Image:
    rng = np.random.default_rng(0)
    return grid.image(rng.normal(0.0, 300.0, grid.shape_zyx).astype(np.int16))


def along(values: np.ndarray, spacing_mm: float, target: Grid, axis: int) -> np.ndarray:
    """Average many interpolated points of each voxel of a target, along one axis of an image."""
    step = target.spacing_mm[axis] / spacing_mm
    first = (target.origin_mm[axis] - MIDDLE_MM[axis]) / spacing_mm + (len(values) - 1) / 2.0
    middle = first + step * np.arange(target.size_xyz[axis])
    low = np.maximum(middle - step / 2.0, -0.5)
    high = np.minimum(middle + step / 2.0, len(values) - 0.5)
    shares = (np.arange(POINTS) + 0.5) / POINTS
    points = low[:, None] + (high - low)[:, None] * shares
    mean = np.interp(points, np.arange(len(values)), values).mean(axis=1)
    return np.where((middle < -0.5) | (middle > len(values) - 0.5), OUTSIDE, mean)


@many
@given(
    size=st.tuples(*[st.integers(1, 14)] * 3),
    spacing_mm=st.tuples(*[SPACING_MM] * 3),
    target_size=st.tuples(*[st.integers(1, 9)] * 3),
    target_mm=st.tuples(*[SPACING_MM] * 3),
    shift_mm=st.tuples(*[st.floats(-12.0, 12.0)] * 3),
    axis=st.integers(0, 2),
)
def test_a_voxel_is_the_mean_of_what_it_covers(
    size: tuple[int, int, int],
    spacing_mm: tuple[float, float, float],
    target_size: tuple[int, int, int],
    target_mm: tuple[float, float, float],
    shift_mm: tuple[float, float, float],
    axis: int,
) -> None:
    source = Grid.around(MIDDLE_MM, size_xyz=size, spacing_mm=spacing_mm)
    x, y, z = (a + b for a, b in zip(MIDDLE_MM, shift_mm, strict=True))
    target = Grid.around((x, y, z), size_xyz=target_size, spacing_mm=target_mm)
    # Values that differ along one axis alone: the others can only reach them or not.
    line = np.random.default_rng(0).normal(0.0, 300.0, size[axis])
    shape = [1, 1, 1]
    shape[2 - axis] = size[axis]
    image = source.image(np.broadcast_to(line.reshape(shape), source.shape_zyx).copy())
    found = mean_onto(image, target, outside=OUTSIDE)
    assert found is not None
    assert found.GetPixelID() == sitk.sitkFloat32
    assert Grid.of(found) == target
    array = np.moveaxis(sitk.GetArrayFromImage(found), 2 - axis, 0)
    expected = along(line, spacing_mm[axis], target, axis)
    seen = (array != OUTSIDE).any(axis=0)
    # A mean of points is itself a little off, most where a voxel covers much.
    assert np.allclose(array[:, seen], expected[:, None], atol=15.0 * target_mm[axis])


@many
@given(
    size=st.tuples(*[st.integers(2, 12)] * 3),
    spacing_mm=st.tuples(*[SPACING_MM] * 3),
    orientation=st.sampled_from(ORIENTATIONS),
    axis=st.integers(0, 2),
    target_mm=st.tuples(*[SPACING_MM] * 3),
    towards=st.sampled_from(ORIENTATIONS),
    shift_mm=st.tuples(*[st.floats(-2.0, 2.0)] * 3),
)
def test_finer_voxels_of_the_same_scan_give_the_same(
    size: tuple[int, int, int],
    spacing_mm: tuple[float, float, float],
    orientation: str,
    axis: int,
    target_mm: tuple[float, float, float],
    towards: str,
    shift_mm: tuple[float, float, float],
) -> None:
    source = Grid.around(MIDDLE_MM, size_xyz=size, spacing_mm=spacing_mm, orientation=orientation)
    x, y, z = (a + b for a, b in zip(MIDDLE_MM, shift_mm, strict=True))
    target = Grid.around((x, y, z), size_xyz=(5, 4, 3), spacing_mm=target_mm, orientation=towards)
    image = sitk.Cast(noise(source), sitk.sitkFloat32)
    finer_size, finer_mm = list(size), list(spacing_mm)
    finer_size[axis], finer_mm[axis] = 3 * size[axis], spacing_mm[axis] / 3.0
    finer = Grid.around(
        MIDDLE_MM,
        size_xyz=(finer_size[0], finer_size[1], finer_size[2]),
        spacing_mm=(finer_mm[0], finer_mm[1], finer_mm[2]),
        orientation=orientation,
    )
    cut = sitk.Resample(
        image, finer.image(np.zeros(finer.shape_zyx)), outputPixelType=sitk.sitkFloat32
    )
    found, expected = (mean_onto(some, target, outside=OUTSIDE) for some in (cut, image))
    assert found is not None
    assert expected is not None
    # A voxel whose middle lies on the very rim may count as reached by one and not by the other.
    z_index, y_index, x_index = np.meshgrid(*map(np.arange, target.shape_zyx), indexing="ij")
    index = source.to_index(target.to_mm(np.stack([x_index, y_index, z_index], axis=-1)))
    rim = np.abs(np.stack([index + 0.5, index - np.array(size) + 0.5])).min(axis=(0, -1)) < 1e-6
    a, b = sitk.GetArrayFromImage(found), sitk.GetArrayFromImage(expected)
    assert np.allclose(a[~rim], b[~rim], atol=2e-2)


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize("towards", ORIENTATIONS)
def test_axes_in_another_order_and_sense_change_nothing(orientation: str, towards: str) -> None:
    source = Grid.around(MIDDLE_MM, size_xyz=(9, 8, 7), spacing_mm=(1.0, 1.5, 2.0))
    target = Grid.around(MIDDLE_MM, size_xyz=(3, 4, 5), spacing_mm=(3.0, 2.0, 2.5))
    image = noise(source)
    straight = mean_onto(image, target, outside=OUTSIDE)
    turned_target = Grid.of(sitk.DICOMOrient(target.image(np.zeros(target.shape_zyx)), towards))
    found = mean_onto(sitk.DICOMOrient(image, orientation), turned_target, outside=OUTSIDE)
    assert straight is not None
    assert found is not None
    assert np.allclose(
        sitk.GetArrayFromImage(sitk.DICOMOrient(found, "LPS")),
        sitk.GetArrayFromImage(straight),
        atol=1e-3,
    )


def test_oblique_axes_are_left_to_others() -> None:
    source = Grid((8, 8, 8), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0))
    cos, sin = np.cos(0.01), np.sin(0.01)
    target = Grid(
        (4, 4, 4), (2.0,) * 3, (0.0, 0.0, 0.0), (cos, -sin, 0.0, sin, cos, 0.0, 0.0, 0.0, 1.0)
    )
    assert mean_onto(noise(source), target, outside=0.0) is None


def test_what_is_constant_stays_so_up_to_the_outer_faces() -> None:
    source = Grid((9, 8, 7), (1.0, 1.5, 0.01), (0.0, 0.0, 0.0))
    image = source.image(np.full(source.shape_zyx, 40, dtype=np.int16))
    target = Grid((5, 5, 3), (3.0, 3.0, 3.0), (-3.0, 0.0, -3.0))
    found = mean_onto(image, target, outside=-7.0)
    assert found is not None
    array = sitk.GetArrayFromImage(found)
    # Middles at x -3 to 9 mm, y 0 to 12 and z -3 to 3: the image reaches from -0.5 to 8.5,
    # from -0.75 to 11.25 and from -0.005 to 0.065.
    expected = np.full((3, 5, 5), -7.0)
    expected[1, :4, 1:4] = 40.0
    assert np.allclose(array, expected, atol=1e-4)
