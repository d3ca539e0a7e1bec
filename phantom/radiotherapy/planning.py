"""Radiotherapy planning: a second CT on a flat couch, under a mask, and the dose map."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import SimpleITK as sitk
from numpy.random import Generator

from phantom.anatomy.tissue import AIR_HU, FAT_HU
from phantom.disease.masses import Mass
from phantom.geometry.canvas import Canvas
from phantom.geometry.image import to_image
from phantom.geometry.sampling import Lattice
from phantom.radiotherapy.dose import Prescription, plan_dose
from phantom.radiotherapy.immobilisation import Fixation, planning_backdrop
from phantom.scanner.ct import Scanner, scan_slices
from phantom.scanner.scan import USUAL_HU, ScanPlan

PLANNED_BY_CENTRE = {"CHUM": 0.85, "CHUS": 0.85, "HGJ": 0.85, "HMR": 0.85, "MDA": 0.51}
"""Share of a centre's patients with planning CT and dose; none elsewhere, about 55 % overall."""
_LENGTH_MM = (350.0, 450.0)
_PIXELS_MM = (0.977, 1.074, 1.172, 1.27)
_SLICES_MM = (2.5, 3.0)
_DOSE_MM = (2.5, 3.0, 4.0)
_DOSE_HALF_MM = (225.0, 140.0)
_EDGE_MM = 3.0
_SHOULDERS_MM = ((-372.0, 200.0), (-300.0, 128.0), (-60.0, 120.0), (0.0, 90.0))
"""Canonical z, and the |x| within which head, neck and sloping shoulders lie."""
_NECK_MM = -260.0
"""Above the shoulders: what lies far out here is an arm."""
_SKIN_MM, _SKIN_HU = 2.5, 10.0


@dataclass(frozen=True)
class PlanningScan:
    """How a patient is planned, in the PET/CT's own millimetres.

    Attributes
    ----------
    ct, dose : Lattice
        Grids of the planning CT and of the dose; both are moved by `world_mm` when written.
    world_mm : tuple of float
        From patient to scanner coordinates: the PET/CT's, and a few millimetres of error.
    scanner : Scanner
        Noise and scale of the planning CT.
    fixation : Fixation
        Couch and mask.
    prescription : Prescription
        The treatment.
    """

    ct: Lattice
    dose: Lattice
    world_mm: tuple[float, float, float]
    scanner: Scanner
    fixation: Fixation
    prescription: Prescription


@dataclass(frozen=True)
class Planning:
    """The planning images.

    Attributes
    ----------
    ct_hu : Image, int16, HU
        On a grid of its own, roughly in the PET/CT's frame.
    dose_gy : Image, float32, Gy
        On a grid of its own, in the planning CT's frame; zero outside the body.
    """

    ct_hu: sitk.Image
    dose_gy: sitk.Image


def draw_planning(
    rng: Generator, plan: ScanPlan, canvas_lattice: Lattice, centre: str
) -> PlanningScan | None:
    """Draw how a patient is planned.

    Parameters
    ----------
    rng : Generator
        The planning's own stream.
    plan : ScanPlan
        The PET/CT, for its frame and couch.
    canvas_lattice : Lattice
        Internal grid of head and neck, which bounds the length of the planning CT.
    centre : str
        Decides how likely the data set holds the images.

    Returns
    -------
    PlanningScan or None
        None where the data set lacks the planning images.
    """
    if rng.random() >= PLANNED_BY_CENTRE.get(centre, 0.0):
        return None
    pixel, slice_mm = float(rng.choice(_PIXELS_MM)), float(rng.choice(_SLICES_MM))
    dose_mm = float(rng.choice(_DOSE_MM))
    heights = canvas_lattice.axis_mm(2)
    top = float(heights[-1]) - rng.uniform(_EDGE_MM, 3 * _EDGE_MM)
    bottom = max(top - rng.uniform(*_LENGTH_MM), float(heights[0]) + _EDGE_MM)
    middle = tuple(float(v) for v in rng.uniform((-6.0, -10.0), (6.0, 15.0)))
    error = np.clip(rng.normal(0.0, 2.0, 3), -5.0, 5.0).tolist()
    x, y, z = (w + e for w, e in zip(plan.world_mm, error, strict=True))
    return PlanningScan(
        ct=_grid(
            (middle[0], middle[1]), (256 * pixel, 256 * pixel), (bottom, top), pixel, slice_mm
        ),
        dose=_grid((middle[0], 15.0), _DOSE_HALF_MM, (bottom, top), dose_mm, dose_mm),
        world_mm=(x, y, z),
        scanner=Scanner(
            noise_hu=float(rng.uniform(7.0, 12.0)),
            grain_mm=float(rng.uniform(1.4, 2.0)),
            padding_hu=float(rng.choice((-1024.0, -1000.0))),
            highest_hu=USUAL_HU,
        ),
        fixation=Fixation.draw(rng, top_mm=plan.couch_y_mm),
        prescription=_prescription(rng),
    )


def _prescription(rng: Generator) -> Prescription:
    return Prescription(
        high_gy=float(rng.choice((66.0, 67.5, 69.96, 70.0), p=(0.2, 0.1, 0.3, 0.4))),
        middle_gy=float(rng.choice((60.0, 61.5, 63.0))),
        low_gy=float(rng.choice((54.0, 54.45, 56.0))),
        beams=int(rng.choice((7, 9, 36))),
    )


def _grid(
    middle: tuple[float, float],
    half: tuple[float, float],
    z_range: tuple[float, float],
    pixel: float,
    slice_mm: float,
) -> Lattice:
    nx, ny = (round(2 * h / pixel) for h in half)
    count = int((z_range[1] - z_range[0]) / slice_mm) + 1
    x, y = (m - pixel * (n - 1) / 2 for m, n in zip(middle, (nx, ny), strict=True))
    return Lattice((nx, ny, count), (pixel, pixel, slice_mm), (x, y, z_range[0]))


def render_planning(
    canvas: Canvas, masses: Sequence[Mass], planning: PlanningScan, rng: Generator
) -> Planning:
    """Render planning CT and dose.

    Parameters
    ----------
    canvas : Canvas
        The painted head and neck, lesions included.
    masses : sequence of Mass
        The labelled lesions on it.
    planning : PlanningScan
        What `draw_planning` drew.
    rng : Generator
        For noise and the plan's inhomogeneity.
    """
    ct_rng, dose_rng = rng.spawn(2)
    canvas = arms_down(canvas)
    backdrop = planning_backdrop(canvas.hu, canvas.lattice, planning.ct, planning.fixation)
    ct = scan_slices(canvas.hu, canvas.lattice, planning.ct, planning.scanner, backdrop, ct_rng)
    dose = plan_dose(canvas, masses, planning.prescription, dose_rng).on(planning.dose)
    return Planning(
        ct_hu=to_image(ct, planning.ct.moved(planning.world_mm)),
        dose_gy=to_image(dose, planning.dose.moved(planning.world_mm)),
    )


def arms_down(canvas: Canvas) -> Canvas:
    """Return the patient without arms beside the head: they lie along the body for radiotherapy."""
    heights, widths = zip(*_SHOULDERS_MM, strict=True)
    limits = np.interp(canvas.z_mm.ravel(), heights, widths)
    neck = (canvas.z_mm.ravel() > _NECK_MM) & (canvas.z_mm.ravel() < heights[2])
    outer = np.abs(canvas.lattice.axis_mm(0)) > (widths[1] + 20) * canvas.scale_xyz[0]
    if not (canvas.hu[neck][:, :, outer] > FAT_HU - 50).any():
        return canvas
    hu = canvas.hu.copy()
    for section, x, limit in zip(hu, canvas.x_mm, limits, strict=True):
        beyond = np.abs(x) - np.float32(limit)
        section[(beyond > -_SKIN_MM) & (section > FAT_HU - 50)] = _SKIN_HU
        section[beyond > 0] = AIR_HU
    return replace(canvas, hu=hu)
