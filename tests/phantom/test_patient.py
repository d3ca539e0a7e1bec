from collections.abc import Callable

import numpy as np
import pytest
import SimpleITK as sitk
from scipy import ndimage

from phantom.patient import Patient, make_patient
from phantom.record.centres import CENTRES

SEED = 20250
PatientOf = Callable[[str], Patient]


def _array(image: sitk.Image) -> np.ndarray:
    return sitk.GetArrayFromImage(image)


def _suv_on(reference: sitk.Image, patient: Patient) -> np.ndarray:
    pet = _array(sitk.Resample(patient.pet, reference, sitk.Transform(), sitk.sitkLinear, 0.0))
    if patient.pet_unit == "SUV":
        return pet
    # A brain of SUV 8 tells the factor of a scan in Bq/ml well enough.
    return pet * 8 / np.percentile(_array(patient.pet)[-20:], 99)


def _around_labels(patient: Patient) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return HU, SUV and labels in the smallest box around all labels and 5 voxels more."""
    (box,) = ndimage.find_objects((_array(patient.labels) > 0).astype(np.uint8))
    z, y, x = (slice(max(s.start - 5, 0), s.stop + 5) for s in box)
    ct, labels = patient.ct_hu[x, y, z], patient.labels[x, y, z]
    return _array(ct), _suv_on(ct, patient), _array(labels)


def _same(one: Patient, other: Patient) -> bool:
    return all(
        np.array_equal(_array(a), _array(b)) and a.GetOrigin() == b.GetOrigin()
        for a, b in (
            (one.ct_hu, other.ct_hu),
            (one.pet, other.pet),
            (one.labels, other.labels),
        )
    )


def test_two_runs_give_the_same_bits(neck_patient: PatientOf) -> None:
    first = neck_patient("HGJ")
    again = make_patient(first.seed, first.index, neck_only=True, centre="HGJ")
    assert _same(first, again)
    assert first.clinical == again.clinical
    assert not _same(first, make_patient(first.seed, 2, neck_only=True, centre="HGJ"))


@pytest.mark.parametrize("name", CENTRES)
def test_images_are_on_the_centres_grids(neck_patient: PatientOf, name: str) -> None:
    patient, centre = neck_patient(name), CENTRES[name]
    ct, pet, labels = patient.ct_hu, patient.pet, patient.labels
    assert ct.GetPixelID() == sitk.sitkInt16
    assert pet.GetPixelID() == sitk.sitkFloat32
    assert labels.GetPixelID() == sitk.sitkUInt8
    for image in (ct, pet):
        assert image.GetDirection() == (1, 0, 0, 0, 1, 0, 0, 0, 1)
    assert ct.GetSize()[:2] == (512, 512)
    assert (ct.GetSpacing()[0], ct.GetSpacing()[2]) in {(m.pixel_mm, m.slice_mm) for m in centre.ct}
    assert (pet.GetSize()[0], pet.GetSpacing()[0], pet.GetSpacing()[2]) in {
        (m.size, m.pixel_mm, m.slice_mm) for m in centre.pet
    }
    assert labels.GetSize() == ct.GetSize()
    assert labels.GetOrigin() == ct.GetOrigin()
    assert labels.GetSpacing() == ct.GetSpacing()
    assert ct.GetOrigin() != pet.GetOrigin()
    assert patient.patient_id == f"{name}-002"
    assert patient.clinical["CenterID"] == centre.centre_id


@pytest.mark.parametrize("name", CENTRES)
def test_labels_lie_in_the_body_and_not_in_air_or_bone(neck_patient: PatientOf, name: str) -> None:
    hu, _, labels = _around_labels(neck_patient(name))
    smooth = ndimage.median_filter(hu, (1, 3, 3))[labels > 0]
    assert np.mean(smooth < -250) < 0.005
    assert np.mean(smooth > 280) < 0.005
    assert 20 < np.median(hu[labels > 0]) < 110


@pytest.mark.parametrize("name", CENTRES)
def test_the_pet_is_hot_where_the_labels_are(neck_patient: PatientOf, name: str) -> None:
    hu, suv, labels = _around_labels(neck_patient(name))
    parts, count = ndimage.label(labels)
    peaks = ndimage.maximum(suv, parts, range(1, count + 1))
    assert min(peaks) > 3 * np.median(suv[(hu > -200) & (labels == 0)])


def test_anatomy_has_its_air_bone_and_uptake(neck_patient: PatientOf) -> None:
    patient = neck_patient("CHUM")
    coarse = patient.ct_hu[::2, ::2, ::2]
    hu, suv, area = _array(coarse), _suv_on(coarse, patient), coarse.GetSpacing()[0] ** 2
    dz = coarse.GetSpacing()[2]
    up = np.arange(hu.shape[0]) * dz
    top = up[np.flatnonzero((hu > -200).sum(axis=(1, 2)) * area > 500)[-1]]
    head = (up > top - 70) & (up < top - 40)
    neck = (up > top - 270) & (up < top - 170)
    assert 5 < np.median(suv[head][(hu[head] > 0) & (hu[head] < 100)]) < 14
    assert (hu[head] > 500).mean() * 256**2 * area > 1500
    assert np.median(suv[neck][hu[neck] > 0]) < 2
    # The airway: air that the body encloses, on every slice of the neck.
    enclosed = [
        ndimage.binary_fill_holes(ndimage.binary_closing(plane > -400)) & (plane < -600)
        for plane in hu[neck]
    ]
    assert min(part.sum() * area for part in enclosed) > 20


def test_neck_only_scans_the_same_patient() -> None:
    whole = make_patient(SEED, 3, centre="MDA")
    neck = make_patient(SEED, 3, centre="MDA", neck_only=True)
    assert neck.clinical == whole.clinical
    assert neck.true_log_risk == whole.true_log_risk
    slices = neck.labels.GetDepth()
    assert slices < whole.labels.GetDepth()
    shared = _array(whole.labels)[-slices:]
    both = (shared > 0) & (_array(neck.labels) > 0)
    assert both.sum() > 0.97 * max((shared > 0).sum(), (_array(neck.labels) > 0).sum())


def test_a_whole_body_has_lungs_and_a_hot_bladder_and_chus_a_long_pet() -> None:
    body = make_patient(SEED, 5, centre="CHUP")
    hu = _array(body.ct_hu)
    lungs = ((hu > -900) & (hu < -650)).sum(axis=(1, 2))
    heights = np.arange(len(lungs)) * body.ct_hu.GetSpacing()[2]
    below_top = heights[-1] - heights[int(np.argmax(lungs))]
    assert 350 < below_top < 600
    pet = _array(body.pet)
    if body.pet_unit == "SUV":
        assert pet[: len(pet) // 4].max() > 8
    chus = make_patient(SEED, 5, centre="CHUS")
    assert chus.pet.GetDepth() * chus.pet.GetSpacing()[2] > 840
    assert chus.ct_hu.GetDepth() * chus.ct_hu.GetSpacing()[2] < 440


def test_bad_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match="unknown centre LAB"):
        make_patient(1, 1, centre="LAB")
    with pytest.raises(ValueError, match="must not be negative"):
        make_patient(-1, 1)
