"""What a voxel's value means: PET units, and the normalisations that a network was trained on."""

from __future__ import annotations

import logging

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from shared.errors import InputError
from shared.spec import Identity, Normalisation, Sigmoid, Window, ZScore

log = logging.getLogger(__name__)

AIR_HU = -1024.0
# Soft tissue and fat against air, on CT.
BODY_HU = -300.0
# Half the body's voxels take up less than 1 SUV; the smallest published Bq/ml to SUV factor
# (2.1e-4 to 6.6e-4) puts that median at several hundred. Anything between is far from both.
BQML_MEDIAN = 20.0
# Median uptake of the body (muscle 0.5 to 0.8, fat 0.2 to 0.4, blood 1.5), SUV.
BODY_MEDIAN_SUV = 0.6


def suv_factor(pet: sitk.Image, *, ct_hu: sitk.Image) -> float:
    """Return what makes a PET's values SUV: 1, unless they can only be Bq/ml.

    Without the patient's weight and dose no exact factor exists, so the body's median uptake is
    brought to its usual value; the choice is logged.

    Parameters
    ----------
    pet : SimpleITK.Image
        PET, SUV or Bq/ml, coarse.
    ct_hu : SimpleITK.Image
        CT on the same grid, which tells body from air.

    Raises
    ------
    InputError
        If no voxel of the PET has any uptake.
    """
    values = sitk.GetArrayViewFromImage(pet)
    positive = values[(sitk.GetArrayViewFromImage(ct_hu) > BODY_HU) & (values > 0)]
    if positive.size == 0:
        positive = values[values > 0]
    if positive.size == 0:
        raise InputError(
            "PET socket images/pet: expected uptake where CT and PET overlap, found none above zero"
        )
    median = float(np.median(positive))
    if median <= BQML_MEDIAN:
        return 1.0
    factor = BODY_MEDIAN_SUV / median
    log.warning(
        "PET socket images/pet: median uptake of the body is %.0f, so the unit is Bq/ml, not SUV; "
        "scaled by %.3g to a body median of %.1f SUV",
        median,
        factor,
        BODY_MEDIAN_SUV,
    )
    return factor


def normalise(array: NDArray[np.float32], how: Normalisation) -> NDArray[np.float32]:
    """Apply one channel's normalisation.

    Parameters
    ----------
    array : ndarray, shape (z, y, x), float32
        The channel on the network's grid, in its source's unit.
    how : Normalisation
        Window, z-score, sigmoid or identity.

    Returns
    -------
    ndarray, shape (z, y, x), float32
    """
    match how:
        case Identity():
            return array
        case Window(low=low, high=high, to_low=to_low, to_high=to_high):
            scaled = (np.clip(array, low, high) - low) * ((to_high - to_low) / (high - low))
            return (scaled + to_low).astype(np.float32)
        case ZScore():
            return _z_score(_clipped(array, how.clip), only_nonzero=how.nonzero)
        case Sigmoid(centre=centre, scale=scale):
            # Beyond 60 scales nothing changes but that the power overflows.
            power = np.exp(-np.clip((array - centre) / scale, -60.0, 60.0))
            return np.asarray(1.0 / (1.0 + power), dtype=np.float32)


def _clipped(array: NDArray[np.float32], limits: tuple[float, float] | None) -> NDArray[np.float32]:
    return array if limits is None else np.clip(array, *limits).astype(np.float32)


def _z_score(array: NDArray[np.float32], *, only_nonzero: bool) -> NDArray[np.float32]:
    chosen = array != 0 if only_nonzero else np.ones(array.shape, dtype=bool)
    if not chosen.any():
        return array
    values = array[chosen].astype(np.float64)
    # A constant image has no spread; it becomes zero rather than infinite.
    spread = float(values.std()) or 1.0
    result = array.copy()
    result[chosen] = (values - values.mean()) / spread
    return result
