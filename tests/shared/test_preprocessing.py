"""Geometry end to end: an oracle's mask through harmonise, crop and inverse, on every odd scan."""

from dataclasses import replace

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from evaluation.metrics.overlap import dice
from shared.case import Case, Clicks
from shared.errors import ModelError
from shared.grid import Grid, Point, bounds_mm
from shared.localise import head_neck_centre_mm
from shared.postprocessing import to_labels
from shared.preprocessing import prepare
from shared.spec import Box, Channel, Label, Overlap, Spec, Window
from tests.shared.heads import balls, head_case, head_ct, head_pet, points_of

LABELS = (Label(name="GTVp", value=1, channel=1), Label(name="GTVn", value=2, channel=2))
ORACLE = (
    Channel(source="segmentation", labels=(1,)),
    Channel(source="segmentation", labels=(2,)),
)
# 8 ml and 1 ml, the smaller one to the side and below, as a node is.
PRIMARY_ML, NODE_ML = 8.0, 1.0
NODE_OFFSET_MM = (31.0, 12.0, -22.0)


def oracle_spec(spacing_mm: float, *, extent_mm: Point = (120.0, 120.0, 120.0)) -> Spec:
    # Even sizes: boxes of different extent around one point then share one lattice.
    x, y, z = (2 * round(extent / spacing_mm / 2) for extent in extent_mm)
    return Spec(
        role="segmentation",
        spacing_mm=(spacing_mm,) * 3,
        region=Box(size_xyz=(x, y, z)),
        channels=ORACLE,
        labels=LABELS,
    )


def there_and_back(case: Case, spec: Spec, mask: sitk.Image, centre_mm: Point) -> sitk.Image:
    """What a perfect network's output becomes on the CT's grid."""
    prepared = prepare(case, spec, centre_mm=centre_mm, segmentation=mask)
    primary, node = prepared.tensor[0]
    probabilities = np.stack([1.0 - primary - node, primary, node])
    return to_labels(probabilities, prepared.grid, spec=spec, onto=Grid.of(case.ct_hu))


def array(image: sitk.Image) -> NDArray[np.uint8]:
    result: NDArray[np.uint8] = sitk.GetArrayFromImage(image)
    return result


def dices(result: sitk.Image, mask: sitk.Image) -> tuple[float, float]:
    a, b = array(result), array(mask)
    return dice(a == 1, b == 1), dice(a == 2, b == 2)


def centroid_index(image: sitk.Image, label: int) -> NDArray[np.float64]:
    return np.argwhere(array(image) == label).mean(axis=0)


def box(extent_mm: Point, spacing_mm: Point, centre_mm: Point, orientation: str = "LPS") -> Grid:
    """A grid of an extent given along x, y, z of the patient, stored in any order."""
    axis = {"L": 0, "R": 0, "P": 1, "A": 1, "S": 2, "I": 2}
    order = [axis[letter] for letter in orientation]
    x, y, z = (round(extent_mm[a] / spacing_mm[a]) for a in order)
    sx, sy, sz = (spacing_mm[a] for a in order)
    return Grid.around(
        centre_mm, size_xyz=(x, y, z), spacing_mm=(sx, sy, sz), orientation=orientation
    )


CT_MM = (0.977, 0.977, 3.27)
PET_MM = (4.0, 4.0, 3.27)
ABOVE = 75.0  # top of the scan above the brain's middle


def scan(
    height_mm: float,
    width_mm: float,
    spacing_mm: Point,
    orientation: str = "LPS",
    *,
    top_mm: float = ABOVE,
) -> Grid:
    centre = (0.0, 0.0, top_mm - height_mm / 2)
    return box((width_mm, width_mm, height_mm), spacing_mm, centre, orientation)


def tilted(grid: Grid, degrees: float) -> Grid:
    """The same box turned about the left-right axis through its own middle."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    turn = np.array([[1, 0, 0], [0, c, -s], [0, s, c]]) @ np.reshape(grid.direction, (3, 3))
    half = (np.asarray(grid.size_xyz) - 1) / 2 * np.asarray(grid.spacing_mm)
    x, y, z = (np.asarray(grid.centre_mm) - turn @ half).tolist()
    return replace(grid, origin_mm=(x, y, z), direction=tuple(turn.ravel().tolist()))


NORMAL = scan(330, 250, CT_MM)
SCANS: dict[str, tuple[Grid, Grid, float]] = {
    "330 mm": (NORMAL, scan(330, 300, PET_MM), 60.0),
    "290 mm": (scan(290, 250, CT_MM), scan(290, 300, PET_MM), 60.0),
    "250 mm, narrow body": (scan(250, 250, CT_MM), scan(250, 300, PET_MM), 45.0),
    "150 mm": (
        scan(150, 250, CT_MM, top_mm=-25.0),
        scan(150, 300, PET_MM, top_mm=-25.0),
        60.0,
    ),
    "180 mm field of view": (scan(290, 180, CT_MM), scan(290, 300, PET_MM), 60.0),
    "700 mm field of view": (
        scan(170, 700, (1.367, 1.367, 3.27), top_mm=-25.0),
        scan(200, 700, PET_MM),
        60.0,
    ),
    "flipped left to right and front to back": (
        scan(290, 250, CT_MM, "RAS"),
        scan(290, 300, PET_MM),
        60.0,
    ),
    "flipped head to foot": (scan(290, 250, CT_MM, "LPI"), scan(290, 300, PET_MM), 60.0),
    "permuted": (scan(290, 250, CT_MM, "SLP"), scan(290, 300, PET_MM, "PIR"), 60.0),
    "oblique": (tilted(scan(290, 250, CT_MM), 17.0), scan(290, 300, PET_MM), 60.0),
    "both oblique": (
        tilted(scan(290, 250, CT_MM, "RAS"), -12.0),
        tilted(scan(290, 300, PET_MM), 9.0),
        60.0,
    ),
    "PET smaller than CT": (NORMAL, scan(230, 190, PET_MM), 60.0),
    "PET larger than CT": (scan(230, 200, CT_MM), scan(600, 576, PET_MM), 60.0),
}


def lesions_in(ct: Grid, pet: Grid, centre_mm: Point) -> sitk.Image:
    """Lesions near the box's middle, moved up where a short scan ends above it."""
    lowest = max(bounds_mm(ct)[0][2], bounds_mm(pet)[0][2]) + 45.0
    x, y, z = centre_mm[0], centre_mm[1], max(centre_mm[2], lowest)
    node = (x + NODE_OFFSET_MM[0], y + NODE_OFFSET_MM[1], z + NODE_OFFSET_MM[2])
    return balls(ct, [(1, (x, y, z), PRIMARY_ML), (2, node, NODE_ML)])


@pytest.mark.parametrize("name", SCANS)
def test_an_oracle_survives_harmonise_crop_and_inverse_at_1_mm(name: str) -> None:
    ct, pet, neck_radius_mm = SCANS[name]
    case = head_case(ct, pet, neck_radius_mm=neck_radius_mm)
    centre = head_neck_centre_mm(case.overview)
    mask = lesions_in(ct, pet, centre)
    spec = oracle_spec(1.0, extent_mm=(120.0, 120.0, 200.0))
    result = there_and_back(case, spec, mask, centre)
    assert ct.differences(Grid.of(result)) == []
    primary, node = dices(result, mask)
    assert primary >= 0.99
    assert node >= 0.96
    for label in (1, 2):
        shift = centroid_index(result, label) - centroid_index(mask, label)
        assert np.all(np.abs(shift) < 0.5)


SMALL_MM = (150.0, 150.0, 170.0)
CENTRE_MM = (7.3, -4.1, -150.4)
SMALL_SCANS = {
    "plain": box(SMALL_MM, CT_MM, CENTRE_MM),
    "permuted": box(SMALL_MM, CT_MM, CENTRE_MM, "SLP"),
    "oblique": tilted(box(SMALL_MM, CT_MM, CENTRE_MM, "RAS"), 17.0),
}


@pytest.mark.parametrize("spacing_mm", [1.0, 1.5, 2.0, 3.0])
@pytest.mark.parametrize("name", SMALL_SCANS)
def test_the_crop_itself_costs_nothing(name: str, spacing_mm: float) -> None:
    ct = SMALL_SCANS[name]
    pet = box(SMALL_MM, PET_MM, CENTRE_MM)
    case = Case.of(
        ct_hu=ct.image(np.zeros(ct.shape_zyx, dtype=np.int16)),
        pet=pet.image(np.ones(pet.shape_zyx, dtype=np.float32)),
    )
    mask = lesions_in(ct, pet, CENTRE_MM)
    cropped = oracle_spec(spacing_mm, extent_mm=(90.0, 90.0, 90.0))
    whole = oracle_spec(spacing_mm, extent_mm=(180.0, 200.0, 220.0))
    with_crop = dices(there_and_back(case, cropped, mask, CENTRE_MM), mask)
    without = dices(there_and_back(case, whole, mask, CENTRE_MM), mask)
    assert min(without) > 0.8
    assert with_crop == pytest.approx(without, abs=0.005)


@settings(
    deadline=None,
    derandomize=True,
    max_examples=25,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(
    orientation=st.permutations("LPS").flatmap(
        lambda letters: st.tuples(*[st.sampled_from([a, "RAI"["LPS".index(a)]]) for a in letters])
    ),
    in_plane_mm=st.floats(0.6, 1.4),
    slice_mm=st.floats(0.8, 3.3),
    origin_mm=st.tuples(*[st.floats(-1500, 1500)] * 3),
    degrees=st.floats(-25, 25),
    voxel_shift=st.tuples(*[st.floats(-0.5, 0.5)] * 3),
)
def test_an_oracle_survives_any_geometry(
    orientation: tuple[str, ...],
    in_plane_mm: float,
    slice_mm: float,
    origin_mm: Point,
    degrees: float,
    voxel_shift: Point,
) -> None:
    centre = origin_mm
    ct = tilted(
        box(
            (110.0, 110.0, 110.0),
            (in_plane_mm, in_plane_mm, slice_mm),
            centre,
            "".join(orientation),
        ),
        degrees,
    )
    pet = box((130.0, 130.0, 130.0), (4.0, 4.0, 4.0), centre)
    case = Case.of(
        ct_hu=ct.image(np.zeros(ct.shape_zyx, dtype=np.int16)),
        pet=pet.image(np.ones(pet.shape_zyx, dtype=np.float32)),
    )
    node = tuple(a + b for a, b in zip(centre, (20.0, -14.0, 17.0), strict=True))
    mask = balls(ct, [(1, centre, PRIMARY_ML), (2, node, NODE_ML)])  # type: ignore[list-item]
    x, y, z = (c + s for c, s in zip(centre, voxel_shift, strict=True))
    result = there_and_back(case, oracle_spec(1.0, extent_mm=(80.0, 80.0, 80.0)), mask, (x, y, z))
    primary, small = dices(result, mask)
    assert primary >= 0.99
    assert small >= 0.96


def test_channels_see_the_same_place_from_different_grids() -> None:
    ct, pet = scan(250, 250, CT_MM), scan(400, 500, PET_MM)
    spot = (20.0, -10.0, -100.0)
    hu, suv = array(head_ct(ct)).astype(np.int16), sitk.GetArrayFromImage(head_pet(pet))
    hu[np.linalg.norm(points_of(ct) - spot, axis=-1) < 12.0] = 300
    suv[np.linalg.norm(points_of(pet) - spot, axis=-1) < 12.0] = 25.0
    spec = Spec(
        role="risk",
        spacing_mm=(2.0, 2.0, 2.0),
        region=Box(size_xyz=(48, 48, 48)),
        channels=(
            Channel(source="ct", normalisation=Window(low=-200.0, high=300.0)),
            Channel(source="pet", normalisation=Window(low=0.0, high=25.0)),
        ),
    )
    before = prepare(Case.of(ct_hu=head_ct(ct), pet=head_pet(pet)), spec, centre_mm=spot)
    case = Case.of(ct_hu=ct.image(hu), pet=pet.image(suv.astype(np.float32)))
    after = prepare(case, spec, centre_mm=spot)
    assert after.tensor.dtype == np.float32
    for change in np.abs(after.tensor - before.tensor)[0]:
        middle = np.argwhere(change > 0.1).mean(axis=0)
        assert middle == pytest.approx([23.5, 23.5, 23.5], abs=0.5)


@pytest.mark.parametrize("padding_hu", [-1024, -2048, -3024])
def test_padding_reads_as_air_whatever_the_scanner_writes(padding_hu: int) -> None:
    ct, pet = scan(230, 200, CT_MM), scan(230, 200, PET_MM)
    spec = Spec(
        role="risk",
        spacing_mm=(2.0, 2.0, 2.0),
        region=Overlap(),
        channels=(Channel(source="ct"),),
    )
    reference = Case.of(ct_hu=head_ct(ct, padding_hu=-1024), pet=head_pet(pet))
    padded = Case.of(ct_hu=head_ct(ct, padding_hu=padding_hu), pet=head_pet(pet))
    assert np.array_equal(prepare(padded, spec).tensor, prepare(reference, spec).tensor)


@pytest.mark.parametrize(
    "kind", [sitk.sitkInt16, sitk.sitkInt32, sitk.sitkFloat32, sitk.sitkFloat64]
)
def test_the_ct_s_type_changes_nothing(kind: int) -> None:
    case = head_case(scan(230, 200, CT_MM), scan(230, 200, PET_MM))
    spec = Spec(
        role="risk",
        spacing_mm=(3.0, 3.0, 3.0),
        region=Box(size_xyz=(32, 32, 32)),
        channels=(Channel(source="ct", normalisation=Window(low=-200.0, high=300.0)),),
    )
    other = Case.of(ct_hu=sitk.Cast(case.ct_hu, kind), pet=case.pet_suv)
    assert np.allclose(prepare(other, spec).tensor, prepare(case, spec).tensor, atol=1e-6)


def test_dose_is_zero_where_there_is_none_and_clicks_are_gaussians() -> None:
    case = head_case(scan(230, 200, CT_MM), scan(230, 200, PET_MM))
    spot = (4.0, -6.0, -30.0)
    spec = Spec(
        role="risk",
        spacing_mm=(2.0, 2.0, 2.0),
        region=Box(size_xyz=(15, 15, 15)),
        channels=(Channel(source="dose"), Channel(source="clicks", sigma_mm=4.0)),
    )
    clicked = replace(case, clicks=Clicks(foreground_mm=(spot,)))
    dose, clicks = prepare(clicked, spec, centre_mm=spot).tensor[0]
    assert not dose.any()
    assert clicks[7, 7, 7] == pytest.approx(1.0)
    assert clicks[7, 7, 9] == pytest.approx(np.exp(-0.5))  # 4 mm away: one sigma


def test_a_segmentation_channel_needs_a_segmentation() -> None:
    case = head_case(scan(230, 200, CT_MM), scan(230, 200, PET_MM))
    with pytest.raises(ModelError, match="no segmentation was given"):
        prepare(case, oracle_spec(3.0), centre_mm=(0.0, 0.0, 0.0))
