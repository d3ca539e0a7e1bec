"""A network's final scale, from the scores of patients whom no part of it was fitted on.

Under `keep: best` those kept for calibration did choose the state of the weights: gradients did not
see them, yet their scores are a little better than those of new patients.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize

from training.fitting.scores.table import Table
from training.networks.score import ScoreNet

Floats = NDArray[np.float64]
_LEAST_SD = 1e-6
LEAST_SLOPE = 1e-3


@torch.no_grad()
def set_scale(network: ScoreNet, raw: torch.Tensor, table: Table) -> None:
    """Standardise each member and their mean; calibrate an HPV score.

    Parameters
    ----------
    network : ScoreNet
        Whose buffers are set.
    raw : Tensor, shape (n, members)
        What each member says of the patients.
    table : Table
        Their outcomes.
    """
    scores = raw.double().numpy()
    mean, sd = scores.mean(0), _spread(scores)
    network.member_mean.copy_(torch.from_numpy(mean))
    network.member_sd.copy_(torch.from_numpy(sd))
    combined = ((scores - mean) / sd).mean(1)
    if table.role == "risk":
        slope = 1.0 / float(_spread(combined[:, None])[0])
        offset = -slope * float(combined.mean())
    else:
        slope, offset = platt(combined, table.outcome)
    network.slope.fill_(slope)
    network.offset.fill_(offset)


def _spread(scores: Floats) -> Floats:
    sd = scores.std(0)
    return np.where(sd > _LEAST_SD, sd, 1.0)


def platt(score: Floats, positive: NDArray[np.bool_]) -> tuple[float, float]:
    """Return slope and offset of a logit by which both classes are equally frequent.

    Platt's scaling (1999) with each class weighing a half: a probability of one half is then the
    threshold of balanced accuracy. Its smoothed targets are 1 - e and e, with the e = 1 / (n + 2)
    of the rarer class for both: with one of its own for each, the rarer class would be called less
    certain, and the threshold would move into it. The slope stays positive: a score's direction is
    not a matter of few patients kept apart.

    Parameters
    ----------
    score : ndarray, shape (n,)
        Higher means HPV positive is likelier.
    positive : ndarray, shape (n,), bool
        The truth.
    """
    positives, negatives = int(positive.sum()), int((~positive).sum())
    doubt = 1.0 / (min(positives, negatives) + 2)
    target = np.where(positive, 1.0 - doubt, doubt)
    weight = np.where(positive, 0.5 / max(positives, 1), 0.5 / max(negatives, 1))

    def loss(parts: Floats) -> tuple[float, Floats]:
        logit = parts[0] * score + parts[1]
        missed = weight * (1.0 / (1.0 + np.exp(-logit)) - target)
        value = float((weight * (np.logaddexp(0.0, logit) - target * logit)).sum())
        return value, np.array([(missed * score).sum(), missed.sum()])

    bounds = [(LEAST_SLOPE, None), (None, None)]
    found = minimize(loss, np.array([1.0, 0.0]), jac=True, method="L-BFGS-B", bounds=bounds)
    return float(found.x[0]), float(found.x[1])
