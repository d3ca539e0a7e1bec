"""What a mask says, counted by hand."""

from __future__ import annotations

from math import log1p
from typing import get_args

import numpy as np
import pytest
import SimpleITK as sitk

from shared.grid import Grid
from shared.lesion_features import DOSE_FEATURES, LesionFeature, lesion_vector
from shared.lesions import Lesion, centre_of, find_lesions, spread_mm
from tests.scans import in_thirds

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


def lesions(dose: sitk.Image | None = None) -> tuple[Lesion, ...]:
    return find_lesions(
        GRID.image(mask()), pet_suv=GRID.image(uptake()), ct_hu=GRID.image(tissue()), dose_gy=dose
    )


def node(volume_ml: float, **values: float | None) -> Lesion:
    given: dict[str, float | None]
    given = {"suvmax": 8.0, "suvmean": 4.0, "hu_mean": 40.0, "roundness": 0.9} | values
    return Lesion(label=2, volume_ml=volume_ml, centre_mm=(0.0, 0.0, 0.0), **given)  # type: ignore[arg-type]


NO_DOSE = [None, None, 0.0]


def dose_features(*found: Lesion) -> list[float | None]:
    """Return the features of the dose, None for what is unknown."""
    values = lesion_vector(found, DOSE_FEATURES).tolist()
    return [None if np.isnan(value) else round(value, 4) for value in values]


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


def roundness(part: np.ndarray, grid: Grid) -> float:
    labels = grid.image(part.astype(np.uint8))
    found = find_lesions(labels, pet_suv=labels, ct_hu=labels)
    return float(lesion_vector(found, ("gtvp_roundness",))[0])


def test_a_ball_is_round_and_a_rod_is_not() -> None:
    grid = Grid((40, 40, 40), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0))
    z, y, x = np.indices(grid.shape_zyx)
    ball = (z - 20) ** 2 + (y - 20) ** 2 + (x - 20) ** 2 < 12**2
    rod = (abs(y - 20) < 2) & (abs(x - 20) < 2) & (abs(z - 20) < 18)
    assert roundness(ball, grid) == pytest.approx(1.0, abs=0.005)
    # 3 x 3 x 35 mm: the ball of 315 mm3 has a radius of 4.22 mm and a variance of 10.68 mm2, the
    # rod (9 + 9 + 1225) / 12.
    assert roundness(rod, grid) == pytest.approx(10.68 / 103.58, abs=1e-4)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_cutting_voxels_keeps_roundness(axis: int) -> None:
    part = np.random.default_rng(0).random((6, 7, 5)) > 0.3
    grid = Grid((5, 7, 6), (2.0, 2.0, 3.0), (0.0, 0.0, 0.0))
    cut = np.repeat(part, 3, axis=2 - axis)
    expected = roundness(part, grid)
    assert roundness(cut, in_thirds(grid, axis)) == pytest.approx(expected, abs=1e-6)


ADDED_UP: tuple[LesionFeature, ...] = (
    "log_gtvp_ml",
    "log_gtvn_ml",
    "log_largest_gtvn_ml",
    "gtvp_count",
    "gtvn_count",
    "log_gtvp_tlg",
    "log_gtvn_tlg",
    "log_total_lesion_glycolysis",
    "spread_mm",
    "dose_known",
)


def test_of_an_empty_mask_sums_are_zero_and_what_is_measured_is_unknown() -> None:
    empty = GRID.image(np.zeros(GRID.shape_zyx, dtype=np.uint8))
    assert find_lesions(empty, pet_suv=empty, ct_hu=GRID.image(tissue())) == ()
    features: tuple[LesionFeature, ...] = get_args(LesionFeature)
    vector = lesion_vector((), features)
    assert vector.dtype == np.float32
    for feature, value in zip(features, vector.tolist(), strict=True):
        assert value == 0.0 if feature in ADDED_UP else np.isnan(value), feature


def test_a_label_that_is_absent_is_not_the_coldest_and_most_cystic() -> None:
    features: tuple[LesionFeature, ...] = get_args(LesionFeature)
    for mine, other, found in (("gtvp", "gtvn", lesions()[1:]), ("gtvn", "gtvp", lesions()[:1])):
        values = dict(zip(features, lesion_vector(found, features).tolist(), strict=True))
        unknown = {feature for feature, value in values.items() if np.isnan(value)}
        doses = {f"{other}_dose_gy"}
        assert unknown - doses == {f for f in features if mine in f and f not in ADDED_UP}


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


def test_doses_are_means_over_the_lesions_voxels() -> None:
    gy = np.full(GRID.shape_zyx, 50.0, dtype=np.float32)
    gy[3, 3, 3] = 59.0  # the primary: (8 x 50 + 59) / 9 = 51
    gy[6, 8, 8:11] = (60.0, 66.0, 69.0)  # the larger node: 65
    found = lesions(GRID.image(gy))
    assert [one.dose_gy for one in found] == pytest.approx([51.0, 65.0, 50.0])
    # The nodes: (0.06 x 65 + 0.02 x 50) / 0.08 = 61.25.
    assert dose_features(*found) == [51.0, 61.25, 1.0]
    assert dose_features(found[0]) == [51.0, None, 1.0]


def test_a_dose_on_its_own_grid_is_read_where_the_mask_lies() -> None:
    # 40 Gy at x = 0 mm and 2 Gy more every mm: the smaller node lies at x = 12 mm.
    own = Grid((8, 6, 6), (10.0, 9.0, 12.0), (0.0, 12.0, 20.0))
    x = np.broadcast_to(np.arange(8) * 10.0, own.shape_zyx)
    found = lesions(own.image((40.0 + 2.0 * x).astype(np.float32)))
    assert found[2].dose_gy == pytest.approx(64.0, abs=1e-3)
    assert found[1].dose_gy == pytest.approx(40.0 + 2.0 * (10.0 + 9 * 2.0), abs=1e-3)


def test_without_a_map_that_reaches_all_lesions_the_dose_is_not_known() -> None:
    assert [one.dose_gy for one in lesions()] == [None] * 3
    assert dose_features(*lesions()) == NO_DOSE
    assert dose_features() == NO_DOSE
    sixty = np.full(GRID.shape_zyx, 60.0, dtype=np.float32)
    # All voxels up to z index 3: the primary and the smaller node, the larger one cut off.
    low = GRID.image(sixty)[:, :, :4]
    assert [one.dose_gy for one in lesions(low)] == [60.0, None, 60.0]
    assert dose_features(*lesions(low)) == NO_DOSE
    # One voxel of the primary is cut off.
    assert [one.dose_gy for one in lesions(GRID.image(sixty)[2:])] == [None, 60.0, None]
    far = GRID.image(sixty)
    far.SetOrigin((900.0, 0.0, 0.0))
    assert [one.dose_gy for one in lesions(far)] == [None] * 3


@pytest.mark.parametrize(
    ("gy", "known"), [(29.9, False), (30.0, True), (100.0, True), (100.1, False), (6600.0, False)]
)
def test_the_mean_dose_of_all_lesions_is_believable(gy: float, known: bool) -> None:
    # Three quarters of the volume at 10 Gy more, one quarter at 30 Gy less.
    found = (node(3.0, dose_gy=gy + 10.0), node(1.0, dose_gy=gy - 30.0))
    assert dose_features(*found) == ([None, round(gy, 4), 1.0] if known else NO_DOSE)


def test_two_lesions_alike_both_count() -> None:
    alike = node(1.0, dose_gy=40.0)
    assert dose_features(alike, alike, node(1.0, dose_gy=70.0)) == [None, 50.0, 1.0]
