"""What disease a patient has: primary, nodes and reactive nodes, as numbers, not yet as voxels.

Volumes, counts and SUVmax follow the published component table; HPV shifts them as published.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from phantom.clinical import HPV_POSITIVE
from phantom.shapes import Point
from phantom.streams import pick

PRIMARY, NODE, REACTIVE = 1, 2, 0
"""Labels; a reactive node is visible and stays background."""


@dataclass(frozen=True)
class SizeAndUptake:
    """Joint log-normal of volume and SUVmax of one kind of lesion, and how HPV shifts it."""

    log_ml: tuple[float, float]
    log_suv: tuple[float, float]
    correlation: float
    range_ml: tuple[float, float]
    range_suv: tuple[float, float]
    hpv_log_ml: float
    hpv_log_suv: float

    def draw(self, rng: Generator, *, hpv_positive: bool) -> tuple[float, float]:
        """Draw (volume in ml, SUVmax); a volume out of range is drawn again."""
        shift = hpv_positive - HPV_POSITIVE
        while True:
            a, b = rng.standard_normal(2)
            log_ml = self.log_ml[0] + self.hpv_log_ml * shift + self.log_ml[1] * a
            if self.range_ml[0] <= np.exp(log_ml) <= self.range_ml[1]:
                break
        c = self.correlation * a + np.sqrt(1 - self.correlation**2) * b
        log_suv = self.log_suv[0] + self.hpv_log_suv * shift + self.log_suv[1] * c
        return float(np.exp(log_ml)), float(np.clip(np.exp(log_suv), *self.range_suv))


PRIMARY_SIZE = SizeAndUptake(
    log_ml=(2.158, 0.937),
    log_suv=(2.483, 0.496),
    correlation=0.53,
    range_ml=(0.8, 100.0),
    range_suv=(2.5, 40.0),
    hpv_log_ml=-0.4,
    hpv_log_suv=-0.25,
)
NODE_SIZE = SizeAndUptake(
    log_ml=(1.5, 1.25),
    log_suv=(2.0, 0.62),
    correlation=0.55,
    range_ml=(0.3, 90.0),
    range_suv=(1.5, 35.0),
    hpv_log_ml=0.3,
    hpv_log_suv=0.25,
)
PRIMARY_ABSENT = 0.04
NODES_ABSENT = 0.11
NODE_COUNTS = (0.60, 0.25, 0.085, 0.04, 0.015, 0.01)
"""Shares of one to six nodes among patients with any."""
CYSTIC_BY_HPV = {True: 0.37, False: 0.10}
IPSILATERAL = 0.8

SITES: dict[str, Point] = {
    "tonsil": (20.0, -5.0, -190.0),
    "tongue base": (9.0, -19.0, -206.0),
    "larynx": (7.0, -13.0, -258.0),
    "hypopharynx": (15.0, 0.0, -243.0),
    "oral cavity": (19.0, -45.0, -192.0),
}
SITE_WEIGHTS = {
    True: (0.56, 0.38, 0.02, 0.01, 0.03),
    False: (0.30, 0.20, 0.22, 0.14, 0.14),
}
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


@dataclass(frozen=True)
class Lesion:
    """A lesion as drawn.

    Attributes
    ----------
    label : int
        1 primary, 2 node, 0 reactive node.
    place : str
        Site of a primary or level of a node.
    centre_mm : tuple of float
        Its seat in the canonical frame.
    elongation : tuple of float
        Relative radii along x, y and z, their product about one.
    volume_ml, suv_max : float
        Targets of the rendering.
    cystic : bool
        Whether the core is fluid.
    irregularity : float
        Relative amplitude of the border's bumps.
    number : int
        Distinguishes the lesions of one patient.
    """

    label: int
    place: str
    centre_mm: Point
    elongation: Point
    volume_ml: float
    suv_max: float
    cystic: bool
    irregularity: float
    number: int

    @property
    def radius_mm(self) -> float:
        """Radius of the ball of the same volume."""
        return float((3000 * self.volume_ml / (4 * np.pi)) ** (1 / 3))


def draw_disease(rng: Generator, *, hpv_positive: bool) -> tuple[Lesion, ...]:
    """Draw the lesions of one patient, primary first."""
    side = 1.0 if rng.random() < 0.5 else -1.0
    lesions: list[Lesion] = []
    has_primary, has_nodes = rng.random() >= PRIMARY_ABSENT, rng.random() >= NODES_ABSENT
    if has_primary:
        lesions.append(_draw_primary(rng, side, hpv_positive=hpv_positive))
    count = 1 + pick(rng, NODE_COUNTS) if has_nodes else 0
    for _ in range(count):
        volume, suv = NODE_SIZE.draw(rng, hpv_positive=hpv_positive)
        cystic = bool(rng.random() < CYSTIC_BY_HPV[hpv_positive]) and volume > 1.5
        node_side = side if rng.random() < IPSILATERAL else -side
        lesions.append(_draw_node(rng, lesions, NODE, node_side, volume, suv, cystic=cystic))
    for _ in range(int(rng.integers(0, 5))):
        volume = float(np.pi / 6 * rng.uniform(0.5, 1.0) ** 3)
        node_side = 1.0 if rng.random() < 0.5 else -1.0
        suv = float(rng.uniform(1.5, 3.5))
        lesions.append(_draw_node(rng, lesions, REACTIVE, node_side, volume, suv, cystic=False))
    return tuple(lesions)


def _draw_primary(rng: Generator, side: float, *, hpv_positive: bool) -> Lesion:
    place = list(SITES)[pick(rng, SITE_WEIGHTS[hpv_positive])]
    volume, suv = PRIMARY_SIZE.draw(rng, hpv_positive=hpv_positive)
    radius = (3000 * volume / (4 * np.pi)) ** (1 / 3)
    x, y, z = SITES[place]
    x += 0.3 * max(0.0, radius - 9.0)
    jitter = rng.normal(0.0, (1.5, 2.5, 4.0))
    return Lesion(
        label=PRIMARY,
        place=place,
        centre_mm=(side * (x + jitter[0]), y + jitter[1], z + jitter[2]),
        elongation=_elongation(rng, 0.15),
        volume_ml=volume,
        suv_max=suv,
        cystic=False,
        irregularity=0.14 if hpv_positive else 0.26,
        number=0,
    )


def _elongation(rng: Generator, spread: float, *, along_z: float = 0.0) -> Point:
    logs = rng.normal((0.0, 0.0, along_z), spread)
    x, y, z = np.exp(logs - logs.mean()).tolist()
    return x, y, z


def _draw_node(
    rng: Generator,
    others: list[Lesion],
    label: int,
    side: float,
    volume: float,
    suv: float,
    *,
    cystic: bool,
) -> Lesion:
    radius = (3000 * volume / (4 * np.pi)) ** (1 / 3)
    weights = LEVEL_WEIGHTS if radius < LARGE_RADIUS_MM else LARGE_LEVEL_WEIGHTS
    best: tuple[float, str, Point] = (-np.inf, "", (0.0, 0.0, 0.0))
    for attempt in range(40):
        place = list(LEVELS)[pick(rng, weights)]
        x, y, z = LEVELS[place]
        dx, dy, dz = rng.normal(0.0, (2.5, 3.5, 9.0 + 0.4 * attempt))
        x += 0.55 * max(0.0, radius - 8.0)
        centre = (side * (x + dx), y + dy, float(np.clip(z + dz, -292.0, -160.0)))
        gap = min((_gap_mm(centre, radius, other) for other in others), default=np.inf)
        if gap > best[0]:
            best = (gap, place, centre)
        if gap > 0:
            break
    return Lesion(
        label=label,
        place=best[1],
        centre_mm=best[2],
        elongation=_elongation(rng, 0.1, along_z=0.2),
        volume_ml=volume,
        suv_max=suv,
        cystic=cystic,
        irregularity=0.07,
        number=len(others) + 1,
    )


def _gap_mm(centre: Point, radius: float, other: Lesion) -> float:
    return math.dist(centre, other.centre_mm) - 1.2 * (radius + other.radius_mm) - 5.0
