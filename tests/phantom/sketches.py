"""Patients whose scans are a few voxels: what is written of them is tested, not what they show."""

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from phantom.patient import Patient
from phantom.profile import Profile
from phantom.radiotherapy.planning import Planning
from phantom.streams import Stream, generator


def sketch(profile: Profile, *, neck_only: bool = False) -> Patient:
    """Return a patient of 8-voxel cubes; every second one has planning images."""
    rng = generator(profile.seed, profile.index, Stream.CT_NOISE)
    ct = rng.integers(-100, 100, (8, 8, 8)).astype(np.int16)
    pet = rng.random((8, 8, 8)).astype(np.float32)
    planning = Planning(
        ct_hu=_image(ct + 1, 9.0), dose_gy=_image(np.float32(70) * (ct > 0).astype(np.float32), 7.0)
    )
    return Patient(
        seed=profile.seed,
        index=profile.index,
        patient_id=profile.patient_id,
        centre=profile.centre,
        ct_hu=_image(ct - int(neck_only), 10.0),
        pet=_image(pet, 8.0),
        pet_unit="SUV",
        labels=_image((ct > 50).astype(np.uint8), 10.0),
        clinical=dict(profile.recorded.values),
        hpv_positive=profile.recorded.hpv_positive,
        hpv_true=profile.clinical.hpv_positive,
        followed_up=profile.recorded.followed_up,
        relapse=profile.outcome.relapse,
        rfs_days=profile.outcome.days,
        true_log_risk=profile.outcome.log_risk,
        planning=planning if profile.index % 2 == 0 else None,
    )


def _image(array: NDArray[np.generic], spacing_mm: float) -> sitk.Image:
    image = sitk.GetImageFromArray(array)
    image.SetSpacing((spacing_mm, spacing_mm, spacing_mm))
    image.SetOrigin((-30.0, -20.5, 400.25))
    return image
