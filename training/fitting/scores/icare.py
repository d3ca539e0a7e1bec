"""Bagged ICARE, written from its description: each estimator's features, and their signs.

Source: Rebaud et al., HECKTOR 2022 (see `training.networks.score.icare`). One estimator draws a
share of the features in an order of chance, drops each that correlates with an earlier one, whether
that was dropped itself or not, keeps those that by themselves rank patients well enough, and gives
each the sign by which it does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.fitting.scores.pairs import ComparablePairs, Flags, Floats, concordances
from training.recipe.score import IcareNetwork

_LEAST_SD = 1e-6


@dataclass(frozen=True)
class Bag:
    """What `training.networks.score.icare.IcareScore` holds, under the same names."""

    weight: Floats
    shift: Floats
    chosen: Floats
    centre: Floats
    scale: Floats


def fit_icare(
    values: Floats, known: Flags, pairs: ComparablePairs, how: IcareNetwork, *, seed: int
) -> Bag:
    """Fit estimators, each on a sample of the patients drawn with replacement.

    Parameters
    ----------
    values : ndarray, shape (n, features)
        Any finite number where missing.
    known : ndarray, shape (n, features), bool
        False where missing: such a value takes no part.
    pairs : ComparablePairs
        Who should score above whom.
    how : IcareNetwork
        Ranges from which each estimator's limits are drawn, evenly.
    seed : int
        Estimator e draws from the generator of (seed, e).
    """
    count, shape = how.estimators, (how.estimators, values.shape[1])
    rngs = [np.random.default_rng((seed, estimator)) for estimator in range(count)]
    drawn = np.array([_sample(rng, len(values)) for rng in rngs])
    scores = concordances(values, known, pairs, drawn)
    weight, shift, chosen = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    centre, scale = np.zeros(count), np.ones(count)
    for e, rng in enumerate(rngs):
        mean, sd = _moments(values, known, drawn[e])
        features = _features(rng, how, scores[e], sd, _correlations(values, known, drawn[e]))
        weight[e, features] = np.where(scores[e, features] < 0.5, -1.0, 1.0) / sd[features]
        shift[e] = weight[e] * np.where(weight[e] == 0.0, 0.0, mean)
        chosen[e, features] = 1.0
        answers, answered = _answers(values, known, weight[e], shift[e], chosen[e])
        if answered.any():
            own = _moments(answers[:, None], answered[:, None], drawn[e])
            centre[e], scale[e] = own[0][0], max(own[1][0], _LEAST_SD)
    return Bag(weight, shift, chosen, centre, scale)


def _sample(rng: np.random.Generator, patients: int) -> Floats:
    """Return how often each patient is drawn."""
    drawn = rng.integers(patients, size=patients)
    return np.bincount(drawn, minlength=patients).astype(np.float64)


def _features(
    rng: np.random.Generator, how: IcareNetwork, scores: Floats, sd: Floats, correlations: Floats
) -> NDArray[np.intp]:
    """Return the features that an estimator takes."""
    share, limit, least = (rng.uniform(*r) for r in (how.share, how.correlation, how.minimum_score))
    order = rng.permutation(len(scores))[: max(1, round(share * len(scores)))]
    alike = np.abs(correlations[np.ix_(order, order)]) > limit
    kept = order[~np.tril(alike, k=-1).any(axis=1)].tolist()
    # Neither a feature without pairs (NaN) nor one without spread can rank anybody.
    good = [f for f in kept if max(scores[f], 1.0 - scores[f]) >= least and sd[f] > _LEAST_SD]
    return np.array(good, dtype=np.intp)


def _moments(values: Floats, known: Flags, weights: Floats) -> tuple[Floats, Floats]:
    """Return mean and standard deviation of each feature's known values in a sample."""
    there = known * weights[:, None]
    count = np.maximum(there.sum(0), 1.0)
    mean = (values * there).sum(0) / count
    return mean, np.sqrt(((values - mean) ** 2 * there).sum(0) / count)


def _correlations(values: Floats, known: Flags, weights: Floats) -> Floats:
    """Return Pearson's correlation of each two features over patients who have both; 0 if none."""
    there = known.astype(np.float64)
    x = values * there
    count = (there.T * weights) @ there
    mean = (x.T * weights) @ there / np.maximum(count, 1.0)
    square = ((x**2).T * weights) @ there / np.maximum(count, 1.0)
    product = (x.T * weights) @ x / np.maximum(count, 1.0)
    variance = np.maximum(square - mean**2, 0.0)
    spread = np.sqrt(variance * variance.T)
    covariance = product - mean * mean.T
    return np.where(spread > _LEAST_SD**2, covariance / np.maximum(spread, _LEAST_SD**2), 0.0)


def _answers(
    values: Floats, known: Flags, weight: Floats, shift: Floats, chosen: Floats
) -> tuple[Floats, Flags]:
    """Return the mean of a patient's signed standardised values, and who has one."""
    counted = known @ chosen
    total = (known * values) @ weight - known @ shift
    return total / np.maximum(counted, 1.0), counted > 0
