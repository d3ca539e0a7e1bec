"""Draws: what comes when depends on the seed and the number alone."""

from pathlib import Path

import numpy as np
import pytest
from monai.transforms import Compose, RandScaleIntensityd

from tests.training.synthetic import recipe_for, synthetic
from training.data.samples import Samples
from training.fitting.draws import Draws, EpochSampler, Held, ShareSampler
from training.fitting.hardware import Hardware
from training.fitting.loaders import sampler_of, training_loader

CPU = Hardware(accelerator="cpu")
FEW = Samples((Path("nowhere"),) * 9, ("P",) * 9, ("A",) * 9)


def samples(folder: Path, count: int) -> Samples:
    folders = []
    for index in range(count):
        folders.append(folder / f"p{index}")
        folders[-1].mkdir()
        np.save(folders[-1] / "image.npy", np.full((1, 2, 2, 2), index + 1.0, np.float32))
        np.save(folders[-1] / "label.npy", np.zeros((2, 2, 2), np.uint8))
    names = tuple(path.name for path in folders)
    return Samples(tuple(folders), names, ("A",) * count)


def draws(folder: Path, *, seed: int = 3, count: int = 5) -> Draws:
    change = Compose([RandScaleIntensityd("image", factors=0.01, prob=1.0)])
    return Draws(samples(folder, count), change, seed=seed)


def patient_of(item: dict[str, np.ndarray]) -> int:
    return round(float(np.asarray(item["image"]).mean()))


def test_a_round_takes_every_patient_once_in_another_order_each_time(tmp_path: Path) -> None:
    made = draws(tmp_path)
    rounds = [[patient_of(made[turn * 5 + place]) for place in range(5)] for turn in range(4)]
    assert all(sorted(one) == [1, 2, 3, 4, 5] for one in rounds)
    assert len({tuple(one) for one in rounds}) > 1


def test_a_draw_is_the_same_whenever_it_is_asked_for(tmp_path: Path) -> None:
    made = draws(tmp_path)
    forward = [np.asarray(made[i]["image"]) for i in range(7)]
    backward = {i: np.asarray(made[i]["image"]) for i in reversed(range(7))}
    assert all(np.array_equal(forward[i], backward[i]) for i in range(7))
    # The same patient comes again changed otherwise.
    assert len({float(image.mean()) for image in forward}) == 7


def test_another_seed_draws_otherwise(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    one, other = draws(tmp_path / "a", seed=3), draws(tmp_path / "b", seed=4)
    assert any(not np.array_equal(one[i]["image"], other[i]["image"]) for i in range(5))


def test_devices_share_an_epoch_s_draws_and_epochs_follow_each_other() -> None:
    seen = []
    for epoch in (0, 1):
        for rank in (0, 1):
            sampler = EpochSampler(steps=3, batch_size=2, rank=rank, world=2)
            sampler.start_at(3 * epoch)
            drawn = list(sampler)
            assert len(drawn) == len(sampler) == 6
            seen += drawn
    # 2 epochs of 3 steps of 2 draws on 2 devices.
    assert sorted(seen) == list(range(24))


def test_the_first_device_s_second_step_follows_the_others_first() -> None:
    sampler = EpochSampler(steps=2, batch_size=2, rank=0, world=2)
    assert list(sampler) == [0, 1, 4, 5]


def test_held_out_patients_are_shared_without_doubles() -> None:
    shares = [list(ShareSampler(7, rank=rank, world=3)) for rank in range(3)]
    assert shares == [[0, 3, 6], [1, 4], [2, 5]]
    assert [len(ShareSampler(7, rank=rank, world=3)) for rank in range(3)] == [3, 2, 2]


def test_held_out_patients_are_whole_and_may_be_written_to(tmp_path: Path) -> None:
    held = Held(samples(tmp_path, 2))
    assert len(held) == 2
    assert held[1]["image"].shape == (1, 2, 2, 2)
    assert held[1]["label"].shape == (1, 2, 2, 2)
    assert held[1]["image"].flags.writeable


@pytest.mark.parametrize("batch_size", [2, 4])
def test_balanced_batches_have_as_many_of_both_classes(batch_size: int, tmp_path: Path) -> None:
    recipe = recipe_for("hpv", balanced=True, batch_size=batch_size)
    samples = synthetic(recipe.spec, tmp_path, 12)  # four negatives
    loader = training_loader(samples, recipe, CPU, sampler=sampler_of(recipe, CPU))
    for batch in loader:
        assert int(batch["hpv"].sum()) == batch_size // 2


def test_balanced_draws_take_every_patient_of_a_class_before_one_comes_again() -> None:
    groups = [[0, 1, 2, 3, 4], [7, 8]]
    draws = Draws(FEW, Compose([]), seed=3, groups=groups)
    drawn = [draws.patient(draw) for draw in range(20)]
    assert [sorted(drawn[0:10:2]), sorted(drawn[10:20:2])] == [groups[0]] * 2
    assert [sorted(drawn[i : i + 4 : 2]) for i in range(1, 20, 4)] == [groups[1]] * 5
    assert drawn == [Draws(FEW, Compose([]), seed=3, groups=groups).patient(d) for d in range(20)]
    other = Draws(FEW, Compose([]), seed=4, groups=groups)
    assert drawn != [other.patient(draw) for draw in range(20)]
