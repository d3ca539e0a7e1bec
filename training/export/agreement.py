"""Whether a faster arithmetic answers as well as float32, judged by the truth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import SimpleITK as sitk
from rich.console import Console

from evaluation.metrics.calls import roc_auc
from evaluation.metrics.overlap import dice_where_present
from evaluation.metrics.survival import concordance_index
from jobs.progress import shown
from shared.ensemble import probabilities
from shared.grid import Grid
from shared.limits import Deadline
from shared.model import OnnxModel
from shared.postprocessing import to_labels
from training.data.samples import Samples
from training.export.inputs import network_inputs

Arithmetic = Literal["bfloat16", "int8"]

MOST_CHANGE = 0.002
"""Largest change of a label's mean Dice with which a faster arithmetic is allowed."""
MOST_CHANGE_OF_SCORES = 0.005
"""The same of a C-index, and of an area under the ROC curve."""


@dataclass(frozen=True)
class Agreement:
    """How well both arithmetics do against the truth of held-out patients.

    Attributes
    ----------
    patients : int
        Held-out patients.
    float32, low : mapping of str to float
        Of a segmentation the mean Dice over those who have a label, by its name; of a score its
        C-index or AUC, under that name. NaN where the patients don't allow one.
    arithmetic : {"bfloat16", "int8"}
        The faster one.
    allowed : float
        Largest change of any of them.
    """

    patients: int
    float32: Mapping[str, float]
    low: Mapping[str, float]
    arithmetic: Arithmetic = "bfloat16"
    allowed: float = MOST_CHANGE

    @property
    def holds(self) -> bool:
        """Return whether every figure was judged, and changes by no more than is allowed."""
        # A NaN is not less than anything.
        return all(abs(self.low[n] - self.float32[n]) <= self.allowed for n in self.float32)

    def plain(self) -> dict[str, Any]:
        """Return what a spec tells of it, the figures under the arithmetics' names."""
        return {
            "patients": self.patients,
            "float32": dict(self.float32),
            self.arithmetic: dict(self.low),
        }


def compare(
    full: OnnxModel, low: OnnxModel, samples: Samples, *, arithmetic: Arithmetic = "bfloat16"
) -> Agreement:
    """Ask a network about held-out patients in both arithmetics, as the container does.

    A segmentation is not mirrored.

    Parameters
    ----------
    full, low : OnnxModel
        The same network in float32 and in the faster one.
    samples : Samples
        Of each patient the network's inputs and the truth.
    arithmetic : {"bfloat16", "int8"}
        The faster one.
    """
    if full.spec.role != "segmentation":
        ranks = _ranks(full, samples), _ranks(low, samples)
        return Agreement(len(samples), *ranks, arithmetic, MOST_CHANGE_OF_SCORES)
    total = 2 * len(samples)
    with shown(Console(stderr=True), f"{full.name}: float32, {arithmetic}") as progress:
        progress(0, total)
        found: list[dict[str, float]] = []
        for done, model in enumerate((full, low)):
            rows = []
            for index in range(len(samples)):
                rows.append(_dice(model, samples, index))
                progress(done * len(samples) + index + 1, total)
            found.append(_means(rows))
    return Agreement(len(samples), found[0], found[1], arithmetic)


def _ranks(model: OnnxModel, samples: Samples) -> dict[str, float]:
    """Return a risk's C-index, or an HPV score's AUC; NaN where the patients don't allow it."""
    spec, everybody = model.spec, range(len(samples))
    # One after the other: an image keeps its file open for as long as it is held.
    scores = [
        float(model(network_inputs(samples[index], spec)).reshape(-1)[0]) for index in everybody
    ]
    truth = [samples.arrays(index, ("time_days", "event", "hpv")) for index in everybody]
    try:
        if spec.role == "risk":
            days, event = ([one[name] for one in truth] for name in ("time_days", "event"))
            return {"C-index": concordance_index(scores, time_days=days, event=event)}
        return {"AUC": roc_auc(scores, truth=[bool(one["hpv"]) for one in truth])}
    except ValueError:
        return {"C-index" if spec.role == "risk" else "AUC": float("nan")}


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
