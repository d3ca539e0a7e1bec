"""The bowel: loops of the small one, the frame of the colon, the rectum."""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from phantom.anatomy.build import Build
from phantom.anatomy.tissue import AIR_HU, SOFT_HU, Tissue
from phantom.anatomy.tubes import Points, bend, filled, narrowed
from phantom.anatomy.uptake import Uptake
from phantom.geometry.shapes import Capsule

_COLON: Points = (
    (-82.0, -26.0, -792.0),
    (-92.0, -8.0, -750.0),
    (-94.0, 6.0, -700.0),
    (-84.0, -18.0, -678.0),
    (-62.0, -56.0, -690.0),
    (-24.0, -62.0, -706.0),
    (22.0, -64.0, -704.0),
    (64.0, -52.0, -680.0),
    (92.0, -22.0, -648.0),
    (102.0, 14.0, -634.0),
    (100.0, 30.0, -664.0),
    (100.0, 26.0, -720.0),
    (96.0, 6.0, -772.0),
    (78.0, -18.0, -806.0),
    (44.0, -34.0, -822.0),
    (16.0, -14.0, -812.0),
    (6.0, 20.0, -800.0),
    (2.0, 50.0, -822.0),
    (0.0, 62.0, -858.0),
    (0.0, 50.0, -895.0),
    (0.0, 56.0, -925.0),
)
_COLON_RADII = (
    *(23.0, 25.0, 22.0, 22.0, 20.0, 19.0, 19.0, 19.0, 20.0, 19.0, 16.0),
    *(14.0, 14.0, 14.0, 14.0, 14.0, 13.0, 15.0, 19.0, 13.0, 8.0),
)
_WALL_MM = 3.0
_LOOPS_MIDDLE = np.array((4.0, -44.0, -768.0))
_LOOPS_RADII = np.array((90.0, 44.0, 90.0))
_LOOPS_BOX = (_LOOPS_MIDDLE - _LOOPS_RADII, _LOOPS_MIDDLE + _LOOPS_RADII)
_LOOP_GAP_MM = 21.5
# A loop rather goes on from side to side than to the front or down.
_STRIDE = np.array((0.8, 1.1, 1.1))
_DUODENUM: Points = (
    (-20.0, -36.0, -638.0),
    (-40.0, -12.0, -640.0),
    (-44.0, 2.0, -672.0),
    (-20.0, -4.0, -694.0),
    (18.0, -8.0, -688.0),
    (34.0, -16.0, -668.0),
)


def bowel_tissues(build: Build, uptake: Uptake) -> list[Tissue]:
    """Return the bowel; how it lies, what fills it and how hot it is differ by patient."""
    rng = np.random.default_rng([round(1e4 * value) for value in (build.fat_mm, uptake.bowel)])
    small = (*bend(_DUODENUM, (12.0,)), *_loops(rng))
    colon = bend(_COLON, _COLON_RADII, step_mm=9.0)
    sacs = tuple(_sac(part, rng) for part in colon)
    return [
        *_walls(small, uptake.bowel, rng),
        *_walls(sacs, 0.9 * uptake.bowel, rng),
        *_contents(small, rng, gas=0.05, hu=(8.0, 40.0)),
        *_contents(sacs, rng, gas=0.28, hu=(-70.0, 45.0)),
    ]


def _loops(rng: Generator) -> tuple[Capsule, ...]:
    """Return small bowel that winds through the middle of the belly, each place visited once."""
    places = _scattered(rng)
    order = [int(np.argmax(places[:, 2] + places[:, 0]))]
    free = np.ones(len(places), dtype=bool)
    free[order[0]] = False
    while free.any():
        gap = np.linalg.norm((places - places[order[-1]]) * _STRIDE, axis=1)
        order.append(int(np.argmin(np.where(free, gap, np.inf))))
        free[order[-1]] = False
    points = tuple((x, y, z) for x, y, z in places[order].tolist())
    radii = rng.uniform(9.5, 13.5, len(points))
    return bend(points, tuple(radii.tolist()), step_mm=11.0)


def _scattered(rng: Generator) -> NDArray[np.float64]:
    """Return places (x, y, z) about evenly spread, none nearer than a loop is wide."""
    kept = np.empty((0, 3))
    for place in rng.uniform(*_LOOPS_BOX, (2500, 3)):
        offset = (place - _LOOPS_MIDDLE) / _LOOPS_RADII
        near = np.linalg.norm(kept - place, axis=1) < _LOOP_GAP_MM
        if (offset**2).sum() < 1 and not near.any():
            kept = np.vstack((kept, place))
    return kept


def _sac(part: Capsule, rng: Generator) -> Capsule:
    """Return a piece of colon with the bulge of a haustrum."""
    swell = float(rng.uniform(0.82, 1.12))
    return Capsule(part.start_mm, part.end_mm, swell * part.radius_mm, swell * part.end_radius_mm)


def _walls(parts: tuple[Capsule, ...], suv: float, rng: Generator) -> list[Tissue]:
    heat = _wander(len(parts), rng, length=9.0)
    return [
        Tissue(part, SOFT_HU, suv * float(np.exp(0.5 * h)))
        for part, h in zip(parts, heat, strict=True)
    ]


def _contents(
    parts: tuple[Capsule, ...], rng: Generator, *, gas: float, hu: tuple[float, float]
) -> list[Tissue]:
    airy = _wander(len(parts), rng, length=4.0) > np.quantile(
        _wander(4000, np.random.default_rng(1), length=4.0), 1 - gas
    )
    inner = narrowed(parts, _WALL_MM)
    filling = rng.uniform(*hu, len(parts))
    return [
        *(Tissue(part, float(h), 0.9) for part, h in zip(inner, filling, strict=True)),
        *filled(
            tuple(_front(part) for part, dry in zip(inner, airy, strict=True) if dry),
            AIR_HU + 40.0,
            0.4,
        ),
    ]


def _front(part: Capsule) -> Capsule:
    """Return the gas that floats in the front of a piece of bowel."""
    (x0, y0, z0), (x1, y1, z1) = part.start_mm, part.end_mm
    r0, r1 = 0.7 * part.radius_mm, 0.7 * part.end_radius_mm
    start = (x0, y0 - 0.3 * part.radius_mm, z0)
    return Capsule(start, (x1, y1 - 0.3 * part.end_radius_mm, z1), r0, r1)


def _wander(count: int, rng: Generator, *, length: float) -> NDArray[np.float64]:
    """Return a random walk about zero of unit variance that forgets over `length` steps."""
    keep = float(np.exp(-1 / length))
    values = np.empty(count)
    value = float(rng.normal())
    for index, push in enumerate(rng.normal(size=count).tolist()):
        value = keep * value + np.sqrt(1 - keep**2) * push
        values[index] = value
    return values
