"""What lies around the patient in a CT: the couch of a PET/CT with its head rest."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from phantom.anatomy.tissue import AIR_HU
from phantom.geometry.sampling import Lattice, Volume

Backdrop = Callable[[float], Volume]
"""Gives the slice at a height, without the patient: shape (y, x), HU, not to be changed."""

FOAM_HU = -940.0
SKIN_HU = -120.0
_SKIN_MM = 1.6
_HALF_WIDTH_MM = 205.0
_SAG_MM = 20.0
_RISE_MM = 38.0
_THICKNESS_MM = 44.0
_PAD_HU = -965.0
_REST_FROM_MM = -205.0
_REST_RADIUS_MM = 98.0
_REST_MM = 16.0

Coordinates = NDArray[np.float64] | NDArray[np.float32]


def layer(plane: Volume, depth_mm: Coordinates, pixel_mm: float, hu: float) -> None:
    """Lay a material over a plane where `depth_mm` is positive, its edge one pixel wide."""
    cover = np.clip(depth_mm / pixel_mm + 0.5, 0, 1)
    plane += (cover * (hu - plane)).astype(np.float32)


def skin(plane: Volume, depth_mm: Coordinates, pixel_mm: float, hu: float, thick_mm: float) -> None:
    """Lay a sheet of `thick_mm` along the surface where `depth_mm` is zero.

    A sheet thinner than a pixel keeps its amount: it is spread over the pixel.
    """
    reach = max(thick_mm, pixel_mm)
    cover = np.clip((reach / 2 - np.abs(depth_mm)) / pixel_mm + 0.5, 0, 1) * (thick_mm / reach)
    plane += (cover * (hu - plane)).astype(np.float32)


def curved_couch(target: Lattice, top_mm: float, *, head_back_mm: float | None) -> Backdrop:
    """Return air with the trough-shaped couch of a PET/CT: two carbon skins, foam, a pad.

    Parameters
    ----------
    target : Lattice
        The CT's grid, in the patient's millimetres.
    top_mm : float
        Height (y) at which the patient lies.
    head_back_mm : float or None
        y of the back of the head, which a cradle holds; None for no cradle.
    """
    x, y = target.axis_mm(0)[None, :], target.axis_mm(1)[:, None]
    pixel = target.spacing_mm[0]
    share = x / _HALF_WIDTH_MM
    upper = top_mm + _SAG_MM - _RISE_MM * share**2
    lower = upper + _THICKNESS_MM * np.sqrt(np.clip(1 - share**2, 0, None)) + 2.0
    within = _HALF_WIDTH_MM - np.abs(x)
    plane = np.full(target.shape_zyx[1:], AIR_HU, dtype=np.float32)
    pad = np.minimum(upper - y, y - np.maximum(upper - 12.0, top_mm))
    layer(plane, np.minimum(pad, within), pixel, _PAD_HU)
    inner = np.minimum(np.minimum(y - upper, lower - y), within)
    layer(plane, inner, pixel, FOAM_HU)
    for surface in (upper, lower):
        # Seen across, a sloping sheet is thinner than along y.
        slope = np.cos(np.arctan(np.gradient(surface, pixel, axis=1)))
        away = np.where(within > 0, (y - surface) * slope, np.inf)
        skin(plane, away, pixel, SKIN_HU, _SKIN_MM)
    if head_back_mm is None:
        return lambda _: plane
    held = _with_head_rest(plane, x, y, pixel, head_back_mm)
    return lambda z_mm: held if z_mm > _REST_FROM_MM else plane


def _with_head_rest(
    plane: Volume, x: Coordinates, y: Coordinates, pixel: float, back_mm: float
) -> Volume:
    """Return the slice with a cradle: a foam-filled arc of carbon around the back of the head."""
    held = plane.copy()
    centre = back_mm + 3.0 - _REST_RADIUS_MM
    radius = np.hypot(x, y - centre)
    ends = (y - centre) - 0.35 * radius
    arc = np.minimum(
        np.minimum(radius - _REST_RADIUS_MM, _REST_RADIUS_MM + _REST_MM - radius), ends
    )
    layer(held, arc, pixel, FOAM_HU)
    skin(held, arc, pixel, SKIN_HU, _SKIN_MM)
    return held
