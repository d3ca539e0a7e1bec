"""Metal streaks: what a polychromatic beam and too few photons do to the reconstruction.

The error of the sinogram is modelled, and reconstructed by filtered back-projection; as that
is linear, its result is what the artefact adds to the image. With p the line integrals of the
metal and of the tissue, beam hardening bends the measured one down by a p_metal^2 + b p_metal
p_tissue to first order (De Man et al., IEEE Trans. Nucl. Sci. 46, 1999), less where the beam is
hard already, the detector's floor cuts off what exceeds it, and the noise of the logarithm
grows as exp(p / 2).
"""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy import ndimage

from phantom.geometry.sampling import Lattice, Volume, apply_taps, make_taps
from phantom.scanner.metal import MetalSection, find_metal
from phantom.scanner.tomography import Sinogram, back_project, filtered

WATER_PER_MM = 0.0193
"""Attenuation of water at about 70 keV."""
GRID_MM = 2.0
HALF_WIDTH_MM = 140.0
STEP_MM = 3.0
_ANGLES = 180
_DETECTOR_MM = 1.25
_METAL_HARDENING = 0.11
_MIXED_HARDENING = 0.10
_HARDENED_AT = 10.0
_FLOOR = 6.0
_NOISE = 0.007
_HIGHEST_P = 9.0
_LARGEST_HU = 900.0
_BODY_FROM_HU = -400.0
_FADE_MM = 15.0
_EDGE_MM = 40.0


@dataclass(frozen=True)
class Streaks:
    """Streaks of a scan.

    Attributes
    ----------
    grid : Lattice
        Coarse grid of the fields, one slice each.
    heights_mm : ndarray, shape (fields,)
        Where each belongs, ascending.
    fields : ndarray, shape (fields, y, x), float32, HU
        What to add to the image.
    step_mm : float
        Distance over which a field tapers, up and down.
    """

    grid: Lattice
    heights_mm: NDArray[np.float64]
    fields: Volume
    step_mm: float

    def at(self, z_mm: float) -> Volume | None:
        """Return the field at a height, shape (y, x), HU; None where there is none."""
        weights = np.clip(1 - np.abs(z_mm - self.heights_mm) / self.step_mm, 0, None)
        near = np.flatnonzero(weights)
        if near.size == 0:
            return None
        field: Volume = np.tensordot(weights[near].astype(np.float32), self.fields[near], axes=1)
        return field


class StreakSampler:
    """Streaks read on the slices of a scan."""

    def __init__(self, streaks: Streaks, target: Lattice) -> None:
        self._streaks = streaks
        self._taps = [make_taps(streaks.grid, target, axis) for axis in (0, 1)]

    def add_to(self, plane: Volume, z_mm: float) -> None:
        """Add what is there at a height to a slice of the scan."""
        field = self._streaks.at(z_mm)
        x, y = self._taps
        if field is None or x.first == x.stop or y.first == y.stop:
            return
        plane[y.first : y.stop, x.first : x.stop] += apply_taps(apply_taps(field, x, 1), y, 0)


def make_streaks(hu: Volume, lattice: Lattice, rng: Generator) -> Streaks | None:
    """Compute the streaks of a patient.

    Parameters
    ----------
    hu : ndarray, shape (z, y, x), float32, HU
        The patient on the internal grid, with the metal's true numbers.
    lattice : Lattice
        The internal grid.
    rng : Generator
        For the noise behind the metal.

    Returns
    -------
    Streaks or None
        None without metal.
    """
    sections = find_metal(hu, lattice, step_mm=STEP_MM)
    if not sections:
        return None
    middle = np.concatenate([section.centres_mm for section in sections]).mean(axis=0)
    side = int(2 * HALF_WIDTH_MM / GRID_MM) + 1
    grid = Lattice(
        (side, side, 1),
        (GRID_MM, GRID_MM, 1.0),
        (float(middle[0]) - HALF_WIDTH_MM, float(middle[1]) - HALF_WIDTH_MM, 0.0),
    )
    fields = [_field(hu[section.index], lattice, section, grid, rng) for section in sections]
    every = max(1, round(STEP_MM / lattice.spacing_mm[2]))
    return Streaks(
        grid=grid,
        heights_mm=np.array([section.z_mm for section in sections]),
        fields=np.stack(fields),
        step_mm=every * lattice.spacing_mm[2],
    )


def _field(
    plane: Volume, lattice: Lattice, section: MetalSection, grid: Lattice, rng: Generator
) -> Volume:
    angles = np.arange(_ANGLES) * (np.pi / _ANGLES)
    x, y = grid.axis_mm(0), grid.axis_mm(1)
    middle = np.array((x.mean(), y.mean()))
    reach = np.sqrt(2) * HALF_WIDTH_MM
    detector = np.arange(-reach, reach + _DETECTOR_MM, _DETECTOR_MM)
    inside = plane > _BODY_FROM_HU
    # Arms beside the head are another matter.
    inside &= np.abs(lattice.axis_mm(0) - middle[0]) < HALF_WIDTH_MM
    metal = _metal_chords(section, angles, detector, middle)
    tissue = WATER_PER_MM * _ellipse_chords(inside, lattice, angles, detector, middle)
    error = sinogram_error(metal, tissue, rng)
    field = back_project(
        filtered(error, _DETECTOR_MM), angles, detector, x - middle[0], y - middle[1]
    )
    hu = field * (1000 / WATER_PER_MM)
    hu = _LARGEST_HU * np.tanh(hu / _LARGEST_HU)
    return np.asarray(hu * _fading(inside, lattice, x, y), dtype=np.float32)


def _metal_chords(
    section: MetalSection, angles: Sinogram, detector: Sinogram, middle: Sinogram
) -> Sinogram:
    """Return the line integrals through the discs, shape (angles, detector)."""
    total = np.zeros((len(angles), len(detector)))
    for centre, radius, hu in zip(section.centres_mm, section.radii_mm, section.hu, strict=True):
        at = (centre[0] - middle[0]) * np.cos(angles) + (centre[1] - middle[1]) * np.sin(angles)
        half = np.sqrt(np.clip(radius**2 - (detector - at[:, None]) ** 2, 0, None))
        total += 2 * half * (WATER_PER_MM * hu / 1000)
    return total


def _ellipse_chords(
    inside: NDArray[np.bool_],
    lattice: Lattice,
    angles: Sinogram,
    detector: Sinogram,
    middle: Sinogram,
) -> Sinogram:
    """Return chords in mm through the ellipse with the body's centre, area and moments."""
    rows, columns = np.nonzero(inside)
    x = lattice.origin_mm[0] + lattice.spacing_mm[0] * columns - middle[0]
    y = lattice.origin_mm[1] + lattice.spacing_mm[1] * rows - middle[1]
    cos, sin = np.cos(angles), np.sin(angles)
    covariance = np.cov(np.stack((x, y)))
    # Seen along an angle, an ellipse's half width is twice the standard deviation of its points.
    width = 2 * np.sqrt(
        covariance[0, 0] * cos**2 + covariance[1, 1] * sin**2 + 2 * covariance[0, 1] * cos * sin
    )
    area = len(x) * lattice.spacing_mm[0] * lattice.spacing_mm[1]
    at = x.mean() * cos + y.mean() * sin
    share = (detector - at[:, None]) / width[:, None]
    chord = 2 * area / (np.pi * width[:, None])
    return np.asarray(chord * np.sqrt(np.clip(1 - share**2, 0, None)))


def sinogram_error(metal: Sinogram, tissue: Sinogram, rng: Generator) -> Sinogram:
    """Return what metal changes in the measured line integrals; zero where none is in the way.

    Parameters
    ----------
    metal, tissue : ndarray, shape (angles, detector)
        True line integrals of the attenuation, without unit.
    rng : Generator
        For the photons' noise.
    """
    hardening = metal * (_METAL_HARDENING * metal + _MIXED_HARDENING * tissue)
    hardening /= 1 + metal / _HARDENED_AT
    total = metal + tissue
    starved = np.log1p(np.exp(total - _FLOOR)) - np.log1p(np.exp(tissue - _FLOOR))
    noise = np.exp(np.minimum(total, _HIGHEST_P) / 2) * rng.standard_normal(metal.shape)
    return np.asarray(_NOISE * noise * (metal > 0) - hardening - starved)


def _fading(
    inside: NDArray[np.bool_], lattice: Lattice, x: Sinogram, y: Sinogram
) -> NDArray[np.float64]:
    """Return weights on the coarse grid: one in the body, fading around it and at the edge."""
    dx, dy, _ = lattice.spacing_mm
    away = ndimage.distance_transform_edt(~inside, sampling=(dy, dx))
    rows = (y - lattice.origin_mm[1]) / dy
    columns = (x - lattice.origin_mm[0]) / dx
    places = np.stack(np.meshgrid(rows, columns, indexing="ij"))
    distance = ndimage.map_coordinates(away, places, order=1, mode="nearest")
    radius = np.hypot.outer(y - y.mean(), x - x.mean())
    edge = np.clip((HALF_WIDTH_MM - radius) / _EDGE_MM, 0, 1)
    return np.asarray(np.exp(-distance / _FADE_MM) * edge)
