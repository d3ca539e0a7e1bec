"""PET physics: point spread, native grid, noise that grows with the uptake, units."""

from collections.abc import Sequence

import numpy as np
from numpy.random import Generator
from scipy import ndimage

from phantom.geometry.canvas import split_at_seam
from phantom.geometry.sampling import Lattice, Volume, resample
from phantom.scanner.scan import ScanPlan

_FLOOR_SUV = 0.03
_GRAIN_OF_FWHM = 0.75


def render_pet(pieces: Sequence[tuple[Volume, Lattice]], plan: ScanPlan, rng: Generator) -> Volume:
    """Scan a patient.

    Parameters
    ----------
    pieces : sequence of (ndarray of shape (z, y, x), Lattice)
        The patient's SUV on the internal grid above the seam, then on the one below it, if any.
    plan : ScanPlan
        Grid, point spread, noise, misregistration and unit of the scan.
    rng : Generator
        For the noise.

    Returns
    -------
    ndarray, shape (z, y, x), float32
        On ``plan.pet``, in SUV, or in Bq/ml where the plan has a factor.
    """
    pet = np.zeros(plan.pet.shape_zyx, dtype=np.float32)
    plane = slice(None)
    for (suv, lattice), heights in zip(pieces, split_at_seam(plan.pet), strict=False):
        if heights.start < heights.stop:
            moved = lattice.moved(plan.misregistration_mm)
            target = plan.pet.part((heights, plane, plane))
            pet[heights] = resample(suv, moved, target, sigma_mm=plan.sigma_mm)
    pet += _noise(pet, plan, rng)
    np.maximum(pet, 0, out=pet)
    if plan.bqml_per_suv is not None:
        pet *= np.float32(plan.bqml_per_suv)
    return pet


def _noise(pet: Volume, plan: ScanPlan, rng: Generator) -> Volume:
    """Return grainy noise with a variance proportional to the uptake, as of OSEM images."""
    grain_mm = _GRAIN_OF_FWHM * plan.fwhm_mm / 2.3548
    spread = [grain_mm / spacing for spacing in reversed(plan.pet.spacing_mm)]
    white = rng.standard_normal(pet.shape, dtype=np.float32)
    noise: Volume = ndimage.gaussian_filter(white, spread, truncate=2.5)
    noise *= np.float32(1 / noise.std())
    sigma = np.sqrt(pet * np.float32(2 * plan.pet_noise**2))
    noise *= np.maximum(sigma, np.float32(_FLOOR_SUV))
    return noise
