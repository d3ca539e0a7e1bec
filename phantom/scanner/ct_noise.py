"""Noise of a CT: a grain that grows with the body, and streaks where the sideways way is long."""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy import ndimage

from phantom.geometry.sampling import Lattice, Volume

_TILES, _MARGIN = 6, 96
_NECK_DIAMETER_MM = 150.0
_STREAK_MM = (0.8, 32.0)
"""Half widths of a streak of too few photons, across and along."""
_STREAK_TILTS = (-0.12, -0.03, 0.02, 0.10)
_STARVED_FROM_MM = 250.0
_STARVED_BY_MM = 95.0
_STRONGEST = 2.1
_PROFILE_MM = 6.0
_EVERY = 2
"""Thinning of the internal grid for what changes slowly."""


class CtNoise:
    """The noise of one scan, slice by slice.

    Parameters
    ----------
    hu, lattice
        The patient on the internal grid.
    target : Lattice
        The CT's grid.
    sigma_hu : float
        Standard deviation in a neck.
    grain_mm : float
        Full width at half maximum of the grain.
    rng : Generator
        Kept, and drawn from at each slice.
    """

    def __init__(
        self,
        hu: Volume,
        lattice: Lattice,
        target: Lattice,
        *,
        sigma_hu: float,
        grain_mm: float,
        rng: Generator,
    ) -> None:
        self._rng, self._sigma = rng, sigma_hu
        pixel, slice_mm = target.spacing_mm[0], target.spacing_mm[2]
        self._grains = _tiles(target.size_xyz[0], grain_mm / 2.3548 / pixel, rng)
        self._streaks = _streak_tiles(target.size_xyz[0], pixel, rng)
        self._growth = noise_growth(hu, lattice)
        self._starved = _starved(hu, lattice, target)
        # Reconstructed slices are about 2 mm thick: thinner spacing shares their noise.
        kept = float(np.exp(-((slice_mm / 1.6) ** 2)))
        self._kept = kept if kept > 0.05 else 0.0
        self._grain: Volume | None = None
        self._streak: Volume | None = None

    def add_to(self, plane: Volume, section: int | None) -> None:
        """Add the noise of the next slice; `section` is its place on the internal grid if any."""
        self._grain = self._next(self._grain, self._grains, plane.shape)
        sigma = self._sigma if section is None else self._sigma * self._growth[section]
        plane += np.float32(sigma) * self._grain
        self._streak = self._next(self._streak, self._streaks, plane.shape)
        if section is None:
            return
        starved = self._starved[section]
        rows = np.flatnonzero(starved > 0.02)
        if rows.size:
            span = slice(int(rows[0]), int(rows[-1]) + 1)
            strength = starved[span, None] * np.float32(self._sigma)
            plane[span] += strength * self._streak[span]

    def _next(self, last: Volume | None, tiles: Volume, shape: tuple[int, ...]) -> Volume:
        number, y, x, flip = self._rng.integers(0, (len(tiles), _MARGIN, _MARGIN, 4)).tolist()
        tile = tiles[number, y : y + shape[0], x : x + shape[1]]
        tile = tile[:: 1 if flip % 2 else -1, :: 1 if flip < 2 else -1]
        if last is None or not self._kept:
            return tile
        fresh = np.float32(np.sqrt(1 - self._kept**2))
        mixed: Volume = np.float32(self._kept) * last + fresh * tile
        return mixed


def _tiles(size: int, sigma: float, rng: Generator) -> Volume:
    edge = size + _MARGIN
    white = rng.standard_normal((_TILES, edge, edge), dtype=np.float32)
    tiles: Volume = ndimage.gaussian_filter(white, (0, sigma, sigma), truncate=3.0, mode="wrap")
    return tiles / np.float32(tiles.std())


def _streak_tiles(size: int, pixel_mm: float, rng: Generator) -> Volume:
    """Return noise drawn out along x, in several slight tilts, of unit variance."""
    edge = size + _MARGIN
    across, along = (width / pixel_mm for width in _STREAK_MM)
    white = rng.standard_normal((len(_STREAK_TILTS), edge, edge), dtype=np.float32)
    drawn = ndimage.gaussian_filter1d(white, across, axis=1, truncate=2.5, mode="wrap")
    for _ in range(2):
        # Two running means are about a Gaussian.
        drawn = ndimage.uniform_filter1d(drawn, round(np.sqrt(6) * along), axis=2, mode="wrap")
    rows, columns = np.arange(edge)[:, None], np.arange(edge)[None, :]
    sheared = [
        tile[(rows + np.rint(tilt * columns).astype(int)) % edge, columns]
        for tile, tilt in zip(drawn, _STREAK_TILTS, strict=True)
    ]
    mixed = [sheared[i] + sheared[(i + 2) % len(sheared)] for i in range(len(sheared))]
    tiles: Volume = np.stack(mixed)
    return tiles / np.float32(tiles.std())


def noise_growth(hu: Volume, lattice: Lattice) -> NDArray[np.float64]:
    """Return the grain of each slice relative to a neck's, from the body's cross-section."""
    pixel = lattice.spacing_mm[0] * lattice.spacing_mm[1]
    area = np.count_nonzero(hu[:, ::_EVERY, ::_EVERY] > -300, axis=(1, 2)) * pixel * _EVERY**2
    diameter = 2 * np.sqrt(area / np.pi)
    growth = np.exp((diameter - _NECK_DIAMETER_MM) / 250.0)
    return np.asarray(np.clip(growth, 0.7, 2.5), dtype=np.float64)


def _starved(hu: Volume, lattice: Lattice, target: Lattice) -> Volume:
    """Return the streaks' strength relative to the noise of a neck, by slice and CT row.

    It grows exponentially with the millimetres of water that a ray along x has to cross:
    shoulders, and a trunk with the arms beside it.
    """
    thin = hu[:, ::_EVERY, ::_EVERY]
    water = np.maximum(thin, -1000).sum(axis=2) + np.float32(1000 * thin.shape[2])
    dx, dy, dz = lattice.spacing_mm
    water *= np.float32(_EVERY * dx / 1000)
    sigmas = _PROFILE_MM / dz, _PROFILE_MM / (_EVERY * dy)
    water = ndimage.gaussian_filter(water, sigmas, truncate=2.5)
    beyond = np.clip(water - _STARVED_FROM_MM, 0, None) / _STARVED_BY_MM
    strength = np.minimum(np.expm1(beyond) / 2, _STRONGEST)
    rows, here = target.axis_mm(1), lattice.axis_mm(1)[::_EVERY]
    return np.stack([np.interp(rows, here, row, left=0, right=0) for row in strength]).astype(
        np.float32
    )
