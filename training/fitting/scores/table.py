"""Patients' values and outcomes side by side, and what a network says of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from shared.spec import Spec
from training.data.samples import Arrays, Samples
from training.networks.score import ScoreNet


@dataclass(frozen=True)
class Table:
    """All of some patients but their images.

    Attributes
    ----------
    role : str
        "risk" or "hpv".
    clinical : Tensor or None, shape (n, 2 f)
        (value, missing) pairs; None where the spec has no clinical values.
    lesions : Tensor or None, shape (n, g)
        Lesion features, NaN where unknown; None where the spec has none.
    event : Tensor, shape (n,), bool
        Whether the follow-up ended in a recurrence.
    time_days : Tensor, shape (n,), float64
        Time to recurrence or last follow-up.
    hpv : Tensor, shape (n,), bool
        Whether positive.
    """

    role: str
    clinical: Tensor | None
    lesions: Tensor | None
    event: Tensor
    time_days: Tensor
    hpv: Tensor

    def __len__(self) -> int:
        """Return the number of patients."""
        return len(self.event)

    @property
    def outcome(self) -> NDArray[np.bool_]:
        """Return what is predicted of each patient, shape (n,): recurred, or HPV positive."""
        outcome: NDArray[np.bool_] = (self.event if self.role == "risk" else self.hpv).numpy()
        return outcome

    @property
    def values(self) -> tuple[Tensor, ...]:
        """Return a network's inputs but the image."""
        return tuple(part for part in (self.clinical, self.lesions) if part is not None)

    def subset(self, indices: Sequence[int] | NDArray[np.intp]) -> Table:
        """Return some of the patients, in the order given."""
        chosen = torch.as_tensor(np.asarray(indices))
        return Table(
            self.role,
            None if self.clinical is None else self.clinical[chosen],
            None if self.lesions is None else self.lesions[chosen],
            self.event[chosen],
            self.time_days[chosen],
            self.hpv[chosen],
        )


def table_of(samples: Samples, spec: Spec) -> Table:
    """Read every patient's arrays but the images."""
    names = spec.tensor_names
    wanted = {"event", "time_days", "hpv"}
    wanted |= {names.clinical} if spec.clinical else set()
    wanted |= {names.lesions} if spec.lesions else set()
    rows = [samples.arrays(index, wanted) for index in range(len(samples))]
    stacked = {name: torch.from_numpy(np.stack([row[name] for row in rows])) for name in wanted}
    return Table(
        spec.role,
        stacked.get(names.clinical),
        stacked.get(names.lesions),
        stacked["event"],
        stacked["time_days"].double(),
        stacked["hpv"],
    )


@torch.no_grad()
def each(network: ScoreNet, samples: Samples, spec: Spec, answer: Callable[..., Tensor]) -> Tensor:
    """Ask a network of one patient after the other.

    Parameters
    ----------
    network : ScoreNet
        Is put into evaluation mode.
    samples : Samples
        The patients.
    spec : Spec
        Says which inputs there are.
    answer : callable
        Of the network's inputs for a batch of one; returns a row, shape (1, k).

    Returns
    -------
    Tensor, shape (n, k)
    """
    network.eval()
    rows = [answer(*inputs_of(samples[index], spec)) for index in range(len(samples))]
    return torch.cat(rows)


def inputs_of(sample: Arrays, spec: Spec) -> tuple[Tensor, ...]:
    """Return a network's inputs for a batch of one patient."""
    # Copied: a tensor must not share memory that may not be written to.
    return tuple(torch.from_numpy(np.array(sample[name]))[None] for name in input_names(spec))


def input_names(spec: Spec) -> tuple[str, ...]:
    """Return the names of the inputs that a spec has, in the order of a network's arguments."""
    names = spec.tensor_names
    has = (
        (names.image, spec.channels),
        (names.clinical, spec.clinical),
        (names.lesions, spec.lesions),
    )
    return tuple(name for name, parts in has if parts)
