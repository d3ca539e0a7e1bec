from typing import Any

import numpy as np
import pytest
import SimpleITK as sitk

from phantom.patient import Patient
from phantom.report.regions import find_regions

CT_MM, PET_MM = (1.0, 1.0, 2.0), (4.0, 4.0, 4.0)


def image(array: np.ndarray, spacing_mm: Any, origin_mm: Any) -> sitk.Image:
    made = sitk.GetImageFromArray(array)
    made.SetSpacing(spacing_mm)
    made.SetOrigin(origin_mm)
    return made


def patient(labels: np.ndarray) -> Patient:
    """A patient of crafted labels: CT values count up along x, the PET is coarser and larger."""
    hu = np.broadcast_to(np.arange(labels.shape[2], dtype=np.int16), labels.shape)
    # The first PET voxel covers the first four CT voxels along x and y, two along z.
    origin = (101.5 - 8, 201.5 - 8, 301.0 - 8)
    return Patient(
        seed=1,
        index=0,
        patient_id="MDA-000",
        centre="MDA",
        ct_hu=image(np.ascontiguousarray(hu), CT_MM, (100.0, 200.0, 300.0)),
        pet=image(np.zeros((16, 16, 16), dtype=np.float32), PET_MM, origin),
        pet_unit="SUV",
        labels=image(labels, CT_MM, (100.0, 200.0, 300.0)),
        clinical={},
        hpv_positive=None,
        hpv_true=True,
        followed_up=False,
        relapse=False,
        rfs_days=1.0,
        true_log_risk=0.0,
    )


def test_lesions_by_hand() -> None:
    labels = np.zeros((20, 40, 40), dtype=np.uint8)
    labels[4:8, 8:16, 12:20] = 1
    labels[12:14, 20:24, 20:24] = 2
    labels[12:14, 20:24, 30:34] = 2
    regions = find_regions(patient(labels))
    assert regions.part_labels == (1, 2, 2)
    # 4 x 8 x 8 and 2 x 4 x 4 voxels of 2 mm³.
    assert regions.part_ml == pytest.approx((0.512, 0.064, 0.064))
    assert regions.part_centres_mm[0] == pytest.approx((115.5, 211.5, 311.0))
    # PET voxels of 64 mm³: 2 x 2 x 2 of the primary, one of each node that is aligned with it.
    assert (regions.labels == 1).sum() == 8
    assert (regions.parts == 2).sum() == 1
    assert regions.hu.size == 4 * 8 * 8 + 2 * 2 * 4 * 4
    assert regions.hu.min() == 12
    assert regions.hu.max() == 33


def test_a_patient_without_lesions() -> None:
    regions = find_regions(patient(np.zeros((20, 40, 40), dtype=np.uint8)))
    assert regions.part_labels == ()
    assert not regions.labels.any()
    assert regions.hu.size == 0
