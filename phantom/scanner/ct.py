"""CT physics: the native grid, noise, metal streaks, couch, field of view."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from phantom.anatomy.tissue import AIR_HU
from phantom.geometry.sampling import Lattice, Taps, Volume, apply_taps, make_taps
from phantom.scanner.couch import Backdrop, curved_couch
from phantom.scanner.ct_noise import CtNoise
from phantom.scanner.scan import ScanPlan
from phantom.scanner.streaks import StreakSampler, make_streaks

LOWEST_HU = -1024.0
_HEAD_FROM_MM = -160.0
_LEAST_HEAD_MM2 = 4000.0


@dataclass(frozen=True)
class Scanner:
    """What a CT does to what it sees.

    Attributes
    ----------
    noise_hu, grain_mm : float
        Standard deviation of the noise in a neck and full width at half maximum of its grain.
    padding_hu : float
        Value outside the circular field of view.
    highest_hu : float
        Top of the scale.
    """

    noise_hu: float
    grain_mm: float
    padding_hu: float
    highest_hu: float


def render_ct(
    hu: Volume,
    lattice: Lattice,
    plan: ScanPlan,
    rng: Generator,
) -> NDArray[np.int16]:
    """Scan a patient.

    Parameters
    ----------
    hu : ndarray, shape (z, y, x), float32, HU
        The patient on the internal grid.
    lattice : Lattice
        The internal grid.
    plan : ScanPlan
        Grid, noise and flaws of the scan; the grid may be a part of the slices.
    rng : Generator
        For the noise.

    Returns
    -------
    ndarray, shape (z, y, x), int16, HU
        On ``plan.ct``, with the padding value outside the circular field of view.
    """
    back_mm = _head_back_mm(hu, lattice) if plan.head_rest else None
    backdrop = curved_couch(plan.ct, plan.couch_y_mm, head_back_mm=back_mm)
    scanner = Scanner(plan.noise_hu, plan.grain_mm, plan.padding_hu, plan.highest_hu)
    return scan_slices(hu, lattice, plan.ct, scanner, backdrop, rng)


def scan_slices(
    hu: Volume,
    lattice: Lattice,
    target: Lattice,
    scanner: Scanner,
    backdrop: Backdrop,
    rng: Generator,
) -> NDArray[np.int16]:
    """Scan a patient before a backdrop; see `render_ct`."""
    taps_z, taps_y, taps_x = (make_taps(lattice, target, axis) for axis in (2, 1, 0))
    streak_rng, noise_rng = rng.spawn(2)
    streaks = make_streaks(hu, lattice, streak_rng)
    sampler = None if streaks is None else StreakSampler(streaks, target)
    noise = CtNoise(
        hu,
        lattice,
        target,
        sigma_hu=scanner.noise_hu,
        grain_mm=scanner.grain_mm,
        rng=noise_rng,
    )
    outside = _outside(target)
    result = np.empty(target.shape_zyx, dtype=np.int16)
    window = slice(taps_y.first, taps_y.stop), slice(taps_x.first, taps_x.stop)
    for k, z_mm in enumerate(target.axis_mm(2).tolist()):
        plane = backdrop(z_mm).copy()
        section = None
        if taps_z.first <= k < taps_z.stop:
            section = int(taps_z.indices[k - taps_z.first, 0])
            patient = _slice(hu, taps_z, k - taps_z.first)
            patient = apply_taps(apply_taps(patient, taps_x, 1), taps_y, 0) + np.float32(AIR_HU)
            plane[window] = np.maximum(plane[window], patient)
        if sampler is not None:
            sampler.add_to(plane, z_mm)
        noise.add_to(plane, section)
        np.rint(np.clip(plane, LOWEST_HU, scanner.highest_hu, out=plane), out=plane)
        plane[outside] = scanner.padding_hu
        result[k] = plane
    return result


def _slice(hu: Volume, taps: Taps, number: int) -> Volume:
    """Return the internal section of a CT slice, relative to air."""
    below, above = taps.indices[number]
    share = taps.weights[number, 1]
    section: Volume = hu[below] + share * (hu[above] - hu[below]) - np.float32(AIR_HU)
    return section


def _head_back_mm(hu: Volume, lattice: Lattice) -> float | None:
    """Return the y of the back of the head, None where the grid holds none."""
    head = hu[lattice.axis_mm(2) > _HEAD_FROM_MM] > -300
    dx, dy, _ = lattice.spacing_mm
    if not head.size or head.sum(axis=(1, 2)).max() * dx * dy < _LEAST_HEAD_MM2:
        return None
    middle = np.abs(lattice.axis_mm(0)) < 40
    rows = np.flatnonzero(head[:, :, middle].any(axis=(0, 2)))
    return float(lattice.axis_mm(1)[rows[-1]])


def _outside(target: Lattice) -> NDArray[np.bool_]:
    """Return where the circular field of view ends."""
    n = target.size_xyz[0]
    steps = np.arange(n) - (n - 1) / 2
    return np.asarray(steps[:, None] ** 2 + steps[None, :] ** 2 > (n / 2) ** 2)
