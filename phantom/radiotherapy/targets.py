"""What a head and neck radiotherapy treats: lesions with margins, and the neck's levels."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from phantom.disease.drawing import NODE
from phantom.disease.masses import Mass
from phantom.geometry.canvas import Canvas
from phantom.geometry.sampling import Lattice, Volume
from phantom.geometry.shapes import Strand

HIGH_MARGIN_MM, MIDDLE_MARGIN_MM = 10.0, 20.0
_NODAL_MARGIN_MM = 3.0
# z, x, y, radius along x and y, turn: around the left jugular chain, levels II to IV.
CHAIN = Strand(
    (
        (-300.0, 34.0, 8.0, 15.0, 15.0, 0.0),
        (-278.0, 36.0, 6.0, 16.0, 16.0, 0.0),
        (-240.0, 38.0, 4.0, 16.0, 17.0, 0.0),
        (-198.0, 40.0, 8.0, 15.0, 20.0, 0.0),
        (-168.0, 34.0, 12.0, 11.0, 13.0, 0.0),
    )
)
"""The elective neck of the left side, canonical millimetres."""


@dataclass(frozen=True)
class Target:
    """A volume to treat.

    Attributes
    ----------
    gy : float
        Its dose.
    depth_mm : ndarray, shape (z, y, x), float32
        Signed depth: positive inside.
    """

    gy: float
    depth_mm: Volume


def draw_targets(
    canvas: Canvas, masses: Sequence[Mass], levels_gy: tuple[float, float, float], *, every: int
) -> list[Target]:
    """Return the targets, highest dose first, on each `every`-th voxel of the canvas.

    Parameters
    ----------
    canvas : Canvas
        The patient.
    masses : sequence of Mass
        The labelled lesions; without any, the elective neck alone is treated.
    levels_gy : tuple of float
        Doses of the lesions with 10 mm; of the lesions with 20 mm and of the neck's side with
        nodes; of the elective neck on both sides.
    every : int
        Thinning of the canvas.
    """
    step = (slice(None, None, every),) * 3
    place = canvas.x_mm[step], canvas.y_mm[step], canvas.z_mm[::every]
    left, right = (chain.depth_mm(*place) for chain in (CHAIN, CHAIN.mirrored()))
    high_gy, middle_gy, low_gy = levels_gy
    elective = Target(low_gy, np.maximum(left, right))
    lattice = canvas.lattice.thinned(every)
    gross = _gross(masses, lattice, every)
    if not gross.any():
        return [elective]
    spacing = tuple(reversed(lattice.spacing_mm))
    away = ndimage.distance_transform_edt(~gross, sampling=spacing).astype(np.float32)
    middle = np.float32(MIDDLE_MARGIN_MM) - away
    sides = {np.sign(m.lesion.centre_mm[0]) for m in masses if m.lesion.label == NODE}
    for sign, chain in ((1.0, left), (-1.0, right)):
        if sign in sides:
            np.maximum(middle, chain + np.float32(_NODAL_MARGIN_MM), out=middle)
    high = Target(high_gy, np.float32(HIGH_MARGIN_MM) - away)
    return [high, Target(middle_gy, middle), elective]


def _gross(masses: Sequence[Mass], lattice: Lattice, every: int) -> NDArray[np.bool_]:
    """Return the voxels of the thinned grid in a lesion; none is lost between the voxels."""
    gross = np.zeros(lattice.shape_zyx, dtype=bool)
    for mass in masses:
        offsets = [-part.start % every for part in mass.box]
        starts = [-(-part.start // every) for part in mass.box]
        depth = mass.depth_mm[tuple(slice(offset, None, every) for offset in offsets)]
        box = tuple(slice(s, s + n) for s, n in zip(starts, depth.shape, strict=True))
        if depth.size:
            gross[box] |= depth > min(0.0, float(depth.max()) - 0.1)
    return gross
