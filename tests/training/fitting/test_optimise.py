import math
from pathlib import Path
from typing import Any

import lightning
import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from training.fitting.optimise import averaging, configure, rate_share
from training.recipe.read import read_recipe
from training.recipe.recipe import Recipe

STEPS = 100

# Lightning's own use of torch, and its advice for machines with many cores.
pytestmark = [
    pytest.mark.filterwarnings("ignore:`isinstance.treespec:FutureWarning"),
    pytest.mark.filterwarnings("ignore:.*does not have many workers:UserWarning"),
]


def recipe(**changes: Any) -> Recipe:
    plain = read_recipe("default", task=1).model_dump()
    optimiser = {"kind": "adamw", "learning_rate": 0.1}
    base = {"steps": STEPS, "validations": 2, "optimiser": optimiser}
    return Recipe.model_validate({**plain, **base, **changes})


def shares(schedule: dict[str, Any], *steps: int) -> list[float]:
    whole = recipe(schedule=schedule)
    return [rate_share(step, recipe=whole) for step in steps]


def test_constant() -> None:
    assert shares({"kind": "constant"}, 0, 50, 100) == [1.0, 1.0, 1.0]


def test_cosine_by_hand() -> None:
    # Twenty steps of warm-up: a twentieth, ..., the whole; then halfway at step 20 + 40.
    schedule = {"kind": "cosine", "warm_up": 0.2, "lowest": 0.01}
    first, ninth, warm, peak, middle, end = shares(schedule, 0, 9, 19, 20, 60, 100)
    assert (first, ninth, warm, peak) == (0.05, 0.5, 1.0, 1.0)
    # lowest 0.01 of 0.1 is a tenth
    assert middle == pytest.approx(0.55)
    assert end == pytest.approx(0.1)


def test_cosine_without_warm_up_starts_at_the_top() -> None:
    assert shares({"kind": "cosine", "warm_up": 0.0}, 0, 100) == pytest.approx([1.0, 0.0])


def test_a_warm_up_that_never_ends_is_no_error() -> None:
    assert shares({"kind": "cosine", "warm_up": 1.0}, 49, 99, 100) == pytest.approx([0.5, 1.0, 1.0])


def test_polynomial_by_hand() -> None:
    schedule = {"kind": "polynomial", "power": 2.0, "lowest": 0.001}
    assert shares(schedule, 0, 50, 95, 100) == pytest.approx([1.0, 0.25, 0.01, 0.01])


def test_warm_restarts_by_hand() -> None:
    schedule = {"kind": "warm_restarts", "periods": 4, "lowest": 0.01}
    starts = shares(schedule, 0, 25, 50, 75)
    assert starts == pytest.approx([1.0] * 4)
    # A fifth of the way through a period of 25.
    fifth = 0.1 + 0.9 * (1 + math.cos(math.pi / 5)) / 2
    assert shares(schedule, 5, 30, 80) == pytest.approx([fifth] * 3)
    assert shares(schedule, 100) == pytest.approx([0.1])


@pytest.mark.parametrize("kind", ["cosine", "polynomial", "warm_restarts"])
def test_past_the_end_the_rate_stays_the_last(kind: str) -> None:
    schedule = {"kind": kind, **({"periods": 3} if kind == "warm_restarts" else {})}
    last, after = shares(schedule, 100, 130)
    assert last == after == pytest.approx(0.0, abs=1e-9)


def parameter() -> nn.Parameter:
    return nn.Parameter(torch.tensor([1.0]))


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("adam", torch.optim.Adam), ("adamw", torch.optim.AdamW), ("sgd", torch.optim.SGD)],
)
def test_the_optimiser_is_what_was_asked_for(kind: str, expected: type) -> None:
    how = {"kind": kind, "learning_rate": 0.1, "weight_decay": 0.02, "momentum": 0.8}
    optimiser, _ = configure([parameter()], recipe(optimiser={**how, "second_momentum": 0.9}))
    group = optimiser.param_groups[0]
    assert type(optimiser) is expected
    assert group["weight_decay"] == 0.02
    if kind == "sgd":
        assert (group["momentum"], group["nesterov"]) == (0.8, True)
    else:
        assert group["betas"] == (0.8, 0.9)


def test_momentum_of_none_is_plain_descent() -> None:
    how = {"kind": "sgd", "learning_rate": 0.1, "momentum": 0.0}
    optimiser, _ = configure([parameter()], recipe(optimiser=how, schedule={"kind": "constant"}))
    weight = optimiser.param_groups[0]["params"][0]
    (weight**2).sum().backward()
    optimiser.step()
    # 1 - 0.1 * 2
    assert float(weight.detach()) == pytest.approx(0.8)


def test_a_resumed_schedule_goes_on_with_the_same_rates() -> None:
    whole = recipe(schedule={"kind": "warm_restarts", "periods": 3})

    def rates(optimiser: Any, schedule: Any, count: int) -> list[float]:
        found = []
        for _ in range(count):
            found.append(optimiser.param_groups[0]["lr"])
            optimiser.step()
            schedule.step()
        return found

    straight = rates(*configure([parameter()], whole), 60)
    optimiser, schedule = configure([parameter()], whole)
    first = rates(optimiser, schedule, 23)
    resumed, fresh = configure([parameter()], whole)
    resumed.load_state_dict(optimiser.state_dict())
    fresh.load_state_dict(schedule.state_dict())
    assert first + rates(resumed, fresh, 37) == straight


class Walk(lightning.LightningModule):
    """A weight and a batch statistic that are 1, 2, 3 ... after step 1, 2, 3 ..."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))
        self.register_buffer("statistic", torch.zeros(1))
        self.validated: list[float] = []

    def training_step(self, batch: Tensor, _: int) -> Tensor:
        self.statistic += 10.0
        return -self.weight.sum()

    def validation_step(self, batch: Tensor, _: int) -> None:
        self.validated.append(float(self.weight.detach()))

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=1.0)


def walked(folder: Path, how: dict[str, Any], *, steps: int = 8) -> Walk:
    callback = averaging(recipe(steps=steps, averaging=how))
    assert callback is not None
    walk = Walk()
    trainer = lightning.Trainer(
        default_root_dir=folder,
        max_steps=steps,
        accelerator="cpu",
        callbacks=[callback],
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
    )
    batches: Any = DataLoader([torch.zeros(1)] * 2, num_workers=0)
    trainer.fit(walk, batches, DataLoader([torch.zeros(1)], num_workers=0))  # type: ignore[arg-type]
    return walk


def test_no_average_unless_asked_for() -> None:
    assert averaging(recipe()) is None


def test_the_average_is_the_mean_of_the_weights_after_its_start(tmp_path: Path) -> None:
    # Of 8 steps the last four, whose index is 4 or more: weights 5, 6, 7 and 8.
    walk = walked(tmp_path, {"kind": "swa", "start": 0.5})
    assert float(walk.weight.detach()) == pytest.approx(6.5)
    assert float(walk.statistic) == pytest.approx(65.0)
    # Validated every two steps: the latest before, the mean of what there is after.
    assert walk.validated == pytest.approx([2.0, 4.0, 5.5, 6.5])


def test_the_exponential_average_by_hand(tmp_path: Path) -> None:
    # From 5: 0.5 (5 + 6) = 5.5, then 6.25, then 7.125.
    walk = walked(tmp_path, {"kind": "ema", "start": 0.5, "decay": 0.5})
    assert float(walk.weight.detach()) == pytest.approx(7.125)
    assert float(walk.statistic) == pytest.approx(71.25)


def test_an_average_that_starts_at_the_end_is_the_last(tmp_path: Path) -> None:
    assert float(walked(tmp_path, {"kind": "swa", "start": 1.0}).weight.detach()) == 8.0
