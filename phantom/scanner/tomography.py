"""Parallel-beam filtered back-projection."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Sinogram = NDArray[np.floating[Any]]


def filtered(sinogram: Sinogram, detector_mm: float) -> Sinogram:
    """Apply the ramp of Ram and Lakshminarayanan with a Hann window, along the detector.

    Parameters
    ----------
    sinogram : ndarray, shape (angles, detector)
        Line integrals.
    detector_mm : float
        Distance between its samples.

    Returns
    -------
    ndarray, shape (angles, detector)
        Per millimetre.
    """
    size = sinogram.shape[1]
    padded = 1 << int(np.ceil(np.log2(2 * size)))
    at = np.fft.fftfreq(padded, 1 / padded).round().astype(int)
    kernel = np.zeros(padded)
    odd = at % 2 == 1
    kernel[odd] = -1 / (np.pi * at[odd]) ** 2
    kernel[0] = 0.25
    frequencies = np.fft.rfftfreq(padded)
    ramp = np.fft.rfft(kernel).real * (0.5 + 0.5 * np.cos(2 * np.pi * frequencies))
    spectrum = np.fft.rfft(sinogram, padded, axis=1) * ramp
    return np.asarray(np.fft.irfft(spectrum, padded, axis=1)[:, :size] / detector_mm)


def back_project(
    rows: Sinogram, angles: Sinogram, detector: Sinogram, x_mm: Sinogram, y_mm: Sinogram
) -> Sinogram:
    """Return the image of a filtered sinogram.

    Parameters
    ----------
    rows : ndarray, shape (angles, detector)
        Per millimetre.
    angles, detector : ndarray
        Directions over half a turn, radians, and positions in millimetres.
    x_mm, y_mm : ndarray
        Coordinates of the image.

    Returns
    -------
    ndarray, shape (y, x)
        Attenuation per millimetre.
    """
    image = np.zeros((len(y_mm), len(x_mm)))
    for row, angle in zip(rows, angles, strict=True):
        at = np.add.outer(y_mm * np.sin(angle), x_mm * np.cos(angle))
        image += np.interp(at, detector, row)
    return image * (np.pi / len(angles))
