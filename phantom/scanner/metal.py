"""Dental metal: fillings, crowns and implants, and where the scanner meets them."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy import ndimage

from phantom.anatomy.teeth import LOWER_MM, UPPER_MM
from phantom.anatomy.tissue import Tissue
from phantom.geometry.sampling import Lattice, Volume
from phantom.geometry.shapes import Capsule, Ellipsoid, Point
from phantom.streams import pick

METAL_FROM_HU = 4000.0
"""Above enamel, and above the half of what any restoration is painted with."""
PREVALENCE = 0.4
_PIECES = (0.2, 0.22, 0.22, 0.16, 0.12, 0.08)
_FILLING, _CROWN, _IMPLANT = range(3)
_KINDS = (0.55, 0.37, 0.08)
_WEIGHT_BY_TOOTH = (3.0, 3.0, 2.0, 1.2, 0.6, 0.6, 0.6)
"""Molars, which come first, are filled most."""


def metal_tissues(rng: Generator) -> list[Tissue]:
    """Draw a patient's restorations: none in 60 %, else one to six teeth with metal.

    Parameters
    ----------
    rng : Generator
        The metal's own stream.

    Returns
    -------
    list of Tissue
        Small solids of 6,000 to 20,000 HU, to be painted last.
    """
    present = rng.random() < PREVALENCE
    count = 1 + pick(rng, _PIECES)
    if not present:
        return []
    seats = [
        (point, upwards, weight)
        for arch, upwards in ((UPPER_MM, 1.0), (LOWER_MM, -1.0))
        for point, weight in zip(arch, _WEIGHT_BY_TOOTH, strict=True)
    ]
    seats += [((-x, y, z), up, weight) for (x, y, z), up, weight in seats]
    weights = np.array([weight for *_, weight in seats])
    chosen = rng.choice(len(seats), size=count, replace=False, p=weights / weights.sum())
    return [_restoration(rng, seats[i][0], seats[i][1]) for i in chosen.tolist()]


def _restoration(rng: Generator, tooth: Point, upwards: float) -> Tissue:
    kind = pick(rng, _KINDS)
    x, y, z = tooth
    if kind == _IMPLANT:
        root = (x * 0.97, y * 0.98, z + upwards * rng.uniform(9.0, 12.0))
        screw = Capsule(tooth, root, 2.4, 1.9)
        return Tissue(screw, float(rng.uniform(6000.0, 9000.0)), 0.2)
    if kind == _CROWN:
        wide, tall = rng.uniform(3.2, 4.6), rng.uniform(3.0, 4.2)
        hu = float(rng.uniform(9000.0, 20000.0))
    else:
        wide, tall = rng.uniform(2.2, 3.4), rng.uniform(2.0, 3.2)
        hu = float(rng.uniform(6000.0, 14000.0))
    # A restoration stands on the biting side of its tooth.
    return Tissue(Ellipsoid((x, y, z - 1.5 * upwards), (wide, wide, tall)), hu, 0.2)


@dataclass(frozen=True)
class MetalSection:
    """The metal of one slice as discs, in the patient's millimetres.

    Attributes
    ----------
    z_mm : float
        Height of the slice.
    index : int
        Its number on the internal grid.
    centres_mm : ndarray, shape (discs, 2)
        Centres, (x, y).
    radii_mm, hu : ndarray, shape (discs,)
        Radii of the discs of the same area, and what they are made of.
    """

    z_mm: float
    index: int
    centres_mm: NDArray[np.float64]
    radii_mm: NDArray[np.float64]
    hu: NDArray[np.float64]


def find_metal(hu: Volume, lattice: Lattice, *, step_mm: float) -> list[MetalSection]:
    """Find the metal on the internal grid.

    Parameters
    ----------
    hu : ndarray, shape (z, y, x), float32, HU
        The patient on the internal grid.
    lattice : Lattice
        The internal grid.
    step_mm : float
        One section is taken for about each `step_mm` of height with metal.

    Returns
    -------
    list of MetalSection
        From low to high; empty without metal.
    """
    amount = (hu > METAL_FROM_HU).sum(axis=(1, 2))
    every = max(1, round(step_mm / lattice.spacing_mm[2]))
    heights = lattice.axis_mm(2)
    sections = []
    for group in np.unique(np.flatnonzero(amount) // every).tolist():
        members = amount[group * every : (group + 1) * every]
        index = group * every + int(np.argmax(members))
        middle = heights[0] + (group * every + (every - 1) / 2) * lattice.spacing_mm[2]
        sections.append(_section(hu[index], lattice, float(middle), index))
    return sections


def _section(plane: Volume, lattice: Lattice, z_mm: float, index: int) -> MetalSection:
    parts, number = ndimage.label(plane > METAL_FROM_HU)
    numbers = np.arange(1, number + 1)
    peaks = ndimage.maximum(plane, parts, numbers)
    rows, columns = np.array(ndimage.center_of_mass(plane, parts, numbers)).T
    (dx, dy, _), (x0, y0, _) = lattice.spacing_mm, lattice.origin_mm
    # Voxels on the rim count by how full they are.
    area = ndimage.sum_labels(plane, parts, numbers) / peaks * dx * dy
    return MetalSection(
        z_mm=z_mm,
        index=index,
        centres_mm=np.column_stack((x0 + dx * columns, y0 + dy * rows)),
        radii_mm=np.sqrt(area / np.pi),
        hu=np.asarray(peaks, dtype=np.float64),
    )
