import numpy as np
import pytest
import torch

from evaluation.metrics.survival import concordance_index
from training.losses import cox_loss


def test_by_hand() -> None:
    # Event at 1 against {0, 1, 2}, event at 3 against itself alone.
    risk = torch.tensor([0.5, -1.0, 2.0])
    loss = cox_loss(
        risk, time_days=torch.tensor([1.0, 2.0, 3.0]), event=torch.tensor([True, False, True])
    )
    first = np.log(np.exp(0.5) + np.exp(-1.0) + np.exp(2.0)) - 0.5
    assert float(loss) == pytest.approx((first + 0.0) / 2)


def test_tied_events_share_one_risk_set() -> None:
    risk = torch.tensor([0.3, 0.7])
    loss = cox_loss(risk, time_days=torch.tensor([5.0, 5.0]), event=torch.tensor([True, True]))
    both = np.log(np.exp(0.3) + np.exp(0.7))
    assert float(loss) == pytest.approx(((both - 0.3) + (both - 0.7)) / 2)


def test_minimised_on_free_risks_it_orders_every_patient() -> None:
    rng = np.random.default_rng(0)
    time, event = rng.exponential(1000, 60), rng.random(60) < 0.5
    risk = torch.zeros(60, requires_grad=True)
    optimiser = torch.optim.Adam([risk], lr=0.1)
    for _ in range(300):
        optimiser.zero_grad()
        cox_loss(risk, time_days=torch.from_numpy(time), event=torch.from_numpy(event)).backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    assert concordance_index(risk.detach().numpy(), time_days=time, event=event) == 1.0


def test_a_batch_without_events_has_no_loss_and_no_gradient() -> None:
    risk = torch.tensor([0.3, 0.7], requires_grad=True)
    loss = cox_loss(risk, time_days=torch.tensor([1.0, 2.0]), event=torch.tensor([False, False]))
    loss.backward()  # type: ignore[no-untyped-call]
    assert float(loss.detach()) == 0.0
    assert risk.grad is not None
    assert not risk.grad.any()
