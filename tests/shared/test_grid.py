from dataclasses import replace

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.errors import InputError
from shared.grid import Grid, bounds_mm, overlap

OBLIQUE = (0.8, -0.6, 0.0, 0.6, 0.8, 0.0, 0.0, 0.0, 1.0)
GRID = Grid((4, 5, 6), (1.0, 2.0, 3.0), (10.0, -20.0, 30.0), OBLIQUE)


def test_of_reads_what_image_wrote() -> None:
    image = GRID.image(np.zeros(GRID.shape_zyx, dtype=np.uint8))
    assert Grid.of(image) == GRID


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("size_xyz", (4, 5, 7)),
        ("spacing_mm", (1.0, 2.0, 3.01)),
        ("origin_mm", (10.0, -20.0, 30.01)),
        ("direction", (0.8, 0.6, 0.0, -0.6, 0.8, 0.0, 0.0, 0.0, 1.0)),
    ],
)
def test_each_field_alone_makes_a_difference(field: str, value: object) -> None:
    differences = GRID.differences(replace(GRID, **{field: value}))
    assert len(differences) == 1
    assert differences[0].startswith(field.split("_")[0])


def test_a_grid_does_not_differ_from_itself_or_from_rounding() -> None:
    assert GRID.differences(GRID) == []
    assert GRID.differences(replace(GRID, origin_mm=(10.0001, -20.0, 30.0))) == []


@settings(deadline=None, derandomize=True, max_examples=50)
@given(
    index=st.tuples(*[st.floats(-50, 50)] * 3),
    spacing=st.tuples(*[st.floats(0.3, 10)] * 3),
    origin=st.tuples(*[st.floats(-2000, 2000)] * 3),
)
def test_mapping_agrees_with_itk_and_inverts(
    index: tuple[float, float, float],
    spacing: tuple[float, float, float],
    origin: tuple[float, float, float],
) -> None:
    grid = Grid((3, 4, 5), spacing, origin, OBLIQUE)
    image = grid.image(np.zeros(grid.shape_zyx, dtype=np.uint8))
    point = grid.to_mm(index)
    assert np.allclose(point, image.TransformContinuousIndexToPhysicalPoint(index), atol=1e-6)
    assert np.allclose(grid.to_index(point), index, atol=1e-6)


def test_around_is_centred_and_oriented() -> None:
    grid = Grid.around(
        (1.0, 2.0, 3.0), size_xyz=(4, 6, 8), spacing_mm=(1.0, 2.0, 0.5), orientation="RAS"
    )
    assert grid.centre_mm == pytest.approx((1.0, 2.0, 3.0))
    step = grid.to_mm([1, 1, 1]) - grid.to_mm([0, 0, 0])
    assert step == pytest.approx([-1.0, -2.0, 0.5])
    assert grid.voxel_ml == pytest.approx(0.001)


def test_contains_reaches_the_voxels_outer_faces() -> None:
    grid = Grid((2, 2, 2), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0))
    inside = grid.contains([[-0.49, 0.0, 0.0], [-0.51, 0.0, 0.0], [1.5, 1.5, 1.5]])
    assert inside.tolist() == [True, False, True]


def test_image_refuses_another_shape() -> None:
    with pytest.raises(ValueError, match=r"expected an array of shape \(6, 5, 4\)"):
        GRID.image(np.zeros((4, 5, 6), dtype=np.uint8))


def test_overlap_is_the_common_box() -> None:
    ct = Grid((10, 10, 10), (1.0, 1.0, 1.0), (0.5, 0.5, 0.5))
    pet = Grid((5, 5, 5), (4.0, 4.0, 4.0), (4.0, -2.0, 6.0))
    low, high = bounds_mm(overlap(ct, pet, spacing_mm=(1.0, 1.0, 1.0)))
    assert low == pytest.approx([2.0, 0.0, 4.0])
    assert high == pytest.approx([10.0, 10.0, 10.0])


def test_overlap_refuses_scans_apart() -> None:
    ct = Grid((10, 10, 10), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0))
    pet = replace(ct, origin_mm=(0.0, 0.0, 50.0))
    with pytest.raises(InputError, match=r"expected scans that overlap, found CT from .* and PET"):
        overlap(ct, pet, spacing_mm=(1.0, 1.0, 1.0))


def test_overlap_refuses_oblique_scans_whose_boxes_alone_meet() -> None:
    # Two thin diagonal plates, side by side: their boxes along LPS overlap, the plates do not.
    diagonal = (0.70710678, -0.70710678, 0.0, 0.70710678, 0.70710678, 0.0, 0.0, 0.0, 1.0)
    ct = Grid((100, 4, 20), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0), diagonal)
    pet = replace(ct, origin_mm=(30.0, 0.0, 0.0))
    with pytest.raises(InputError, match="expected scans that overlap"):
        overlap(ct, pet, spacing_mm=(1.0, 1.0, 1.0))


def test_grid_survives_a_file(tmp_path) -> None:  # type: ignore[no-untyped-def]
    for suffix in (".mha", ".nii.gz"):
        path = str(tmp_path / f"image{suffix}")
        sitk.WriteImage(GRID.image(np.zeros(GRID.shape_zyx, dtype=np.uint8)), path)
        assert GRID.differences(Grid.of(sitk.ReadImage(path))) == []


@given(point=st.tuples(*[st.floats(-500.0, 500.0)] * 3))
def test_a_lattice_through_a_point_covers_the_same_box(point: tuple[float, float, float]) -> None:
    moved = GRID.through(point)
    index = moved.to_index(point)
    assert np.allclose(index, np.round(index), atol=1e-6)
    assert moved.contains(GRID.corners_mm()).all()
    assert np.array_equal(np.subtract(moved.size_xyz, GRID.size_xyz), (2, 2, 2))


@given(most_mm=st.floats(0.3, 20.0))
def test_a_finer_lattice_fills_the_same_box(most_mm: float) -> None:
    finer = GRID.finer(most_mm)
    assert np.allclose(finer.corners_mm(), GRID.corners_mm(), atol=1e-6)
    parts = np.divide(finer.size_xyz, GRID.size_xyz)
    assert np.all(parts == np.round(parts))
    assert max(finer.spacing_mm) <= most_mm + 1e-6
    # No more parts than are needed.
    assert np.all(np.array(GRID.spacing_mm) > most_mm * (parts - 1))
