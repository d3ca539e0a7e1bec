"""Which patients each part of a fit is given."""

from __future__ import annotations

from typing import NamedTuple

from training.data.samples import Samples
from training.fitting.scores.split import require_outcomes, require_rankable, split_calibration
from training.fitting.scores.table import table_of
from training.fitting.trainer import BEST
from training.recipe.recipe import Recipe


class Parts(NamedTuple):
    """Who is learned from by gradients, who among the training patients is not, who is held out."""

    learning: Samples
    calibration: Samples | None
    held_out: Samples


def parts_of(recipe: Recipe, training: Samples, held_out: Samples) -> Parts:
    """Divide a fit's patients: those of a score that learns by gradients are calibrated on some.

    Raises
    ------
    DataError
        If a score's training patients are too few of an outcome to keep some apart, or those kept
        apart can't choose the best weights.
    """
    if recipe.spec.role == "segmentation":
        return Parts(training, None, held_out)
    table = table_of(training, recipe.spec)
    require_outcomes(table.outcome, role=recipe.spec.role)
    if not recipe.needs_gradients:
        return Parts(training, None, held_out)
    learning, calibration = split_calibration(
        table.outcome, training.ids, share=recipe.aside, seed=recipe.seed
    )
    if recipe.keep == BEST:
        require_rankable(table.subset(calibration))
    return Parts(
        training.subset(learning.tolist()), training.subset(calibration.tolist()), held_out
    )
