"""Tables of patients drawn at random, whose outcome follows from their values."""

import numpy as np
import torch
from numpy.typing import NDArray

from shared.spec import Spec
from training.fitting.scores.table import Table

MISSING = 0.3


def drawn(spec: Spec, count: int, *, seed: int = 0, missing: float = MISSING) -> Table:
    """Draw patients: the first clinical value and the first lesion feature make risk and HPV."""
    rng = np.random.default_rng(seed)
    clinical = rng.normal(size=(count, len(spec.clinical)))
    gone = rng.random(clinical.shape) < missing
    lesions = rng.normal(size=(count, len(spec.lesions)))
    strength = clinical[:, 0] + (lesions[:, 0] if spec.lesions else 0.0)
    time, followed = rng.exponential(1000 * np.exp(-strength)), rng.exponential(800, count)
    pairs = np.stack([np.where(gone, 0.0, clinical), gone], axis=2).reshape(count, -1)
    return Table(
        spec.role,
        torch.from_numpy(pairs).float(),
        torch.from_numpy(lesions).float() if spec.lesions else None,
        torch.from_numpy(time < followed),
        torch.from_numpy(np.minimum(time, followed)),
        torch.from_numpy(rng.random(count) < 1.0 / (1.0 + np.exp(-2.0 * strength - 1.0))),
    )


def outcomes(
    role: str, *, time: NDArray[np.float64], outcome: NDArray[np.bool_] | list[bool]
) -> Table:
    """Return a table without values; the outcome is event and HPV status in one."""
    happened = torch.tensor(np.asarray(outcome, dtype=bool))
    return Table(role, None, None, happened, torch.tensor(np.asarray(time, float)), happened)
