"""Where and how a patient is scanned: native grids of CT and PET, doses and flaws."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from phantom.anatomy.build import Build
from phantom.geometry.sampling import Lattice
from phantom.record.centres import CENTRES, Centre, draw_matrix

BQML_FRACTION = 0.05
USUAL_HU, EXTENDED_HU, EXTENDED_SHARE = 3071.0, 27205.0, 0.1
"""Largest CT value of twelve bits, and of the few scans with the extended scale."""
HEAD_REST_SHARE = 0.5
NECK_ONLY_MM = (300.0, 350.0)


@dataclass(frozen=True)
class ScanPlan:
    """One PET/CT study, in the patient's own millimetres (vertex about at z = 0).

    Attributes
    ----------
    ct, pet : Lattice
        Native grids; both are moved by `world_mm` when written.
    world_mm : tuple of float
        From patient to scanner coordinates.
    padding_hu : float
        CT value outside the circular field of view.
    noise_hu : float
        Standard deviation of the CT's noise in a neck.
    grain_mm : float
        Full width at half maximum of the CT noise's grain.
    highest_hu : float
        Largest CT value the scanner stores; metal reaches it.
    couch_y_mm : float
        Upper surface of the couch.
    head_rest : bool
        Whether the head lies in a cradle.
    misregistration_mm : tuple of float
        How far the patient lay beside the CT's position during the PET.
    fwhm_mm : float
        Full width at half maximum of the PET's point spread.
    pet_noise : float
        Coefficient of variation of the PET at SUV 2.
    bqml_per_suv : float or None
        Factor where the PET is stored in Bq/ml.
    """

    ct: Lattice
    pet: Lattice
    world_mm: tuple[float, float, float]
    padding_hu: float
    noise_hu: float
    grain_mm: float
    highest_hu: float
    couch_y_mm: float
    head_rest: bool
    misregistration_mm: tuple[float, float, float]
    fwhm_mm: float
    pet_noise: float
    bqml_per_suv: float | None

    @property
    def sigma_mm(self) -> float:
        """Standard deviation of the PET's point spread."""
        return self.fwhm_mm / 2.3548


def _triangular(rng: Generator, extent: tuple[float, float, float]) -> float:
    low, mode, high = extent
    return float(rng.triangular(low, mode, high)) if low < high else low


def _stack(
    size: int,
    pixel: float,
    slice_mm: float,
    *,
    length: float,
    top: float,
    centre: tuple[float, float],
) -> Lattice:
    count = max(round(length / slice_mm), 2)
    half = pixel * (size - 1) / 2
    return Lattice(
        (size, size, count),
        (pixel, pixel, slice_mm),
        (centre[0] - half, centre[1] - half, top - slice_mm * (count - 1)),
    )


def _length(rng: Generator, centre: Centre) -> float:
    whole_body = rng.random() < centre.whole_body
    return _triangular(rng, centre.body_extent_mm if whole_body else centre.neck_extent_mm)


def draw_scan(rng: Generator, name: str, build: Build, *, neck_only: bool) -> ScanPlan:
    """Draw a study at a centre; `neck_only` keeps the top 300 to 350 mm, same draws."""
    centre = CENTRES[name]
    ct, pet = draw_matrix(rng, centre.ct), draw_matrix(rng, centre.pet)
    length = _length(rng, centre)
    pet_length = length - centre.pet_shorter_mm
    if centre.pet_extent_mm is not None:
        pet_length = max(_triangular(rng, centre.pet_extent_mm), length)
    cut = rng.random() < 0.04
    top = rng.uniform(-60.0, -20.0) if cut else rng.uniform(4.0, 22.0)
    pet_top = top + rng.uniform(-4.0, 4.0)
    neck_length = rng.uniform(*NECK_ONLY_MM)
    if neck_only:
        length, pet_length = min(length, neck_length), min(pet_length, neck_length)
    centre_x, centre_y = rng.uniform(-8.0, 8.0), rng.uniform(-5.0, 25.0)
    pet_centre = (centre_x + rng.uniform(-3.0, 3.0), centre_y + rng.uniform(-3.0, 3.0))
    world_y = centre.table_y_mm + rng.normal(0.0, 12.0)
    sx, sy, sz = np.clip(rng.normal(0.0, 1.4, 3), -4.0, 4.0).tolist()
    # A generator of its own: what was added later moves no earlier draw.
    (head_rng,) = rng.spawn(1)
    factor = float(1 / np.exp(rng.uniform(np.log(2.1e-4), np.log(6.6e-4))))
    return ScanPlan(
        ct=_stack(
            ct.size, ct.pixel_mm, ct.slice_mm, length=length, top=top, centre=(centre_x, centre_y)
        ),
        pet=_stack(
            pet.size, pet.pixel_mm, pet.slice_mm, length=pet_length, top=pet_top, centre=pet_centre
        ),
        world_mm=(rng.normal(0.0, 4.0), world_y, rng.uniform(-1129.0, 1584.0)),
        padding_hu=float(rng.choice((-1024.0, -2048.0, -3024.0), p=(0.39, 0.35, 0.26))),
        noise_hu=rng.uniform(8.0, 14.0) if build.contrast else rng.uniform(11.0, 24.0),
        grain_mm=rng.uniform(1.5, 2.3),
        highest_hu=EXTENDED_HU if head_rng.random() < EXTENDED_SHARE else USUAL_HU,
        couch_y_mm=112.0 * build.scale_xyz[1] + rng.uniform(6.0, 14.0),
        head_rest=bool(head_rng.random() < HEAD_REST_SHARE),
        misregistration_mm=(sx, sy, sz),
        fwhm_mm=float(np.clip(rng.normal(centre.fwhm_mm, 0.3), 4.5, 8.5)),
        pet_noise=rng.uniform(0.08, 0.15),
        bqml_per_suv=factor if rng.random() < BQML_FRACTION else None,
    )
