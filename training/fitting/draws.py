"""Which patient, crop and change comes when: a function of the seed and a number, nothing else.

A data loader's own shuffling can't be resumed in the middle, and differs with the number of its
processes. Here draw number d is the same in every process, on every machine and after every kill.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import lightning
import numpy as np
from lightning.pytorch.callbacks import Callback
from monai.transforms import Compose
from torch.utils.data import Dataset, Sampler

from training.data.samples import Samples

_ORDER, _CHANGES = 0, 1


class Draws(Dataset[dict[str, Any]]):
    """Endless draws: each round takes every patient once, in an order of its own.

    Parameters
    ----------
    samples : Samples
        Patients to learn from.
    change : Compose
        Crop and augmentation; its state is set anew for each draw.
    seed : int
        Of the recipe.
    groups : sequence of sequences of int, optional
        Patients by class: draws are then of each class in turn, and each class has rounds of its
        own. All are one class by default.
    """

    def __init__(
        self,
        samples: Samples,
        change: Compose,
        *,
        seed: int,
        groups: Sequence[Sequence[int]] | None = None,
    ) -> None:
        self._samples, self._change, self._seed = samples, change, seed
        self._groups = groups or [range(len(samples))]

    def patient(self, draw: int) -> int:
        """Return the position of the patient of draw number `draw`."""
        of_group, group = divmod(draw, len(self._groups))
        members = self._groups[group]
        turn, place = divmod(of_group, len(members))
        # One class is shuffled as it was before there were several.
        key = (self._seed, _ORDER, turn, group)[: 4 if len(self._groups) > 1 else 3]
        return members[int(np.random.default_rng(key).permutation(len(members))[place])]

    def __getitem__(self, draw: int) -> dict[str, Any]:
        """Return draw number `draw`, counted from 0."""
        change_seed = np.random.default_rng((self._seed, _CHANGES, draw)).integers(2**32)
        self._change.set_random_state(seed=int(change_seed))
        changed = self._change(as_items(self._samples[self.patient(draw)]))
        # A crop is a list of one where the transform could make several.
        result: dict[str, Any] = changed[0] if isinstance(changed, list) else changed
        return result


class Held(Dataset[dict[str, Any]]):
    """Held-out patients, whole and unchanged."""

    def __init__(self, samples: Samples) -> None:
        self._samples = samples

    def __len__(self) -> int:
        """Return the number of patients."""
        return len(self._samples)

    def __getitem__(self, index: int) -> dict[str, Any]:
        """Return one patient's arrays."""
        # Copied: a tensor must not share memory that may not be written to.
        items = as_items(self._samples[index])
        return {name: np.array(array) for name, array in items.items()}


def as_items(sample: dict[str, Any]) -> dict[str, Any]:
    """Return a sample with a channel axis on its label, as MONAI's transforms want it."""
    if "label" not in sample:
        return dict(sample)
    return {**sample, "label": sample["label"][None]}


class EpochSampler(Sampler[int]):
    """The numbers of an epoch's draws that fall to one device.

    Parameters
    ----------
    steps, batch_size : int
        Steps an epoch, and draws a step on each device.
    rank, world : int
        Which device of how many.
    """

    def __init__(self, *, steps: int, batch_size: int, rank: int = 0, world: int = 1) -> None:
        self._steps, self._batch_size = steps, batch_size
        self._rank, self._world, self._first_step = rank, world, 0

    def start_at(self, step: int) -> None:
        """Say how many steps of the fit lie before the epoch."""
        self._first_step = step

    def __len__(self) -> int:
        """Return the draws of an epoch."""
        return self._steps * self._batch_size

    def __iter__(self) -> Iterator[int]:
        """Yield the epoch's draws, step by step."""
        for step in range(self._first_step, self._first_step + self._steps):
            start = (step * self._world + self._rank) * self._batch_size
            yield from range(start, start + self._batch_size)


class InStep(Callback):
    """Keeps a sampler with the steps that the trainer has made.

    Lightning's own count of epochs, which it offers samplers, is one too high after a checkpoint.
    """

    def __init__(self, sampler: EpochSampler) -> None:
        self._sampler = sampler

    def on_train_epoch_start(
        self, trainer: lightning.Trainer, module: lightning.LightningModule
    ) -> None:
        """Tell the sampler, before the epoch's first draw."""
        self._sampler.start_at(trainer.global_step)


class ShareSampler(Sampler[int]):
    """Every `world`-th held-out patient, from `rank` on."""

    def __init__(self, count: int, *, rank: int = 0, world: int = 1) -> None:
        self._indices = range(rank, count, world)

    def __len__(self) -> int:
        """Return the number of patients."""
        return len(self._indices)

    def __iter__(self) -> Iterator[int]:
        """Yield their numbers."""
        return iter(self._indices)
