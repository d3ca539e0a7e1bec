"""What can be told from a patient on paper: a cross-validated ridge logistic regression."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]


def fit_logistic(features: Numbers, truth: Flags, *, ridge: float = 1.0) -> Numbers:
    """Return the weights (intercept first) of a ridge logistic regression.

    Parameters
    ----------
    features : ndarray, shape (n, k)
        Standardised.
    truth : ndarray, shape (n,)
        The class.
    ridge : float
        Weight of half the squared norm of the slopes; the intercept goes free.
    """
    design = np.column_stack([np.ones(len(features)), features])
    sign = np.where(truth, 1.0, -1.0)
    penalised = np.r_[0.0, np.ones(features.shape[1])]

    def loss(weights: Numbers) -> tuple[float, Numbers]:
        margin = sign * (design @ weights)
        pull = -sign * expit(-margin)
        value = np.logaddexp(0.0, -margin).sum() + 0.5 * ridge * (penalised * weights**2).sum()
        return float(value), design.T @ pull + ridge * penalised * weights

    found = minimize(loss, np.zeros(design.shape[1]), jac=True, method="L-BFGS-B")
    return np.asarray(found.x, dtype=np.float64)


def cross_validated(features: Numbers, truth: Flags, *, folds: int = 5) -> Numbers:
    """Return each patient's score by the model of the folds that do not hold the patient.

    Folds go round by position, which is random as patients are independent draws.
    """
    fold = np.arange(len(truth)) % folds
    scores = np.zeros(len(truth))
    for held in range(folds):
        seen = fold != held
        mean, spread = features[seen].mean(axis=0), features[seen].std(axis=0)
        scaled = (features - mean) / np.where(spread > 0, spread, 1.0)
        weights = fit_logistic(scaled[seen], truth[seen])
        scores[~seen] = weights[0] + scaled[~seen] @ weights[1:]
    return scores
