"""Whether a faster arithmetic segments as well as float32, judged by the truth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk
from rich.console import Console

from evaluation.metrics.overlap import dice_where_present
from jobs.progress import shown
from shared.ensemble import probabilities
from shared.grid import Grid
from shared.limits import Deadline
from shared.model import OnnxModel
from shared.postprocessing import to_labels
from training.data.samples import Samples

MOST_CHANGE = 0.002
"""Largest change of a label's mean Dice with which bfloat16 is allowed."""


@dataclass(frozen=True)
class Agreement:
    """Mean Dice against the truth, by label, over the held-out patients who have it.

    Attributes
    ----------
    patients : int
        Held-out patients.
    float32, bfloat16 : mapping of str to float
        By the label's name, in each arithmetic; NaN where no patient has the label.
    """

    patients: int
    float32: Mapping[str, float]
    bfloat16: Mapping[str, float]

    @property
    def holds(self) -> bool:
        """Return whether every label was judged, and changes by `MOST_CHANGE` or less."""
        # A NaN is not less than anything.
        return all(abs(self.bfloat16[n] - self.float32[n]) <= MOST_CHANGE for n in self.float32)


def compare(full: OnnxModel, low: OnnxModel, samples: Samples) -> Agreement:
    """Segment held-out patients in both arithmetics, as the container does but for mirroring.

    Parameters
    ----------
    full, low : OnnxModel
        The same network in float32 and in bfloat16.
    samples : Samples
        `image` and `label` of each patient.
    """
    total = 2 * len(samples)
    with shown(Console(stderr=True), f"{full.name}: float32, bfloat16") as progress:
        progress(0, total)
        found: list[dict[str, float]] = []
        for done, model in enumerate((full, low)):
            rows = []
            for index in range(len(samples)):
                rows.append(_dice(model, samples, index))
                progress(done * len(samples) + index + 1, total)
            found.append(_means(rows))
    return Agreement(len(samples), found[0], found[1])


def _dice(model: OnnxModel, samples: Samples, index: int) -> dict[str, float]:
    sample, spec = samples[index], model.spec
    tensor = np.ascontiguousarray(sample["image"][None], dtype=np.float32)
    # Without time left there is one pass, and no mirrored one.
    shares = probabilities(model, tensor, deadline=Deadline(0.0))[0]
    z, y, x = shares.shape[1:]
    grid = Grid((x, y, z), spec.spacing_mm, (0.0, 0.0, 0.0))
    called = sitk.GetArrayFromImage(to_labels(shares, grid, spec=spec, onto=grid))
    truth = sample["label"]
    return {
        label.name: dice_where_present(called == label.value, truth == label.channel)
        for label in spec.labels
    }


def _means(rows: list[dict[str, float]]) -> dict[str, float]:
    means = {}
    for name in rows[0]:
        known = [row[name] for row in rows if not np.isnan(row[name])]
        means[name] = float(np.mean(known)) if known else float("nan")
    return means
