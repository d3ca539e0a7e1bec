"""One product an axis against what it stands for: a mean over many points."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import assume, given
from hypothesis import strategies as st

from shared.grid import Grid
from shared.separable import mean_onto
from tests.scans import in_thirds
from tests.strategies import many

ORIENTATIONS = ("LPS", "RAI", "SLP", "PSR", "IAL")
SPACING_MM = st.floats(0.5, 4.0)
MIDDLE_MM = (10.0, -20.0, 700.0)
POINTS = 200
OUTSIDE = -4.0


def noise(grid: Grid) -> sitk.Image:
    return grid.image(np.random.default_rng(0).normal(size=grid.shape_zyx).astype(np.float32))


def along(values: np.ndarray, source: Grid, target: Grid, axis: int) -> np.ndarray:
    """Average many points of each voxel of a target along one axis; beyond the values lies 0."""
    n, native_mm, step_mm = len(values), source.spacing_mm[axis], target.spacing_mm[axis]
    middle_mm = target.origin_mm[axis] + step_mm * np.arange(target.size_xyz[axis])
    shares = (np.arange(POINTS) + 0.5) / POINTS - 0.5
    points = (middle_mm[:, None] + step_mm * shares - source.origin_mm[axis]) / native_mm
    padded: np.ndarray = np.interp(points, np.arange(-1, n + 1), np.pad(values, 1), 0.0, 0.0)
    return padded.mean(axis=1)


@many
@given(
    size=st.tuples(*[st.integers(1, 14)] * 3),
    spacing_mm=st.tuples(*[SPACING_MM] * 3),
    target_size=st.tuples(*[st.integers(1, 9)] * 3),
    target_mm=st.tuples(*[SPACING_MM] * 3),
    shift_mm=st.tuples(*[st.floats(-12.0, 12.0)] * 3),
)
def test_a_voxel_is_the_mean_of_what_it_covers(
    size: tuple[int, int, int],
    spacing_mm: tuple[float, float, float],
    target_size: tuple[int, int, int],
    target_mm: tuple[float, float, float],
    shift_mm: tuple[float, float, float],
) -> None:
    source = Grid.around(MIDDLE_MM, size_xyz=size, spacing_mm=spacing_mm)
    x, y, z = (a + b for a, b in zip(MIDDLE_MM, shift_mm, strict=True))
    target = Grid.around((x, y, z), size_xyz=target_size, spacing_mm=target_mm)
    rng = np.random.default_rng(0)
    lines = [rng.uniform(0.5, 1.5, n) for n in size]

    def product(i: np.ndarray, j: np.ndarray, k: np.ndarray) -> np.ndarray:
        return OUTSIDE + k[:, None, None] * j[:, None] * i

    found = mean_onto(source.image(product(*lines)), target, outside=OUTSIDE)
    assert found is not None
    assert found.GetPixelID() == sitk.sitkFloat32
    assert Grid.of(found) == target
    expected = product(*(along(lines[axis], source, target, axis) for axis in range(3)))
    assert np.allclose(sitk.GetArrayFromImage(found), expected, atol=0.02)


@many
@given(
    size=st.tuples(*[st.integers(8, 16)] * 3),
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
    image, finer = noise(source), in_thirds(source, axis)
    cut = sitk.Resample(
        image,
        finer.size_xyz,
        sitk.Transform(),
        sitk.sitkLinear,
        finer.origin_mm,
        finer.spacing_mm,
        finer.direction,
    )
    found, expected = (mean_onto(some, target, outside=OUTSIDE) for some in (cut, image))
    assert found is not None
    assert expected is not None
    # Between the middles of the outermost voxels: beyond, a finer voxel ends sooner.
    z_index, y_index, x_index = np.meshgrid(*map(np.arange, target.shape_zyx), indexing="ij")
    index = np.stack([x_index, y_index, z_index], axis=-1)
    faces = np.stack([source.to_index(target.to_mm(index + side)) for side in (-0.5, 0.5)])
    inner = np.all((faces >= 0.0) & (faces <= np.array(size) - 1.0), axis=(0, -1))
    assume(inner.any())
    a, b = sitk.GetArrayFromImage(found), sitk.GetArrayFromImage(expected)
    assert np.allclose(a[inner], b[inner], atol=1e-4)


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


@pytest.mark.parametrize("voxels", [1, 7])
def test_air_around_an_image_changes_nothing(voxels: int) -> None:
    image = noise(Grid((voxels, 8, 7), (1.0, 1.5, 2.0), (0.0, 0.0, 0.0)))
    target = Grid((6, 7, 8), (2.5, 3.0, 3.0), (-4.0, -3.1, -2.0))
    wider = sitk.ConstantPad(image, (3, 0, 2), (1, 5, 4), OUTSIDE)
    found, expected = (mean_onto(some, target, outside=OUTSIDE) for some in (wider, image))
    assert found is not None
    assert expected is not None
    a, b = sitk.GetArrayFromImage(found), sitk.GetArrayFromImage(expected)
    assert np.allclose(a, b, atol=1e-5)
    assert b[0, 0, 0] == pytest.approx(OUTSIDE, abs=1e-5)
    assert b.max() > OUTSIDE + 1.0


def test_what_is_constant_stays_so() -> None:
    source = Grid((19, 18, 700), (1.0, 1.5, 0.02), (0.0, 0.0, 0.0))
    image = source.image(np.full(source.shape_zyx, 40, dtype=np.int16))
    target = Grid((4, 4, 4), (3.0, 3.0, 3.0), (3.0, 3.0, 2.0))
    found = mean_onto(image, target, outside=-1024.0)
    assert found is not None
    assert np.allclose(sitk.GetArrayFromImage(found), 40.0, atol=1e-3)
