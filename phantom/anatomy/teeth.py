"""The teeth: where they stand, and each one's enamel, dentine and root."""

import numpy as np
from numpy.random import Generator

from phantom.anatomy.tissue import Tissue, both, flat
from phantom.geometry.shapes import Capsule, Ellipsoid, Point

ENAMEL_HU, DENTINE_HU, ROOT_HU = 2650.0, 1750.0, 1600.0
_TOOTH_SUV = 0.4
INFLAMED, INFLAMED_SUV, LUCENT_HU = 0.45, (2.5, 7.0), 60.0
"""Share of patients with inflamed roots, what a scanner measures there, and their CT value."""
_UPPER = (
    (27.0, -41.0, -176.5),
    (25.5, -52.0, -176.5),
    (22.0, -64.0, -176.5),
    (15.0, -74.0, -176.5),
    (7.5, -79.5, -176.5),
    (3.8, -81.0, -176.5),
)
_LOWER = (
    (34.0, -43.0, -186.0),
    (30.0, -55.0, -186.0),
    (23.5, -66.0, -186.0),
    (13.0, -76.5, -186.0),
    (6.5, -79.5, -186.0),
    (2.7, -80.5, -186.0),
)
# Along the arc and across it, crown's half height, root's length: molars first.
_SIZES = (
    (4.9, 5.0, 4.0, 12.0),
    (4.9, 5.2, 4.0, 12.0),
    (3.4, 4.4, 4.2, 13.0),
    (3.4, 4.2, 4.4, 13.0),
    (3.6, 3.9, 5.2, 16.0),
    (3.2, 3.0, 5.0, 12.0),
    (3.9, 3.1, 5.3, 12.0),
)


def _along(arc: tuple[Point, ...]) -> tuple[Point, ...]:
    """Return the teeth's places on an arc, spaced by their sizes."""
    points = np.array(arc)
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    way = np.concatenate(([0.0], np.cumsum(steps)))
    widths = np.array([size[0] for size in _SIZES])
    at = np.cumsum(widths[:-1] + widths[1:])
    at = np.concatenate(([0.0], at)) * way[-1] / at[-1]
    columns = [np.interp(at, way, column).tolist() for column in points.T]
    return tuple((x, y, z) for x, y, z in zip(*columns, strict=True))


UPPER_MM, LOWER_MM = _along(_UPPER), _along(_LOWER)
"""Crowns' centres of the left side (x > 0), molars first."""


def teeth_tissues() -> list[Tissue]:
    """Return the teeth of both jaws, roots before crowns."""
    return [*_row(UPPER_MM, 1.0), *_row(LOWER_MM, -1.0)]


def _row(places: tuple[Point, ...], root_side: float) -> list[Tissue]:
    turns = _turns(places)
    return flat(
        _tooth(place, turn, size, root_side)
        for place, turn, size in zip(places, turns, _SIZES, strict=True)
    )


def _turns(places: tuple[Point, ...]) -> list[float]:
    """Return the angle of the arc at each tooth, degrees from the y axis about z."""
    x, y, _ = np.array(places).T
    angles: list[float] = np.degrees(np.arctan2(-np.gradient(x), np.gradient(y))).tolist()
    return angles


def _tooth(
    place: Point, turn: float, size: tuple[float, float, float, float], root_side: float
) -> list[Tissue]:
    x, y, z = place
    along, across, half, root = size
    tip = (x, y, z + root_side * (half + root))
    neck = (x, y, z + root_side * 0.6 * half)
    crown = Ellipsoid(place, (across, along, half), (0.0, 0.0, turn))
    core = Ellipsoid(
        (x, y, z + root_side * 1.2), (across - 1.5, along - 1.5, half - 0.6), (0.0, 0.0, turn)
    )
    return [
        *both(Capsule(neck, tip, 0.72 * min(along, across), 1.3), ROOT_HU, _TOOTH_SUV),
        *both(crown, ENAMEL_HU, _TOOTH_SUV),
        *both(core, DENTINE_HU, _TOOTH_SUV),
    ]


def inflamed_tissues(rng: Generator) -> list[Tissue]:
    """Draw inflamed roots: none in most patients, else one to three hot lucencies in the jaw.

    How often and how hot is our own estimate of what dental disease shows on FDG-PET.
    """
    ill, count = rng.random() < INFLAMED, int(rng.integers(1, 4))
    if not ill:
        return []
    roots = [(point, 1.0) for point in UPPER_MM] + [(point, -1.0) for point in LOWER_MM]
    found = []
    for number in rng.choice(len(roots), size=count, replace=False).tolist():
        (x, y, z), root_side = roots[number]
        side = 1.0 if rng.random() < 0.5 else -1.0
        seat = (side * x, y, z + root_side * rng.uniform(9.0, 13.0))
        radius = float(rng.uniform(3.0, 6.0))
        suv = float(rng.uniform(*INFLAMED_SUV)) / (0.10 * radius)
        found.append(Tissue(Ellipsoid(seat, (radius, radius, radius)), LUCENT_HU, suv))
    return found
