"""The dose of a head and neck radiotherapy: targets, fall-off, beams, a spared cord.

Worked out on every few voxels of the internal grid and in the canonical frame, where the neck's
elective levels and the spinal cord have their places; then sampled on the dose's own grid.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy import ndimage, sparse

from phantom.anatomy.spine import spine_levels
from phantom.disease.masses import Mass
from phantom.geometry.canvas import Canvas
from phantom.geometry.sampling import Lattice, Volume, resample
from phantom.radiotherapy.targets import Target, draw_targets

LARGEST_SHARE = 1.08
CORD_LIMIT_GY = 42.0
_BRAIN_STEM = ((-150.0, 38.0), (-138.0, 24.0))
_CORD_RADIUS_MM = 9.0
_CORD_GRADIENT = 4.0
_GRID_MM = 4.5
_BODY_FROM_HU = -350.0
_PLATEAU_MM, _FALL_MM = 2.0, 8.0
_BLUR_MM = 3.0
_BEAM_BLUR_MM, _SCATTER_MM, _SCATTER = 5.0, 30.0, 0.06
_BATH = 0.55
_LEAKAGE_GY = 0.2
_ATTENUATION_PER_MM = 0.0045
_FULL_SHADOW_VOXELS = 3.0
_RIPPLE = 0.012
_HOT_FROM = 1.03


@dataclass(frozen=True)
class Prescription:
    """Doses of the three risk levels, Gy, and the number of beams."""

    high_gy: float
    middle_gy: float
    low_gy: float
    beams: int


@dataclass(frozen=True)
class DoseMap:
    """A dose on a coarse grid.

    Attributes
    ----------
    gy : ndarray, shape (z, y, x), float32, Gy
        Not yet cut at the skin.
    body : ndarray, shape (z, y, x), float32
        Fraction of the voxel within the body's outline, holes filled.
    lattice : Lattice
        Their grid, in the patient's millimetres.
    """

    gy: Volume
    body: Volume
    lattice: Lattice

    def on(self, target: Lattice) -> Volume:
        """Return the dose on a grid, zero outside the body."""
        dose = resample(self.gy, self.lattice, target)
        dose[resample(self.body, self.lattice, target) < 0.5] = 0
        return dose


def plan_dose(
    canvas: Canvas, masses: Sequence[Mass], prescription: Prescription, rng: Generator
) -> DoseMap:
    """Plan the treatment of a patient.

    Parameters
    ----------
    canvas : Canvas
        The painted head and neck.
    masses : sequence of Mass
        The labelled lesions on it; without any, the elective neck alone is treated.
    prescription : Prescription
        Doses and beams.
    rng : Generator
        For the inhomogeneity and the beams' directions.
    """
    every = max(1, round(_GRID_MM / canvas.step_mm))
    step = (slice(None, None, every),) * 3
    lattice = canvas.lattice.thinned(every)
    x, y, z = canvas.x_mm[step], canvas.y_mm[step], canvas.z_mm[::every]
    body = _body(canvas.hu[step])
    covered = _blurred(body, lattice, _BLUR_MM)
    levels = prescription.high_gy, prescription.middle_gy, prescription.low_gy
    targets = draw_targets(canvas, masses, levels, every=every)
    lit = np.any([target.depth_mm > 0 for target in targets], axis=0) & (body > 0)
    bath = _beams(lit.astype(np.float32), lattice, prescription.beams, rng)
    bath *= np.float32(_BATH * prescription.low_gy)
    # A plan shapes the beams' sum to the targets: the larger of the two, with a soft corner.
    dose = np.sqrt(np.hypot(np.square(_conformal(targets)), np.square(bath)))
    dose += np.float32(_LEAKAGE_GY)
    dose = _blurred(dose, lattice, _BLUR_MM) * _ripple(lattice, rng)
    # The skin stays below the dose of electronic equilibrium.
    dose *= np.clip(np.float32(0.55) + np.float32(0.55) * covered, 0, 1)
    cord = _cord_distance(x, y, z)
    evaluated = (targets[0].depth_mm > 0) & (covered > 0.85) & (cord > 20)
    dose = _normalised(dose, evaluated, targets[0].gy)
    limit = CORD_LIMIT_GY + _CORD_GRADIENT * (cord - _CORD_RADIUS_MM)
    return DoseMap(np.minimum(dose, np.maximum(limit, CORD_LIMIT_GY)), body, lattice)


def _blurred(volume: Volume | NDArray[np.bool_], lattice: Lattice, sigma_mm: float) -> Volume:
    sigmas = [sigma_mm / spacing for spacing in reversed(lattice.spacing_mm)]
    blurred: Volume = ndimage.gaussian_filter(
        volume.astype(np.float32), sigmas, truncate=3.0, mode="nearest"
    )
    return blurred


def _body(hu: Volume) -> Volume:
    """Return where the body is, its airways filled: 0 or 1."""
    solid = hu > _BODY_FROM_HU
    filled = np.stack([ndimage.binary_fill_holes(section) for section in solid])
    return filled.astype(np.float32)


def _conformal(targets: Sequence[Target]) -> Volume:
    """Return the prescriptions with a Gaussian fall-off around each."""
    dose = np.zeros_like(targets[0].depth_mm)
    for target in targets:
        short = np.clip(-(target.depth_mm + np.float32(_PLATEAU_MM)), 0, None)
        fall = np.exp(np.float32(-0.5 / _FALL_MM**2) * short * short)
        np.maximum(dose, np.float32(target.gy) * fall, out=dose)
    return dose


def _beams(target: Volume, lattice: Lattice, count: int, rng: Generator) -> Volume:
    """Return what the beams leave on their way, one where all of them cross at mid depth.

    Each beam lights the target's shadow; it is stronger where it enters than where it leaves.
    """
    x, y = np.meshgrid(lattice.axis_mm(0), lattice.axis_mm(1))
    planes = target.reshape(len(target), -1)
    heavy = planes.sum(axis=0)
    middle = [float((axis.ravel() * heavy).sum() / heavy.sum()) for axis in (x, y)]
    across_mm = min(lattice.spacing_mm[:2])
    total = np.zeros_like(planes)
    first = rng.uniform(0, 2 * np.pi / count)
    for angle in first + np.arange(count) * (2 * np.pi / count):
        cos, sin = np.cos(angle), np.sin(angle)
        across = ((x - middle[0]) * cos + (y - middle[1]) * sin).ravel()
        along = ((y - middle[1]) * cos - (x - middle[0]) * sin).ravel()
        ray = np.rint((across - across.min()) / across_mm).astype(np.intp)
        ones = np.ones(len(ray), dtype=np.float32)
        rays = sparse.csr_matrix((ones, (np.arange(len(ray)), ray)))
        shadow = np.minimum((planes @ rays) / np.float32(_FULL_SHADOW_VOXELS), 1)
        weight = np.exp(np.clip(-_ATTENUATION_PER_MM * along, -0.8, 0.8))
        total += (shadow @ rays.T) * weight.astype(np.float32)
    bath = total.reshape(target.shape) * np.float32(1 / count)
    scatter = np.float32(_SCATTER) * _blurred(bath, lattice, _SCATTER_MM)
    return _blurred(bath, lattice, _BEAM_BLUR_MM) + scatter


def _ripple(lattice: Lattice, rng: Generator) -> Volume:
    """Return the hot and cold spots of a plan as a factor about one."""
    noise = _blurred(rng.standard_normal(lattice.shape_zyx, dtype=np.float32), lattice, 10.0)
    factor: Volume = 1 + np.float32(_RIPPLE) * noise / noise.std()
    return factor


def cord_rows() -> list[tuple[float, float]]:
    """Return canonical z and y of the middle of spinal cord and brain stem, z ascending."""
    levels = spine_levels(marrow_suv=1.0)
    return [*((level.z, level.canal_y) for level in reversed(levels)), *_BRAIN_STEM]


def _cord_distance(x: Volume, y: Volume, z: Volume) -> Volume:
    heights, middles = zip(*cord_rows(), strict=True)
    middle = np.interp(z.ravel(), heights, middles).astype(np.float32).reshape(z.shape)
    distance: Volume = np.hypot(x, y - middle)
    return distance


def _normalised(dose: Volume, target: NDArray[np.bool_], gy: float) -> Volume:
    """Return the dose such that 95 % of a target get `gy` and nothing more than 108 %."""
    values = dose[target]
    covering = float(np.percentile(values, 5)) if values.size else float(dose.max())
    share = dose / np.float32(max(covering, 0.5 * gy))
    over = np.clip(share - np.float32(_HOT_FROM), 0, None)
    room = np.float32(LARGEST_SHARE - _HOT_FROM)
    compressed: Volume = np.minimum(share, np.float32(_HOT_FROM)) + room * np.tanh(over / room)
    return compressed * np.float32(gy)
