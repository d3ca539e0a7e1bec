"""Lungs with the branches of their vessels and the main bronchi."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from phantom.anatomy.tissue import AIR_HU, Tissue, both, flat
from phantom.anatomy.tubes import filled, mirrored, paired
from phantom.anatomy.uptake import Uptake
from phantom.anatomy.wall import CHEST
from phantom.geometry.combine import Common, Inset
from phantom.geometry.shapes import Capsule, Strand

LUNG_HU = -840.0
_SIDE = Strand(
    (
        (-598.0, 92.0, 52.0, 62.0, 52.0, 0.0),
        (-540.0, 88.0, 22.0, 76.0, 92.0, 0.0),
        (-440.0, 84.0, 20.0, 73.0, 96.0, 0.0),
        (-400.0, 80.0, 24.0, 64.0, 84.0, 0.0),
        (-360.0, 66.0, 34.0, 47.0, 58.0, 0.0),
        (-325.0, 50.0, 44.0, 28.0, 36.0, 0.0),
        (-308.0, 44.0, 48.0, 9.0, 12.0, 0.0),
    )
)
LUNG = Common((Inset(CHEST, 1.0), _SIDE))
_HILUM = (42.0, 18.0, -432.0)
_REACH = np.array((56.0, 56.0, 110.0))
_MIDDLE = np.array((82.0, 18.0, -455.0))
# Where the first branches point, as shares of the reach from the middle.
_TARGETS = (
    *((0.6, 0.1, 0.9), (0.5, -0.7, 0.4), (0.8, 0.7, 0.3), (0.9, -0.5, -0.3)),
    *((0.9, 0.2, -0.2), (0.3, 0.9, -0.7), (0.7, 0.4, -0.9), (0.5, -0.5, -0.6)),
)
_VESSEL_SEED = 11


def lung_tissues(uptake: Uptake, *, blood_hu: float) -> list[Tissue]:
    """Return both lungs, the vessels in them, and the main bronchi."""
    right = ((0.0, 16.0, -388.0), (-26.0, 20.0, -414.0), (-46.0, 24.0, -436.0))
    left = ((0.0, 16.0, -388.0), (28.0, 22.0, -420.0), (50.0, 28.0, -440.0))
    lower = ((46.0, 24.0, -436.0), (58.0, 36.0, -475.0))
    upper = ((44.0, 22.0, -434.0), (66.0, 14.0, -412.0))
    suv = 0.5 * uptake.blood
    return flat(
        (
            both(LUNG, LUNG_HU, uptake.lung),
            filled(_branches(), 0.75 * blood_hu - 20.0, suv),
            _bronchus(right),
            _bronchus(left),
            paired(lower, (6.5, 4.5), 0.0, 0.6),
            paired(lower, (4.5, 2.5), -920.0, 0.3),
            paired(upper, (6.0, 4.0), 0.0, 0.6),
            paired(upper, (4.0, 2.2), -920.0, 0.3),
        )
    )


def _bronchus(points: tuple[tuple[float, float, float], ...]) -> list[Tissue]:
    ends = list(pairwise(points))
    wall = [Tissue(Capsule(a, b, 9.0, 8.0), 20.0, 0.9) for a, b in ends]
    return [*wall, *(Tissue(Capsule(a, b, 7.0, 6.0), AIR_HU, 0.2) for a, b in ends)]


@dataclass(frozen=True)
class _Twig:
    """A piece of a growing vessel."""

    start: NDArray[np.float64]
    way: NDArray[np.float64]
    radius: float
    length: float
    order: int


def _branches() -> tuple[Capsule, ...]:
    """Return vessels that fork from the hilum towards the surface of both lungs."""
    rng = np.random.default_rng(_VESSEL_SEED)
    start = np.array(_HILUM)
    targets = _MIDDLE + _REACH * np.array(_TARGETS)
    pending = [_Twig(start, _unit(t - start), 6.0, 30.0, 0) for t in targets]
    left: list[Capsule] = []
    while pending:
        twig = pending.pop()
        end = twig.start + twig.length * twig.way
        left.append(Capsule(_point(twig.start), _point(end), twig.radius, 0.8 * twig.radius))
        if twig.order < 4 and _inside(end):
            pending += [_fork(twig, end, rng) for _ in range(2)]
    return (*left, *mirrored(tuple(left)))


def _fork(twig: _Twig, end: NDArray[np.float64], rng: Generator) -> _Twig:
    way = _unit(twig.way + 0.45 * rng.normal(size=3))
    shrink = rng.uniform(0.66, 0.8)
    return _Twig(
        end, way, shrink * twig.radius, rng.uniform(0.7, 0.95) * twig.length, twig.order + 1
    )


def _inside(point: NDArray[np.float64]) -> bool:
    x, y, z = (np.full((1, 1, 1), value, dtype=np.float32) for value in point)
    return bool(LUNG.depth_mm(x, y, z)[0, 0, 0] > 10.0)


def _unit(vector: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(vector / np.linalg.norm(vector), dtype=np.float64)


def _point(vector: NDArray[np.float64]) -> tuple[float, float, float]:
    x, y, z = vector.tolist()
    return x, y, z
