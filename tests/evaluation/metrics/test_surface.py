from itertools import product

import numpy as np
import pytest
import torch
from grand_challenge_metrics.stats import percentile_hausdorff_distance
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from monai.metrics import compute_hausdorff_distance, compute_surface_dice
from scipy.spatial.distance import cdist

from evaluation.metrics.surface import (
    hd95_mm,
    surface_agreement,
    surface_dice,
    surface_distances_mm,
)
from tests.strategies import few

ISOTROPIC = (1.0, 1.0, 1.0)
SHAPE = (5, 7, 6)
MASK = arrays(bool, SHAPE, elements=st.sampled_from([True, True, False]))
SPACING = st.tuples(
    st.sampled_from([1.0, 1.5, 3.27]), *[st.sampled_from([0.488, 0.9765625, 1.367])] * 2
)


def cube(first: int, last: int, *, size: int = 9) -> np.ndarray:
    mask = np.zeros((size, size, size), dtype=bool)
    mask[first : last + 1, first : last + 1, first : last + 1] = True
    return mask


def test_a_cube_within_a_cube_by_hand() -> None:
    # Surfaces: 3^3 - 1 = 26 voxels inside, 5^3 - 3^3 = 98 around. From inside all are 1 mm away;
    # from around 6 x 9 = 54 in the faces 1 mm, 12 x 3 = 36 in the edges sqrt 2, 8 corners sqrt 3.
    inner, outer = cube(3, 5), cube(2, 6)
    # The 93rd of 98 sorted distances, int(0.95 x 97) = 92, is one of the corners'.
    assert hd95_mm(inner, outer, ISOTROPIC) == pytest.approx(np.sqrt(3))
    for tolerance, near in ((0.5, 0), (1.0, 26 + 54), (1.5, 26 + 54 + 36), (2.0, 26 + 98)):
        found = surface_dice(inner, outer, ISOTROPIC, tolerance_mm=tolerance)
        assert found == pytest.approx(near / (26 + 98))


@pytest.mark.parametrize(("axis", "distance_mm"), [(0, 3 * 3.27), (1, 3 * 0.98), (2, 3 * 1.5)])
def test_spacing_is_along_z_y_x(axis: int, distance_mm: float) -> None:
    one, other = np.zeros((2, 5, 5, 5), dtype=bool)
    one[1, 1, 1] = True
    np.moveaxis(other, axis, 0)[4, 1, 1] = True
    spacing = (3.27, 0.98, 1.5)
    assert hd95_mm(one, other, spacing) == pytest.approx(distance_mm)
    assert surface_dice(one, other, spacing, tolerance_mm=distance_mm) == 1.0
    assert surface_dice(one, other, spacing, tolerance_mm=distance_mm - 0.01) == 0.0


def test_the_tolerance_is_two_millimetres_and_counts_itself() -> None:
    one, other = np.zeros((2, 1, 1, 9), dtype=bool)
    one[0, 0, 0] = True
    other[0, 0, 5] = True
    assert surface_dice(one, other, (1.0, 1.0, 0.4)) == 1.0
    assert surface_dice(one, other, (1.0, 1.0, 0.401)) == 0.0


def test_equal_masks_are_at_no_distance() -> None:
    found = surface_agreement(cube(2, 6), cube(2, 6), ISOTROPIC)
    assert found.hd95_mm == 0.0
    assert found.surface_dice == 1.0


def test_empty_sides_have_no_distance() -> None:
    empty, full = np.zeros((9, 9, 9), dtype=bool), cube(2, 6)
    nothing, unreached = surface_distances_mm(empty, full, ISOTROPIC)
    assert nothing.size == 0
    assert unreached.size == 98
    assert np.isinf(unreached).all()
    for one, other in ((empty, full), (full, empty)):
        found = surface_agreement(one, other, ISOTROPIC)
        assert np.isnan(found.hd95_mm)
        assert found.surface_dice == 0.0
    both = surface_agreement(empty, empty, ISOTROPIC)
    assert np.isnan(both.hd95_mm)
    assert np.isnan(both.surface_dice)


def test_an_outlier_far_away_is_measured() -> None:
    truth = np.zeros((2, 2, 4000), dtype=bool)
    truth[0, 0, 0] = True
    prediction = truth.copy()
    prediction[0, 0, 3999] = True
    found = surface_agreement(prediction, truth, ISOTROPIC)
    # Of two predicted surface voxels int(0.95 x 1) = 0 takes the nearer one.
    assert found.hd95_mm == 0.0
    assert found.surface_dice == pytest.approx(2 / 3)


def test_bad_input_is_refused() -> None:
    mask = cube(2, 6)
    with pytest.raises(ValueError, match="expected masks of one shape"):
        hd95_mm(mask, mask[1:], ISOTROPIC)
    for spacing in ((1.0, 0.0, 1.0), (1.0, 1.0, float("nan")), (1.0, 1.0)):
        with pytest.raises(ValueError, match="expected a positive spacing along z, y, x"):
            hd95_mm(mask, mask, spacing)  # type: ignore[arg-type]


def brute_force(
    one: np.ndarray, other: np.ndarray, spacing: tuple[float, float, float]
) -> tuple[np.ndarray, np.ndarray]:
    """Distances of each side's surface to the other's, voxel by voxel."""
    points = []
    for mask in (one, other):
        padded = np.pad(mask, 1)
        steps = [s for s in product((-1, 0, 1), repeat=3) if sum(map(abs, s)) == 1]
        surface = [
            voxel
            for voxel in np.argwhere(mask)
            if not all(padded[tuple(voxel + 1 + step)] for step in np.array(steps))
        ]
        points.append(np.array(surface) * np.array(spacing))
    table = cdist(*points)
    return table.min(axis=1), table.min(axis=0)


@few
@given(one=MASK, other=MASK, spacing=SPACING)
def test_distances_are_those_of_brute_force_and_grand_challenge(
    one: np.ndarray, other: np.ndarray, spacing: tuple[float, float, float]
) -> None:
    assume(one.any() and other.any())
    directions = brute_force(one, other, spacing)
    for mine, theirs in zip(surface_distances_mm(one, other, spacing), directions, strict=True):
        np.testing.assert_allclose(np.sort(mine), np.sort(theirs), rtol=0, atol=1e-9)
    found = surface_agreement(one, other, spacing)
    expected = max(np.sort(d)[int(0.95 * (d.size - 1))] for d in directions)
    assert found.hd95_mm == pytest.approx(expected, abs=1e-9)
    outside = percentile_hausdorff_distance(one, other, voxelspacing=spacing)
    assert found.hd95_mm == pytest.approx(outside, abs=1e-9)
    near = sum((d <= 2.0).sum() for d in directions) / sum(d.size for d in directions)
    assert found.surface_dice == pytest.approx(near, abs=1e-12)


# It warns of an argument that it passes to itself.
@pytest.mark.filterwarnings("ignore:.*always_return_as_numpy.*:FutureWarning")
@few
@given(one=MASK, other=MASK, spacing=SPACING, tolerance=st.sampled_from([0.5, 1.1, 2.0]))
def test_surface_dice_and_distances_are_those_of_monai(
    one: np.ndarray,
    other: np.ndarray,
    spacing: tuple[float, float, float],
    tolerance: float,
) -> None:
    assume(one.any() and other.any())
    tensors = (torch.from_numpy(mask)[None, None] for mask in (one, other))
    mine, real = tensors
    theirs = compute_surface_dice(mine, real, [tolerance], include_background=True, spacing=spacing)
    found = surface_dice(one, other, spacing, tolerance_mm=tolerance)
    assert found == pytest.approx(float(theirs), abs=1e-6)
    farthest = compute_hausdorff_distance(
        mine, real, include_background=True, percentile=None, spacing=spacing
    )
    reached = max(d.max() for d in surface_distances_mm(one, other, spacing))
    assert reached == pytest.approx(float(farthest), abs=1e-3)
    assert hd95_mm(one, other, spacing) <= reached


@few
@given(one=MASK, other=MASK, spacing=SPACING, shift=st.tuples(*[st.integers(0, 3)] * 3))
def test_agreement_is_symmetric_bounded_and_the_same_elsewhere(
    one: np.ndarray,
    other: np.ndarray,
    spacing: tuple[float, float, float],
    shift: tuple[int, int, int],
) -> None:
    assume(one.any() and other.any())
    found, turned = (surface_agreement(*sides, spacing) for sides in ((one, other), (other, one)))
    assert found == turned
    assert found.hd95_mm >= 0.0
    assert 0.0 <= found.surface_dice <= 1.0
    width = [(step, 3 - step) for step in shift]
    moved = surface_agreement(np.pad(one, width), np.pad(other, width), spacing)
    assert moved.hd95_mm == pytest.approx(found.hd95_mm, abs=1e-9)
    assert moved.surface_dice == found.surface_dice
    doubled = surface_agreement(
        one, other, (2 * spacing[0], 2 * spacing[1], 2 * spacing[2]), tolerance_mm=4.0
    )
    assert doubled.hd95_mm == pytest.approx(2 * found.hd95_mm)
    assert doubled.surface_dice == found.surface_dice
