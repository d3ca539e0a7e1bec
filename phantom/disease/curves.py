"""Published quantiles as curves to draw from."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special


def log_linear(
    scores: NDArray[np.float64], values: NDArray[np.float64], wanted: ArrayLike
) -> NDArray[np.float64]:
    """Return positive quantiles at any normal score.

    The logarithm is linear between the known scores, as a log-normal's is everywhere; beyond
    the first and last, the end segments go on.

    Parameters
    ----------
    scores, values : ndarray, shape (n,)
        Known normal scores, ascending, and the values there.
    wanted : array_like
        Normal scores.
    """
    logs, at = np.log(values), np.asarray(wanted, dtype=np.float64)
    k = np.clip(np.searchsorted(scores, at) - 1, 0, len(scores) - 2)
    slope = (logs[k + 1] - logs[k]) / (scores[k + 1] - scores[k])
    return np.asarray(np.exp(logs[k] + slope * (at - scores[k])))


@dataclass(frozen=True)
class Curve:
    """A positive quantity to draw, by its quantiles and within limits.

    Attributes
    ----------
    levels : tuple of float
        Levels in percent, ascending.
    values : tuple of float
        The quantity at these levels.
    limits : tuple of float
        Least and largest value.
    """

    levels: tuple[float, ...]
    values: tuple[float, ...]
    limits: tuple[float, float]

    @cached_property
    def _known(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return np.asarray(special.ndtri(np.array(self.levels) / 100)), np.array(self.values)

    def at(self, score: float, *, log_shift: float = 0.0) -> float:
        """Return the value at a normal score, times exp(log_shift), within the limits."""
        value = log_linear(*self._known, score) * np.exp(log_shift)
        return float(np.clip(value, *self.limits))


_LEVELS = (1.0, 5.0, 10.0, 25.0, 50.0, 75.0, 90.0, 95.0, 99.0)
# Quantiles of the components of at least 1 ml, measured on the PET grid, in a public table
# derived from the HECKTOR images (616 primaries and 957 nodes of 676 patients).
PRIMARY_ML = Curve(_LEVELS, (1.4, 2.0, 2.5, 4.5, 8.2, 16.8, 31.8, 42.8, 69.7), (1.0, 100.0))
PRIMARY_SUV = Curve(_LEVELS, (3.9, 5.1, 6.0, 8.7, 13.0, 16.5, 20.9, 23.9, 31.2), (2.5, 45.0))
NODE_ML = Curve(_LEVELS, (1.04, 1.17, 1.29, 2.0, 5.7, 15.4, 28.6, 38.9, 77.0), (1.0, 110.0))
NODE_SUV = Curve(_LEVELS, (1.7, 2.7, 3.3, 5.2, 8.6, 12.5, 16.2, 19.0, 24.9), (1.5, 40.0))
