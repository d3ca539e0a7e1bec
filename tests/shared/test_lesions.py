"""What a mask says, counted by hand."""

from __future__ import annotations

from math import log1p
from typing import get_args

import numpy as np
import pytest
import SimpleITK as sitk

from shared.grid import Grid
from shared.lesion_features import LesionFeature, lesion_vector
from shared.lesions import Lesion, centre_of, find_lesions, spread_mm

# A voxel of 2 x 2 x 5 mm holds 0.02 ml.
GRID = Grid((12, 10, 8), (2.0, 2.0, 5.0), (10.0, 20.0, 30.0))


def mask() -> np.ndarray:
    labels = np.zeros(GRID.shape_zyx, dtype=np.uint8)
    labels[1:3, 1:3, 1:3] = 1  # 8 voxels: 0.16 ml
    labels[3, 3, 3] = 1  # touches the first by a corner: one component of 9 voxels, 0.18 ml
    labels[1, 8, 1] = 2  # 0.02 ml
    labels[6, 8, 8:11] = 2  # 0.06 ml
    return labels


def uptake() -> np.ndarray:
    suv = np.ones(GRID.shape_zyx, dtype=np.float32)
    suv[mask() == 1] = 4.0
    suv[1, 1, 1] = 13.0
    suv[6, 8, 9] = 7.0
    return suv


def tissue() -> np.ndarray:
    hu = np.full(GRID.shape_zyx, -1000.0, dtype=np.float32)
    hu[mask() == 1] = 40.0
    hu[3, 3, 3] = 20_000.0  # a tooth's filling
    hu[6, 8, 8:11] = (10.0, 20.0, 30.0)
    return hu


def lesions() -> tuple[Lesion, ...]:
    return find_lesions(
        GRID.image(mask()), pet_suv=GRID.image(uptake()), ct_hu=GRID.image(tissue())
    )


def node(volume_ml: float, **values: float) -> Lesion:
    given = {"suvmax": 8.0, "suvmean": 4.0, "hu_mean": 40.0, "roundness": 0.9} | values
    return Lesion(label=2, volume_ml=volume_ml, centre_mm=(0.0, 0.0, 0.0), **given)


def test_components_volumes_and_uptake() -> None:
    found = [
        (one.label, round(one.volume_ml, 6), round(one.suvmax, 4), round(one.suvmean, 4))
        for one in lesions()
    ]
    # GTVp: (8 x 4 + 13) / 9 = 5; the larger node: (1 + 7 + 1) / 3 = 3.
    assert found == [(1, 0.18, 13.0, 5.0), (2, 0.06, 7.0, 3.0), (2, 0.02, 1.0, 1.0)]


def test_centroids_lie_in_the_patient() -> None:
    # The larger node: x 8..10, y 8, z 6.
    assert lesions()[1].centre_mm == pytest.approx((10 + 9 * 2.0, 20 + 8 * 2.0, 30 + 6 * 5.0))


def test_spread_is_the_largest_distance_between_centroids() -> None:
    nodes = lesions()[1:]
    # From x 1, y 8, z 1 to x 9, y 8, z 6: 16 mm and 25 mm.
    assert spread_mm(nodes) == pytest.approx((16.0**2 + 25.0**2) ** 0.5)
    assert spread_mm(nodes[:1]) == 0.0
    assert spread_mm(()) == 0.0


def test_the_centre_is_weighted_by_volume() -> None:
    nodes = lesions()[1:]
    # 0.06 ml at x index 9 and 0.02 ml at 1: (0.06 x 9 + 0.02 x 1) / 0.08 = 7.
    centre = centre_of(nodes)
    assert centre is not None
    assert centre[0] == pytest.approx(10 + 7 * 2.0)
    assert centre_of(()) is None


@pytest.mark.parametrize(
    ("feature", "expected"),
    [
        ("log_gtvp_ml", log1p(0.18)),
        ("log_gtvn_ml", log1p(0.08)),
        ("gtvp_suvmax", 13.0),
        ("gtvn_suvmax", 7.0),
        ("gtvp_count", 1.0),
        ("gtvn_count", 2.0),
        # 0.18 x 5 + 0.06 x 3 + 0.02 x 1 = 1.1.
        ("log_total_lesion_glycolysis", log1p(1.1)),
        ("gtvp_suvmean", 5.0),
        # (0.06 x 3 + 0.02 x 1) / 0.08.
        ("gtvn_suvmean", 2.5),
        ("log_gtvp_tlg", log1p(0.9)),
        ("log_gtvn_tlg", log1p(0.2)),
        ("log_largest_gtvn_ml", log1p(0.06)),
        # Metal counts as 300 HU: (8 x 40 + 300) / 9.
        ("gtvp_hu_mean", 620 / 9),
        # Air counts as -200 HU: (0.06 x 20 - 0.02 x 200) / 0.08.
        ("gtvn_hu_mean", -35.0),
        # Neither node has 1.5 ml, so both are asked.
        ("gtvn_hu_lowest", -200.0),
        ("gtvn_core_ratio", 3 / 7),
    ],
)
def test_features_by_hand(feature: LesionFeature, expected: float) -> None:
    assert lesion_vector(lesions(), (feature,)) == pytest.approx([expected], rel=1e-5)


def test_the_lowest_node_is_one_that_is_large_enough_for_fluid() -> None:
    small, cystic, solid = node(1.49, hu_mean=-30.0), node(1.5, hu_mean=12.0), node(9.0)
    lowest: tuple[LesionFeature, ...] = ("gtvn_hu_lowest",)
    assert lesion_vector((solid, cystic, small), lowest).tolist() == [12.0]
    assert lesion_vector((small,), lowest).tolist() == [-30.0]


def test_the_core_is_that_of_the_largest_node_and_needs_uptake() -> None:
    ratio: tuple[LesionFeature, ...] = ("gtvn_core_ratio",)
    assert lesion_vector((node(9.0), node(1.0, suvmean=8.0)), ratio).tolist() == [0.5]
    assert lesion_vector((node(9.0, suvmax=0.0, suvmean=0.0),), ratio).tolist() == [0.0]
    assert lesion_vector((node(9.0, suvmax=1.0, suvmean=-1.0),), ratio).tolist() == [0.0]


def test_a_ball_is_round_and_a_rod_is_not() -> None:
    grid = Grid((40, 40, 40), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0))
    z, y, x = np.indices(grid.shape_zyx)
    ball = (z - 20) ** 2 + (y - 20) ** 2 + (x - 20) ** 2 < 12**2
    rod = (abs(y - 20) < 2) & (abs(x - 20) < 2) & (abs(z - 20) < 18)

    def roundness(part: np.ndarray) -> float:
        labels = grid.image(part.astype(np.uint8))
        found = find_lesions(labels, pet_suv=labels, ct_hu=labels)
        return float(lesion_vector(found, ("gtvp_roundness",))[0])

    assert roundness(ball) == pytest.approx(1.0, abs=0.02)
    # 3 x 3 x 35 mm: the ball of 315 mm3 has 224 mm2 of surface, the rod 438.
    assert roundness(rod) == pytest.approx(224 / 438, abs=0.12)


def test_an_empty_mask_has_no_lesions_and_a_vector_of_zeros() -> None:
    empty = GRID.image(np.zeros(GRID.shape_zyx, dtype=np.uint8))
    assert find_lesions(empty, pet_suv=empty, ct_hu=GRID.image(tissue())) == ()
    features: tuple[LesionFeature, ...] = get_args(LesionFeature)
    vector = lesion_vector((), features)
    assert vector.dtype == np.float32
    assert vector.tolist() == [0.0] * len(features)


def test_negative_uptake_does_not_undo_glycolysis() -> None:
    suv = GRID.image(uptake() - 100.0)
    cold = find_lesions(GRID.image(mask()), pet_suv=suv, ct_hu=GRID.image(tissue()))
    assert lesion_vector(cold, ("log_total_lesion_glycolysis",)).tolist() == [0.0]


def test_scans_on_other_grids_are_read_where_the_mask_lies() -> None:
    labels = GRID.image(mask())
    coarse = Grid((6, 5, 8), (4.0, 4.0, 5.0), (11.0, 21.0, 30.0))
    hot = coarse.image(np.full(coarse.shape_zyx, 9.0, dtype=np.float32))
    inside = find_lesions(labels, pet_suv=hot, ct_hu=hot)
    assert [one.suvmean for one in inside] == pytest.approx([9.0] * 3)
    assert [one.hu_mean for one in inside] == pytest.approx([9.0] * 3)
    beside = sitk.Image(hot)
    beside.SetOrigin((500.0, 0.0, 0.0))
    outside = find_lesions(labels, pet_suv=beside, ct_hu=beside)
    assert {one.suvmax for one in outside} == {0.0}
    assert {one.hu_mean for one in outside} == {-200.0}
