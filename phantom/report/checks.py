"""A check: a published figure beside the found one, and the limits that it has to keep.

Two judges set the limits: `Tolerance` for patients on paper, whose number leaves no doubt, and
`Sampling` for the rendered ones, whose number does.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.stats import beta, binom

from phantom.report.published import Quantiles

CONFIDENCE = 0.99
_TAIL = (1 - CONFIDENCE) / 2


@dataclass(frozen=True)
class Check:
    """One line of the table of checks.

    Attributes
    ----------
    group : str
        What it is about; the checks of a group are shown together.
    name : str
        The figure.
    published : float or None
        None where only limits are known.
    found : float
        NaN where nothing could be measured, which passes no judgement.
    low, high : float
        The found figure passes within them, ends included.
    rule : str
        Where the limits come from, in words.
    source : str
        Of the published figure.
    unit : str
        Of all figures; ``%`` shows a share as a percentage.
    """

    group: str
    name: str
    published: float | None
    found: float
    low: float
    high: float
    rule: str
    source: str
    unit: str = ""

    @property
    def passed(self) -> bool | None:
        """Whether the figure keeps its limits; None where it could not be measured."""
        if np.isnan(self.found):
            return None
        rounding = 1e-9 * max(abs(self.low), abs(self.high), 1.0)
        return bool(self.low - rounding <= self.found <= self.high + rounding)


@dataclass(frozen=True)
class Limits:
    """Within what a found figure passes, and why."""

    low: float
    high: float
    rule: str


class Judge(Protocol):
    """Sets the limits of a quantile and of a share, found in `number` values."""

    def quantile(
        self, published: Quantiles, probability: float, number: int, *, tolerance: float
    ) -> Limits:
        """Return the limits of a quantile."""
        ...

    def share(self, published: float, number: int) -> Limits:
        """Return the limits of a share between 0 and 1."""
        ...


@dataclass(frozen=True)
class Tolerance:
    """Fixed distances: a part of a quantile, some points of a share."""

    points: float = 0.03

    def quantile(
        self, published: Quantiles, probability: float, number: int, *, tolerance: float
    ) -> Limits:
        """Return the published value and `tolerance` of it to either side."""
        value = float(published.at(probability))
        low, high = value * (1 - tolerance), value * (1 + tolerance)
        return Limits(low, high, f"± {tolerance:.0%}")

    def share(self, published: float, number: int) -> Limits:
        """Return the share and the points to either side."""
        low, high = max(published - self.points, 0.0), min(published + self.points, 1.0)
        return Limits(low, high, f"± {100 * self.points:g} points")


@dataclass(frozen=True)
class Sampling:
    """What chance allows a sample of that size, 99 times of 100."""

    def quantile(
        self, published: Quantiles, probability: float, number: int, *, tolerance: float
    ) -> Limits:
        """Return the interval of the order statistic in samples of the published distribution.

        The share of the distribution below the k-th of n values follows Beta(k, n - k + 1);
        its 0.5 and 99.5 % points, read off the published quantiles, are the limits.
        """
        rank = probability * (number - 1) + 1
        below = beta.ppf((_TAIL, 1 - _TAIL), rank, number - rank + 1)
        low, high = published.at(np.clip(below, 1e-6, 1 - 1e-6)).tolist()
        return Limits(low, high, f"99 % of order statistics, n = {number}")

    def share(self, published: float, number: int) -> Limits:
        """Return the binomial interval."""
        ends = np.asarray(binom.ppf(np.array((_TAIL, 1 - _TAIL)), number, published))
        low, high = (ends / number).tolist()
        return Limits(low, high, f"99 % binomial, n = {number}")


def share_of_published(share: float, number: int) -> Limits:
    """Return the 99 % Clopper-Pearson interval of a share that was itself found in few patients."""
    hits = round(share * number)
    low = beta.ppf(_TAIL, hits, number - hits + 1) if hits else 0.0
    high = beta.ppf(1 - _TAIL, hits + 1, number - hits) if hits < number else 1.0
    return Limits(float(low), float(high), f"99 % of the published share itself, n = {number}")
