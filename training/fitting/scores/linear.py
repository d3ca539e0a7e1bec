"""Ridge regression of a risk (Cox) or of HPV status (class-weighted logistic)."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import softplus

from training.fitting.losses import cox_loss
from training.fitting.scores.table import Table

_MOST_STEPS = 300


def fit_linear(covariates: Tensor, table: Table, *, ridge: float) -> Tensor:
    """Return the weights that minimise the loss plus the ridge.

    The loss of a risk is Cox's, per event, Breslow's handling of ties; of HPV status the logistic
    loss, the mean over the positives and the mean over the negatives counting half each, with an
    intercept that the ridge leaves alone and that is dropped afterwards.

    Parameters
    ----------
    covariates : Tensor, shape (copies, n, d)
        Standardised values and indicators. Copies differ in what is hidden; each is a cohort of
        its own, and the loss is their mean.
    table : Table
        The n patients' outcomes.
    ridge : float
        Half of it times the sum of the squared weights is added.

    Returns
    -------
    Tensor, shape (d,), float64
        Higher scores mean earlier recurrence, or HPV positive.
    """
    x = covariates.double()
    weights = torch.zeros(x.shape[2] + 1, dtype=torch.float64, requires_grad=True)
    solver = torch.optim.LBFGS(
        [weights],
        max_iter=_MOST_STEPS,
        tolerance_grad=1e-8,
        tolerance_change=1e-12,
        history_size=20,
        line_search_fn="strong_wolfe",
    )

    def value() -> Tensor:
        solver.zero_grad()
        slope, intercept = weights[:-1], weights[-1]
        score = x @ slope
        if table.role == "risk":
            loss = cox_loss(score, time_days=table.time_days, event=table.event)
        else:
            loss = _logistic(score + intercept, table.hpv)
        loss = loss + 0.5 * ridge * (slope**2).sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    solver.step(value)  # type: ignore[no-untyped-call]
    return weights.detach()[:-1]


def _logistic(logit: Tensor, positive: Tensor) -> Tensor:
    of_positives = softplus(-logit[:, positive]).mean()
    of_negatives = softplus(logit[:, ~positive]).mean()
    return 0.5 * (of_positives + of_negatives)
