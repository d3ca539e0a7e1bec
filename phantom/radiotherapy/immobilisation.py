"""What holds a patient for radiotherapy: flat couch, base plate, cushion, thermoplastic mask."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from scipy import ndimage, special

from phantom.anatomy.tissue import AIR_HU
from phantom.geometry.sampling import Lattice, Taps, Volume, apply_taps, make_taps
from phantom.scanner.couch import FOAM_HU, Backdrop, layer, skin

_COUCH_MM, _COUCH_HALF_WIDTH_MM = 50.0, 265.0
_COUCH_SKIN_MM, _COUCH_SKIN_HU = 2.0, -60.0
_NOTCH_EVERY_MM, _NOTCH_MM, _NOTCH_FROM_MM = 140.0, 24.0, 238.0
_BOARD_MM, _BOARD_HALF_WIDTH_MM, _BOARD_FROM_MM = 6.0, 135.0, -262.0
_CUSHION_HALF_WIDTH_MM, _CUSHION_FROM_MM = 85.0, -222.0
_MASK_HALF_WIDTH_MM = 195.0
_COARSE_MM = 3.0
_SMOOTH_MM = 4.5
_FAR_MM = 20.0
_FLARE_FROM_MM = 0.0
_BODY_FROM_HU = -350.0


@dataclass(frozen=True)
class Fixation:
    """How a patient is held.

    Attributes
    ----------
    top_mm : float
        y of the couch's flat top.
    mask_mm, mask_hu, gap_mm : float
        Thickness of the mask, what it is made of, its distance from the skin.
    mask_from_mm : float
        Height at which the mask ends: below the chin or on the shoulders.
    notch_mm : float
        Height of one of the couch's indexing notches.
    """

    top_mm: float
    mask_mm: float
    mask_hu: float
    gap_mm: float
    mask_from_mm: float
    notch_mm: float

    @classmethod
    def draw(cls, rng: Generator, *, top_mm: float) -> "Fixation":
        """Draw couch and mask; half of the masks reach the shoulders."""
        long = rng.random() < 0.5
        return cls(
            top_mm=top_mm,
            mask_mm=float(rng.uniform(1.5, 2.5)),
            mask_hu=float(rng.uniform(-100.0, 100.0)),
            gap_mm=float(rng.uniform(0.3, 1.5)),
            mask_from_mm=float(rng.uniform(-315.0, -295.0) if long else rng.uniform(-250, -232)),
            notch_mm=float(rng.uniform(0.0, _NOTCH_EVERY_MM)),
        )


def planning_backdrop(
    hu: Volume, lattice: Lattice, target: Lattice, fixation: Fixation
) -> Backdrop:
    """Return what a planning CT shows besides the patient.

    Parameters
    ----------
    hu : ndarray, shape (z, y, x), float32, HU
        The patient on the internal grid, whom mask and cushion follow.
    lattice, target : Lattice
        The internal grid and the planning CT's.
    fixation : Fixation
        What holds the patient.
    """
    whole, notched = (_flat_couch(target, fixation, notched=cut) for cut in (False, True))
    coarse, body, draped = _silhouettes(hu, lattice, fixation)
    # Beyond the coarse grid everything is zero, which must mean far from the patient.
    away = _distance_mm(draped, coarse) - np.float32(_FAR_MM)
    under = np.where(draped - body > 0.5, np.float32(1), np.float32(0))
    under[:, :, np.abs(coarse.axis_mm(0)) > _CUSHION_HALF_WIDTH_MM] = 0
    taps_x, taps_y = (make_taps(coarse, target, axis) for axis in (0, 1))
    window = slice(taps_y.first, taps_y.stop), slice(taps_x.first, taps_x.stop)
    free = (target.axis_mm(1)[window[0]] < fixation.top_mm - _BOARD_MM)[:, None]
    pixel = target.spacing_mm[0]

    def at(z_mm: float) -> Volume:
        phase = (z_mm - fixation.notch_mm) % _NOTCH_EVERY_MM
        plane = (notched if phase < _NOTCH_MM else whole).copy()
        height = (z_mm - coarse.origin_mm[2]) / coarse.spacing_mm[2]
        if not 0 <= height <= len(away) - 1:
            return plane
        if z_mm > _BOARD_FROM_MM:
            _lay_board(plane, target, fixation)
        part = plane[window]
        if z_mm > _CUSHION_FROM_MM:
            foam = _sampled(under, height, taps_x, taps_y) * free
            part += foam * (np.float32(FOAM_HU) - part) * (part < FOAM_HU)
        if z_mm > fixation.mask_from_mm:
            sheet = _sampled(away, height, taps_x, taps_y)
            sheet += np.float32(_FAR_MM - fixation.gap_mm - fixation.mask_mm / 2)
            sheet[~free[:, 0]] = np.inf
            skin(part, sheet, pixel, fixation.mask_hu, fixation.mask_mm)
        return plane

    return at


def _flat_couch(target: Lattice, fixation: Fixation, *, notched: bool) -> Volume:
    """Return air with a flat couch: a carbon shell around foam, cut at the sides in a notch."""
    x, y = target.axis_mm(0)[None, :], target.axis_mm(1)[:, None]
    half = _NOTCH_FROM_MM if notched else _COUCH_HALF_WIDTH_MM
    depth = np.minimum(y - fixation.top_mm, fixation.top_mm + _COUCH_MM - y)
    depth = np.minimum(depth, half - np.abs(x))
    pixel = target.spacing_mm[0]
    plane = np.full(target.shape_zyx[1:], AIR_HU, dtype=np.float32)
    layer(plane, depth, pixel, FOAM_HU)
    skin(plane, depth - _COUCH_SKIN_MM / 2, pixel, _COUCH_SKIN_HU, _COUCH_SKIN_MM)
    return plane


def _lay_board(plane: Volume, target: Lattice, fixation: Fixation) -> None:
    rows = np.abs(target.axis_mm(1) - (fixation.top_mm - _BOARD_MM / 2)) < _BOARD_MM / 2
    columns = np.abs(target.axis_mm(0)) < _BOARD_HALF_WIDTH_MM
    plane[np.ix_(rows, columns)] = -780.0
    for edge in (np.flatnonzero(rows)[:1], np.flatnonzero(rows)[-1:]):
        plane[np.ix_(edge, np.flatnonzero(columns))] = -180.0


def _silhouettes(
    hu: Volume, lattice: Lattice, fixation: Fixation
) -> tuple[Lattice, Volume, Volume]:
    """Return a coarse grid, the body on it and the body with all that lies below it.

    A mask follows the face and, from where the head is widest, falls to the base plate.
    """
    every = max(1, round(_COARSE_MM / lattice.spacing_mm[0]))
    lowest = min(fixation.mask_from_mm, _CUSHION_FROM_MM) - 12
    first = int(np.searchsorted(lattice.axis_mm(2), lowest))
    inner = np.flatnonzero(np.abs(lattice.axis_mm(0)) < _MASK_HALF_WIDTH_MM)
    nz, ny, _ = lattice.shape_zyx
    box = slice(first, nz), slice(0, ny), slice(int(inner[0]), int(inner[-1]) + 1)
    coarse = lattice.part(box).thinned(every)
    thin = hu[box][::every, ::every, ::every]
    filled = np.stack([ndimage.binary_fill_holes(section > _BODY_FROM_HU) for section in thin])
    soft = np.clip((thin - np.float32(AIR_HU)) * np.float32(1 / 900), 0, 1)
    body: Volume = np.maximum(soft, filled.astype(np.float32))
    return coarse, body, _draped(body, coarse)


def _draped(body: Volume, grid: Lattice) -> Volume:
    """Return the body with all below it, widening by half a millimetre for each down."""
    draped = body.copy()
    for row in range(1, draped.shape[1]):
        above = draped[:, row - 1]
        if row % 2 and grid.axis_mm(1)[row] > _FLARE_FROM_MM:
            above = ndimage.maximum_filter(above, 3, mode="nearest")
        np.maximum(draped[:, row], above, out=draped[:, row])
    return draped


def _distance_mm(solid: Volume, grid: Lattice) -> Volume:
    """Return the signed distance from a solid's surface, positive outside, within 15 mm.

    A step blurred by a Gaussian is the normal distribution of the distance.
    """
    sigmas = [_SMOOTH_MM / spacing for spacing in reversed(grid.spacing_mm)]
    blurred = ndimage.gaussian_filter(solid, sigmas, truncate=4.0, mode="nearest")
    distance: Volume = -special.ndtri(np.clip(blurred, 5e-4, 1 - 5e-4)).astype(np.float32)
    return distance * np.float32(_SMOOTH_MM)


def _sampled(field: Volume, height: float, taps_x: Taps, taps_y: Taps) -> Volume:
    below = min(int(height), len(field) - 2)
    share = np.float32(height - below)
    section = field[below] + share * (field[below + 1] - field[below])
    return apply_taps(apply_taps(section, taps_x, 1), taps_y, 0)
