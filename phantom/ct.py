"""CT physics: the native grid, grainy noise that grows with the body, couch, field of view."""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy import ndimage

from phantom.anatomy.tissue import AIR_HU
from phantom.sampling import Lattice, Volume, apply_taps, make_taps
from phantom.scan import ScanPlan

HU_RANGE = (-1024.0, 3071.0)
_TILES, _MARGIN = 6, 96
_NECK_DIAMETER_MM = 150.0


def render_ct(hu: Volume, lattice: Lattice, plan: ScanPlan, rng: Generator) -> NDArray[np.int16]:
    """Scan a patient.

    Parameters
    ----------
    hu : ndarray, shape (z, y, x), float32, HU
        The patient on the internal grid.
    lattice : Lattice
        The internal grid.
    plan : ScanPlan
        Grid, noise and flaws of the scan.
    rng : Generator
        For the noise.

    Returns
    -------
    ndarray, shape (z, y, x), int16, HU
        On ``plan.ct``, with the padding value outside the circular field of view.
    """
    target = plan.ct
    taps_z, taps_y, taps_x = (make_taps(lattice, target, axis) for axis in (2, 1, 0))
    tiles = _noise_tiles(target, plan.grain_mm, rng)
    sigmas = plan.noise_hu * _noise_growth(hu, lattice)
    couch, outside = _couch(target, plan.couch_y_mm), _outside(target)
    result = np.empty(target.shape_zyx, dtype=np.int16)
    window = slice(taps_y.first, taps_y.stop), slice(taps_x.first, taps_x.stop)
    lowest, highest = HU_RANGE
    for k in range(target.size_xyz[2]):
        plane = couch.copy()
        sigma = float(plan.noise_hu)
        if taps_z.first <= k < taps_z.stop:
            below, above = taps_z.indices[k - taps_z.first]
            share = taps_z.weights[k - taps_z.first, 1]
            section = hu[below] + share * (hu[above] - hu[below]) - np.float32(AIR_HU)
            section = apply_taps(apply_taps(section, taps_x, 1), taps_y, 0)
            section += np.float32(AIR_HU)
            plane[window] = np.maximum(plane[window], section)
            sigma = float(sigmas[below])
        _add_noise(plane, tiles, sigma, rng)
        np.rint(np.clip(plane, lowest, highest, out=plane), out=plane)
        plane[outside] = plan.padding_hu
        result[k] = plane
    return result


def _noise_tiles(target: Lattice, grain_mm: float, rng: Generator) -> Volume:
    edge = target.size_xyz[0] + _MARGIN
    white = rng.standard_normal((_TILES, edge, edge), dtype=np.float32)
    sigma = grain_mm / 2.3548 / target.spacing_mm[0]
    tiles: Volume = ndimage.gaussian_filter(white, (0, sigma, sigma), truncate=3.0, mode="wrap")
    return tiles / np.float32(tiles.std())


def _add_noise(plane: Volume, tiles: Volume, sigma: float, rng: Generator) -> None:
    number, y, x, flip = rng.integers(0, (_TILES, _MARGIN, _MARGIN, 4)).tolist()
    tile = tiles[number, y : y + plane.shape[0], x : x + plane.shape[1]]
    tile = tile[:: 1 if flip % 2 else -1, :: 1 if flip < 2 else -1]
    plane += np.float32(sigma) * tile


def _noise_growth(hu: Volume, lattice: Lattice) -> NDArray[np.float64]:
    """Return the noise of each slice relative to a neck's, from the body's cross-section."""
    pixel = lattice.spacing_mm[0] * lattice.spacing_mm[1]
    area = (hu > -300).sum(axis=(1, 2)) * pixel
    diameter = 2 * np.sqrt(area / np.pi)
    growth = np.exp((diameter - _NECK_DIAMETER_MM) / 250.0)
    return np.asarray(np.clip(growth, 0.7, 2.5), dtype=np.float64)


def _couch(target: Lattice, y_mm: float) -> Volume:
    """Return air with the two skins of a curved couch and the foam between."""
    x, y = target.axis_mm(0)[None, :], target.axis_mm(1)[:, None]
    depth = y - y_mm - 20.0 + (x / 210.0) ** 2 * 38.0
    plane = np.full(target.shape_zyx[1:], AIR_HU, dtype=np.float32)
    within = np.abs(x) < 205.0
    plane[within & (depth > 0) & (depth < 42)] = -930.0
    for skin in (0.0, 40.0):
        plane[within & (np.abs(depth - skin) < 1.8)] = -150.0
    return plane


def _outside(target: Lattice) -> NDArray[np.bool_]:
    """Return where the circular field of view ends."""
    n = target.size_xyz[0]
    steps = np.arange(n) - (n - 1) / 2
    return np.asarray(steps[:, None] ** 2 + steps[None, :] ** 2 > (n / 2) ** 2)
