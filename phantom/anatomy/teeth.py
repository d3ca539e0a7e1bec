"""Where the teeth stand: two arcs, the seats of fillings and crowns."""

import numpy as np

from phantom.shapes import Point

_PER_SIDE = 7
_UPPER = ((25.0, -44.0, -178.0), (17.0, -72.0, -178.0), (3.5, -82.0, -178.0))
_LOWER = ((31.0, -62.0, -192.0), (14.0, -82.0, -197.0), (3.5, -86.0, -198.0))


def _along(arc: tuple[Point, ...]) -> tuple[Point, ...]:
    """Return evenly spaced points of an arc, its ends included."""
    points = np.array(arc)
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    way = np.concatenate(([0.0], np.cumsum(steps)))
    at = np.linspace(0, way[-1], _PER_SIDE)
    columns = [np.interp(at, way, column).tolist() for column in points.T]
    return tuple((x, y, z) for x, y, z in zip(*columns, strict=True))


UPPER_MM, LOWER_MM = _along(_UPPER), _along(_LOWER)
"""Crowns' centres of the left side (x > 0), molars first."""
