import numpy as np
import pandas as pd
import pytest
import torch
from lifelines import CoxPHFitter

from evaluation.metrics.survival import concordance_index
from training.fitting.losses import cox_loss, segmentation_loss
from training.recipe.optimisation import Loss
from training.recipe.read import read_recipe
from training.recipe.recipe import Recipe

LN3 = float(np.log(3.0))


def recipe(**loss: object) -> Recipe:
    plain = read_recipe("default", task=1)
    return plain.model_copy(update={"loss": Loss.model_validate(loss)})


def scores(*rows: tuple[float, float, float]) -> torch.Tensor:
    """Return class scores of voxels in a row, shape (1, 3, 1, 1, n)."""
    return torch.tensor(rows).T[None, :, None, None, :].contiguous()


def labels(*channels: int) -> torch.Tensor:
    return torch.tensor(channels, dtype=torch.uint8)[None, None, None, None, :]


def test_dice_and_cross_entropy_by_hand() -> None:
    # Each voxel: half for class 0, a quarter for each of the others.
    rows = scores((np.log(2.0), 0.0, 0.0), (np.log(2.0), 0.0, 0.0))
    loss = segmentation_loss(recipe(smooth_numerator=0.0, smooth_denominator=0.0))
    # Class 1 has the first voxel: Dice 2 (1/4) / (1/2 + 1) = 1/3; so has class 2 the second.
    cross_entropy = np.log(4.0)
    assert float(loss(rows, labels(1, 2))) == pytest.approx(2 / 3 + cross_entropy)


def test_the_background_and_squares_by_hand() -> None:
    rows = scores((np.log(2.0), 0.0, 0.0))
    settings = {"include_background": True, "squared": True, "smooth_numerator": 0.0}
    loss = segmentation_loss(recipe(**settings, smooth_denominator=1.0))
    # Class 0: 1 - 2 (1/2) / (1/4 + 1 + 1) = 5/9; the others have no voxel: 1 - 0.
    assert float(loss(rows, labels(0))) == pytest.approx((5 / 9 + 1 + 1) / 3 + np.log(2.0))


def test_the_focal_loss_is_of_the_softmax() -> None:
    rows = scores((np.log(2.0), 0.0, 0.0))
    loss = segmentation_loss(recipe(kind="dice_focal", gamma=2.0, smooth_numerator=0.0))
    # Voxel of class 1 with p = 1/4: (1 - 1/4)^2 ln 4, spread over three classes' places.
    focal = (3 / 4) ** 2 * np.log(4.0) / 3
    dice = 1 - 2 * (1 / 4) / (1 / 4 + 1)
    assert float(loss(rows, labels(1))) == pytest.approx((dice + 1.0) / 2 + focal, abs=1e-4)


@pytest.mark.parametrize("kind", ["dice_ce", "dice_focal"])
def test_what_is_right_and_certain_loses_next_to_nothing(kind: str) -> None:
    truth = labels(0, 1, 2, 2)
    right = 50.0 * torch.nn.functional.one_hot(truth[:, 0].long(), 3).movedim(-1, 1).float()
    loss = segmentation_loss(recipe(kind=kind))
    assert float(loss(right, truth)) == pytest.approx(0.0, abs=1e-4)
    assert float(loss(-right, truth)) > 0.9


def test_coarser_outputs_count_half_as_much_each() -> None:
    fine = torch.zeros(1, 3, 4, 4, 4)
    truth = torch.zeros(1, 1, 4, 4, 4, dtype=torch.uint8)
    truth[:, :, 2:] = 1
    loss = segmentation_loss(recipe())
    coarse, coarsest = torch.randn(1, 3, 2, 2, 2), torch.randn(1, 3, 1, 1, 1)
    parts = [
        float(loss(fine, truth)),
        # The first half of z is background at half the resolution too; the corner at a quarter.
        float(loss(coarse, truth[:, :, ::2, ::2, ::2])),
        float(loss(coarsest, truth[:, :, :1, :1, :1])),
    ]
    expected = (4 * parts[0] + 2 * parts[1] + parts[2]) / 7
    assert float(loss([fine, coarse, coarsest], truth)) == pytest.approx(expected, rel=1e-5)
    assert float(loss([fine], truth)) == pytest.approx(parts[0])


def test_half_precision_scores_are_summed_in_full() -> None:
    truth = torch.ones(1, 1, 48, 48, 48, dtype=torch.uint8)
    half = torch.zeros(1, 3, 48, 48, 48, dtype=torch.bfloat16)
    loss = segmentation_loss(recipe())
    # 110592 voxels of 1/3: Dice 2 (1/3) / (1/3 + 1) = 1/2 for class 1 and none for class 2.
    assert float(loss(half, truth)) == pytest.approx((0.5 + 1.0) / 2 + LN3, abs=1e-4)


def test_a_label_that_is_absent_leaves_a_finite_loss() -> None:
    score = torch.zeros(2, 3, 4, 4, 4, requires_grad=True)
    for kind in ("dice_ce", "dice_focal"):
        loss = segmentation_loss(recipe(kind=kind, smooth_numerator=0.0))
        value = loss(score, torch.zeros(2, 1, 4, 4, 4, dtype=torch.uint8))
        value.backward()  # type: ignore[no-untyped-call]
        assert bool(value.isfinite())
        assert score.grad is not None
        assert bool(score.grad.isfinite().all())


def test_cox_by_hand() -> None:
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


@pytest.mark.filterwarnings("ignore")  # lifelines' own, of pandas
def test_without_ties_it_is_the_likelihood_of_lifelines() -> None:
    rng = np.random.default_rng(0)
    x, event = rng.normal(size=(80, 2)), rng.random(80) < 0.4
    time = rng.permutation(80) + 1.0
    table = pd.DataFrame({"a": x[:, 0], "b": x[:, 1], "time": time, "event": event})
    fitted = CoxPHFitter().fit(table, "time", "event")
    loss = cox_loss(
        torch.from_numpy(x @ fitted.params_.to_numpy()),
        time_days=torch.from_numpy(time),
        event=torch.from_numpy(event),
    )
    assert float(loss) == pytest.approx(-fitted.log_likelihood_ / event.sum(), rel=1e-6)


def test_breslows_ties_are_those_published() -> None:
    # Therneau and Grambsch, Modeling Survival Data, appendix E, test data 1: the log partial
    # likelihood by Breslow is -4.56435 at 0 and -3.82475 at its maximum, 1.475285.
    x = torch.tensor([0.0, 1.0, 1.0, 1.0, 0.0, 0.0], dtype=torch.float64)
    time = torch.tensor([9.0, 1.0, 1.0, 6.0, 6.0, 8.0])
    event = torch.tensor([True, True, False, True, True, False])
    for beta, likelihood in ((0.0, -4.56435), (1.475285, -3.82475)):
        loss = cox_loss(beta * x, time_days=time, event=event)
        assert -4 * float(loss) == pytest.approx(likelihood, abs=2e-5)


@pytest.mark.filterwarnings("ignore")  # lifelines' own, of pandas
def test_one_event_among_those_who_left_at_its_time_is_the_likelihood_of_lifelines() -> None:
    # Of ties of one event, Breslow's likelihood is Efron's, which lifelines has.
    rng = np.random.default_rng(0)
    x, time = rng.normal(size=(80, 2)), np.arange(80) // 4 + 1.0
    event = np.arange(80) % 4 == 2
    table = pd.DataFrame({"a": x[:, 0], "b": x[:, 1], "time": time, "event": event})
    fitted = CoxPHFitter().fit(table, "time", "event")
    loss = cox_loss(
        torch.from_numpy(x @ fitted.params_.to_numpy()),
        time_days=torch.from_numpy(time),
        event=torch.from_numpy(event),
    )
    assert float(loss) == pytest.approx(-fitted.log_likelihood_ / event.sum(), rel=1e-6)


def test_breslows_ties_by_a_plain_loop() -> None:
    rng = np.random.default_rng(1)
    risk, event = rng.normal(size=50), rng.random(50) < 0.6
    time = rng.integers(1, 8, size=50).astype(float)  # seven times, so many ties
    total = 0.0
    for i in np.flatnonzero(event):
        total += np.log(sum(np.exp(risk[j]) for j in range(50) if time[j] >= time[i])) - risk[i]
    loss = cox_loss(
        torch.from_numpy(risk), time_days=torch.from_numpy(time), event=torch.from_numpy(event)
    )
    assert float(loss) == pytest.approx(total / event.sum())


def test_rows_are_cohorts_of_their_own() -> None:
    risk = torch.tensor([[0.5, -1.0, 2.0], [0.0, 3.0, 1.0]])
    told = {"time_days": torch.tensor([1.0, 2.0, 3.0]), "event": torch.tensor([True, True, False])}
    apart = [float(cox_loss(row, **told)) for row in risk]
    assert float(cox_loss(risk, **told)) == pytest.approx(sum(apart) / 2)


def test_huge_risks_stay_finite() -> None:
    risk = torch.tensor([1e4, -1e4, 0.0], requires_grad=True)
    loss = cox_loss(risk, time_days=torch.tensor([3.0, 1.0, 2.0]), event=torch.ones(3).bool())
    loss.backward()  # type: ignore[no-untyped-call]
    assert float(loss.detach()) == pytest.approx((2e4 + 1e4) / 3)
    assert risk.grad is not None
    assert bool(risk.grad.isfinite().all())


def test_a_batch_without_events_has_no_loss_and_no_gradient() -> None:
    risk = torch.tensor([0.3, 0.7], requires_grad=True)
    loss = cox_loss(risk, time_days=torch.tensor([1.0, 2.0]), event=torch.tensor([False, False]))
    loss.backward()  # type: ignore[no-untyped-call]
    assert float(loss.detach()) == 0.0
    assert risk.grad is not None
    assert not risk.grad.any()
