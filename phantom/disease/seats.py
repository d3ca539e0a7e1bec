"""Where lesions sit: the sites of primaries and the nodes' levels along the jugular chain."""

import math
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.random import Generator

from phantom.geometry.shapes import Point
from phantom.streams import pick

SITES: dict[str, Point] = {
    "tonsil": (20.0, -5.0, -190.0),
    "tongue base": (9.0, -19.0, -206.0),
    "soft palate": (8.0, -16.0, -171.0),
    "larynx": (7.0, -13.0, -258.0),
    "hypopharynx": (15.0, 0.0, -243.0),
    "oral cavity": (19.0, -45.0, -192.0),
}
"""Seats on the left side, canonical millimetres."""
SITE_WEIGHTS = {
    True: (0.52, 0.36, 0.03, 0.03, 0.02, 0.04),
    False: (0.38, 0.26, 0.04, 0.14, 0.08, 0.10),
}
"""Shares of the sites by HPV status: the data set is mainly of the oropharynx; own estimate."""
LEVELS: dict[str, Point] = {
    "II": (40.0, 8.0, -198.0),
    "III": (38.0, 4.0, -240.0),
    "IV": (36.0, 6.0, -278.0),
    "V": (50.0, 36.0, -255.0),
    "I": (30.0, -42.0, -224.0),
    "retropharyngeal": (19.0, 9.0, -165.0),
}
LEVEL_WEIGHTS = (0.52, 0.24, 0.10, 0.06, 0.05, 0.03)
LARGE_LEVEL_WEIGHTS = (0.60, 0.30, 0.10)
LARGE_RADIUS_MM = 11.0
"""A larger node lies on the jugular chain proper, levels II to IV, and reaches outwards."""
_LOWEST_MM, _HIGHEST_MM = -292.0, -160.0
_TRIES = 40


class Seated(Protocol):
    """What already has its place."""

    @property
    def centre_mm(self) -> Point:
        """Its seat."""
        ...

    @property
    def radius_mm(self) -> float:
        """Radius of the ball of its volume."""
        ...


def primary_seat(rng: Generator, side: float, radius_mm: float, *, hpv: bool) -> tuple[str, Point]:
    """Draw site and seat of a primary on one side (1 left, -1 right)."""
    place = list(SITES)[pick(rng, SITE_WEIGHTS[hpv])]
    x, y, z = SITES[place]
    x += 0.3 * max(0.0, radius_mm - 9.0)
    dx, dy, dz = rng.normal(0.0, (1.5, 2.5, 4.0))
    return place, (side * (x + dx), y + dy, z + dz)


def node_seat(
    rng: Generator, side: float, radius_mm: float, others: Sequence[Seated]
) -> tuple[str, Point]:
    """Draw level and seat of a node clear of the others, or as clear as forty tries find."""
    weights = LEVEL_WEIGHTS if radius_mm < LARGE_RADIUS_MM else LARGE_LEVEL_WEIGHTS
    best: tuple[float, str, Point] = (-np.inf, "", (0.0, 0.0, 0.0))
    for attempt in range(_TRIES):
        place = list(LEVELS)[pick(rng, weights)]
        x, y, z = LEVELS[place]
        dx, dy, dz = rng.normal(0.0, (2.5, 3.5, 9.0 + 0.4 * attempt))
        x += 0.55 * max(0.0, radius_mm - 8.0)
        seat = (side * (x + dx), y + dy, float(np.clip(z + dz, _LOWEST_MM, _HIGHEST_MM)))
        gap = min((_gap_mm(seat, radius_mm, other) for other in others), default=np.inf)
        if gap > best[0]:
            best = (gap, place, seat)
        if gap > 0:
            break
    return best[1], best[2]


def _gap_mm(seat: Point, radius_mm: float, other: Seated) -> float:
    return math.dist(seat, other.centre_mm) - 1.2 * (radius_mm + other.radius_mm) - 5.0
