"""The data loaders of a fit."""

from __future__ import annotations

from typing import Any

from torch.utils.data import DataLoader

from training.data.samples import Samples
from training.fitting.augment import augment
from training.fitting.draws import Draws, EpochSampler, Held, ShareSampler
from training.fitting.hardware import Hardware
from training.recipe.recipe import Recipe


def sampler_of(recipe: Recipe, hardware: Hardware) -> EpochSampler:
    """Return the sampler of this process's draws."""
    return EpochSampler(
        steps=recipe.steps_an_epoch,
        batch_size=recipe.batch_size,
        rank=hardware.rank,
        world=hardware.world,
    )


def training_loader(
    samples: Samples, recipe: Recipe, hardware: Hardware, *, sampler: EpochSampler
) -> Any:
    """Return the loader of a recipe's draws: batches of crops, or of patients for scores."""
    return DataLoader(
        Draws(samples, augment(recipe), seed=recipe.seed, groups=_classes(samples, recipe)),
        batch_size=recipe.batch_size,
        sampler=sampler,
        **_processes(hardware),
    )


def _classes(samples: Samples, recipe: Recipe) -> list[list[int]] | None:
    """Return the positives and the negatives, where batches are to have as many of both."""
    if not recipe.balanced:
        return None
    positive = [bool(samples.arrays(index, ("hpv",))["hpv"]) for index in range(len(samples))]
    return [[i for i, found in enumerate(positive) if found == wanted] for wanted in (True, False)]


def validation_loader(samples: Samples, hardware: Hardware) -> Any:
    """Return the loader of the held-out patients, one at a time."""
    sampler = ShareSampler(len(samples), rank=hardware.rank, world=hardware.world)
    return DataLoader(Held(samples), batch_size=1, sampler=sampler, **_processes(hardware))


def _processes(hardware: Hardware) -> dict[str, Any]:
    count = hardware.loaders
    if count == 0:
        return {"num_workers": 0}
    return {
        "num_workers": count,
        "persistent_workers": True,
        "multiprocessing_context": "spawn",
        "pin_memory": hardware.on_gpu,
    }
