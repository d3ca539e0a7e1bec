"""How a scan looks: grey windows, fused uptake, and the outlines of masks."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from skimage.measure import approximate_polygon, find_contours

Grey = NDArray[np.uint8]
Outlines = list[NDArray[np.float64]]

CT_WINDOW_HU = (-160.0, 240.0)
PET_WINDOW_SUV = (-0.5, 6.5)
"""Centre 3, width 7, as in Figure 1 of the CDS report on HECKTOR 2025."""
_SMOOTHED_PIXELS = 0.08


def grey(values: ArrayLike, window: tuple[float, float]) -> Grey:
    """Return values as bytes: 0 at the window's low end and below, 255 at its high end and above.

    NaN, which some scans have, is shown as the low end.
    """
    low, high = window
    scaled = (np.asarray(values, dtype=np.float32) - low) * (255 / (high - low))
    levels = np.clip(np.round(np.nan_to_num(scaled, nan=0.0)), 0, 255)
    return np.asarray(levels, dtype=np.uint8)


def rgb(levels: Grey) -> Grey:
    """Return grey levels as red, green and blue, shape (y, x, 3)."""
    return np.asarray(np.repeat(levels[..., None], 3, axis=2))


def fused(ct: Grey, pet: Grey) -> Grey:
    """Lay the uptake over the CT: black body to red to yellow, the more opaque the hotter.

    Parameters
    ----------
    ct, pet : ndarray, shape (y, x), uint8
        Grey levels of `CT_WINDOW_HU` and `PET_WINDOW_SUV`.

    Returns
    -------
    ndarray, shape (y, x, 3), uint8
        Brightness rises with uptake, so that it is read without telling red from green.
    """
    uptake = pet[..., None].astype(np.float32) / 255
    ramp = np.concatenate([uptake * 3, uptake * 3 - 1, uptake * 3 - 2], axis=2)
    opacity = np.clip(uptake * 1.4 - 0.12, 0, 0.75)
    mixed = (1 - opacity) * rgb(ct) + opacity * 255 * np.clip(ramp, 0, 1)
    return np.asarray(np.round(mixed), dtype=np.uint8)


def outlines(mask: ArrayLike) -> Outlines:
    """Return the closed lines around a mask, holes too.

    Parameters
    ----------
    mask : array_like, shape (y, x)
        Bool, or the share of each pixel that is inside, 0 to 1; the line is at a half.

    Returns
    -------
    list of ndarray, shape (points, 2)
        x and y, in pixels; the centre of the first pixel is (0, 0).
    """
    inside = np.pad(np.asarray(mask, dtype=np.float64), 1)
    lines = find_contours(inside, 0.5)
    smooth = [approximate_polygon(line, _SMOOTHED_PIXELS) for line in lines]
    return [np.asarray(line[:, ::-1] - 1.0) for line in smooth if len(line) > 3]
