"""What disease a patient has: primary, nodes and reactive nodes, as numbers, not yet as voxels.

Volumes, counts and SUVmax follow the published component table, absences the 2026 table; HPV
shifts them as published (Tahari 2014, Clark 2015, Kendi 2015, cystic nodes AJNR 2005).
"""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from scipy import special

from phantom.disease.curves import NODE_ML, NODE_SUV, PRIMARY_ML, PRIMARY_SUV, Curve
from phantom.disease.seats import node_seat, primary_seat
from phantom.geometry.shapes import Point
from phantom.record.clinical import HPV_POSITIVE
from phantom.streams import pick

PRIMARY, NODE, REACTIVE = 1, 2, 0
"""Labels; a reactive node is visible and stays background."""

PRIMARY_COUNTS = (0.040, 0.054, 0.900, 0.006)
"""Shares of patients without a primary, with one under 1 ml, with one of 1 ml, with two."""
LARGE_NODE_COUNTS = (0.154, 0.506, 0.213, 0.072, 0.034, 0.012, 0.009)
"""Shares of patients with 0 to 6 nodes of at least 1 ml."""
NODES_ABSENT = 0.111
"""Share of patients without any node at all."""
SMALL_NODES = 0.13
"""Mean number of further nodes under 1 ml where there is a large one."""
SMALL_ML = (0.3, 1.0)
INDEX_SHARE = 572 / 957
"""Share of patients with a large node in the number of large nodes: one is each one's index."""
_SATELLITE_POWER = 1 / (1 - INDEX_SHARE) - 1
CYSTIC_BY_HPV = {True: 0.37, False: 0.10}
CYSTIC_FROM_ML = 1.5
NECROTIC_BY_HPV = {True: 0.515, False: 0.738}
"""Shares of nodes with necrosis on MRI (Huang 2017); of large primaries half as many."""
NECROTIC_FROM_ML = 3.0
INVASIVE_BY_HPV = {True: 0.06, False: 0.26}
"""Share of primaries that invade muscle with an ill-defined border."""
IRREGULARITY = {True: (0.50, 0.06), False: (0.36, 0.08)}
"""Mean and standard deviation of the border's bumps by whether it is invasive."""
DISCRETE, MATTED, LARGE_ML = 0.10, 0.35, 6.0
"""Border's bumps of a node of its own and of nodes grown together, half of the larger ones."""
IPSILATERAL = 0.8


@dataclass(frozen=True)
class SizeAndUptake:
    """Volume and SUVmax of one kind of lesion, correlated, and how HPV shifts their logarithms."""

    volume_ml: Curve
    suv_max: Curve
    correlation: float
    hpv_log_ml: float
    hpv_log_suv: float

    def draw(self, rng: Generator, level: float, *, hpv_positive: bool) -> tuple[float, float]:
        """Return (volume in ml, SUVmax) of the lesion at a level of volume between 0 and 1."""
        shift = hpv_positive - HPV_POSITIVE
        score = float(special.ndtri(np.clip(level, 1e-4, 1 - 1e-4)))
        other = self.correlation * score + np.sqrt(1 - self.correlation**2) * rng.normal()
        return (
            self.volume_ml.at(score, log_shift=self.hpv_log_ml * shift),
            self.suv_max.at(float(other), log_shift=self.hpv_log_suv * shift),
        )

    def draw_small(self, rng: Generator, *, hpv_positive: bool) -> tuple[float, float]:
        """Return (volume in ml, SUVmax) of a lesion under 1 ml."""
        _, suv = self.draw(rng, 0.03, hpv_positive=hpv_positive)
        return float(np.exp(rng.uniform(*np.log(SMALL_ML)))), suv


PRIMARY_SIZE = SizeAndUptake(PRIMARY_ML, PRIMARY_SUV, 0.55, hpv_log_ml=-0.4, hpv_log_suv=-0.25)
NODE_SIZE = SizeAndUptake(NODE_ML, NODE_SUV, 0.56, hpv_log_ml=0.3, hpv_log_suv=0.25)


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
    core : str
        ``solid``, ``cystic`` (fluid under a thin rim) or ``necrotic`` (a ragged cold middle).
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
    core: str
    irregularity: float
    number: int

    @property
    def radius_mm(self) -> float:
        """Radius of the ball of the same volume."""
        return radius_of_mm(self.volume_ml)

    @property
    def cystic(self) -> bool:
        """Whether the core is fluid."""
        return self.core == "cystic"


def radius_of_mm(volume_ml: float) -> float:
    """Return the radius of the ball of a volume."""
    return float((3000 * volume_ml / (4 * np.pi)) ** (1 / 3))


def draw_disease(rng: Generator, *, hpv_positive: bool) -> tuple[Lesion, ...]:
    """Draw the lesions of one patient: primaries, then nodes, then reactive nodes."""
    side = 1.0 if rng.random() < 0.5 else -1.0
    lesions: list[Lesion] = []
    kind = pick(rng, PRIMARY_COUNTS)
    for _ in range((0, 1, 1, 2)[kind]):
        size = (
            PRIMARY_SIZE.draw_small(rng, hpv_positive=hpv_positive)
            if kind == 1
            else PRIMARY_SIZE.draw(rng, rng.random(), hpv_positive=hpv_positive)
        )
        lesions.append(_primary(rng, side, size, len(lesions), hpv_positive=hpv_positive))
        side = -side
    for size in _node_sizes(rng, hpv_positive=hpv_positive):
        core = _core(rng, size[0], hpv_positive=hpv_positive)
        node_side = side if rng.random() < IPSILATERAL else -side
        lesions.append(_node(rng, lesions, NODE, node_side, size, core))
    for _ in range(int(rng.integers(0, 5))):
        size = float(np.pi / 6 * rng.uniform(0.5, 1.0) ** 3), float(rng.uniform(1.5, 3.5))
        node_side = 1.0 if rng.random() < 0.5 else -1.0
        lesions.append(_node(rng, lesions, REACTIVE, node_side, size, "solid"))
    return tuple(lesions)


def _node_sizes(rng: Generator, *, hpv_positive: bool) -> list[tuple[float, float]]:
    """Draw the nodes' sizes, the index node first.

    An index node is larger than its satellites, which makes a patient's total as large as
    published; their densities over the levels of volume mix to the even one of all nodes, so
    the table of components holds too.
    """
    large = pick(rng, LARGE_NODE_COUNTS)
    if large == 0:
        small = int(rng.random() >= NODES_ABSENT / LARGE_NODE_COUNTS[0])
    else:
        small = int(rng.poisson(SMALL_NODES))
    levels = [_satellite_level(rng) for _ in range(large - 1)]
    if large:
        levels.insert(0, _index_level(rng))
    sizes = [NODE_SIZE.draw(rng, level, hpv_positive=hpv_positive) for level in levels]
    return sizes + [NODE_SIZE.draw_small(rng, hpv_positive=hpv_positive) for _ in range(small)]


def _satellite_level(rng: Generator) -> float:
    """Draw from the density (k + 1)(1 - u)^k, the steepest that leaves the index's positive."""
    return float(1 - rng.random() ** (1 / (_SATELLITE_POWER + 1)))


def _index_level(rng: Generator) -> float:
    """Draw from what satellites leave of the even density: proportional to 1 - (1 - u)^k."""
    while True:
        level, height = rng.random(2)
        if height < 1 - (1 - level) ** _SATELLITE_POWER:
            return float(level)


def _core(rng: Generator, volume_ml: float, *, hpv_positive: bool) -> str:
    cystic, necrotic = rng.random(2)
    if volume_ml > CYSTIC_FROM_ML and cystic < CYSTIC_BY_HPV[hpv_positive]:
        return "cystic"
    if volume_ml > NECROTIC_FROM_ML and necrotic < NECROTIC_BY_HPV[hpv_positive]:
        return "necrotic"
    return "solid"


def _primary(
    rng: Generator, side: float, size: tuple[float, float], number: int, *, hpv_positive: bool
) -> Lesion:
    volume, suv = size
    place, seat = primary_seat(rng, side, radius_of_mm(volume), hpv=hpv_positive)
    necrotic = volume > LARGE_ML and rng.random() < NECROTIC_BY_HPV[hpv_positive] / 2
    mean, spread = IRREGULARITY[bool(rng.random() < INVASIVE_BY_HPV[hpv_positive])]
    return Lesion(
        label=PRIMARY,
        place=place,
        centre_mm=seat,
        elongation=_elongation(rng, 0.26),
        volume_ml=volume,
        suv_max=suv,
        core="necrotic" if necrotic else "solid",
        irregularity=float(np.clip(rng.normal(mean, spread), 0.15, 0.7)),
        number=number,
    )


def _elongation(rng: Generator, spread: float, *, along_z: float = 0.0) -> Point:
    logs = rng.normal((0.0, 0.0, along_z), spread)
    x, y, z = np.exp(logs - logs.mean()).tolist()
    return x, y, z


def _node(
    rng: Generator,
    others: list[Lesion],
    label: int,
    side: float,
    size: tuple[float, float],
    core: str,
) -> Lesion:
    volume, suv = size
    place, seat = node_seat(rng, side, radius_of_mm(volume), others)
    return Lesion(
        label=label,
        place=place,
        centre_mm=seat,
        elongation=_elongation(rng, 0.1, along_z=0.2),
        volume_ml=volume,
        suv_max=suv,
        core=core,
        irregularity=MATTED if volume > LARGE_ML and rng.random() < 0.5 else DISCRETE,
        number=len(others),
    )
