"""Cross-validation: each patient is predicted by a network that never saw them."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from training.data.folds import Fold
from training.data.masks import FOLD
from training.fitting.arrange import Order, fit_fold
from training.fitting.claim import write_whole
from training.measure.answers import summarise
from training.measure.figures import by_centre, metrics
from training.measure.held_out import measure_held_out
from training.measure.rules import RULES, beside_rules
from training.measure.volumes import by_true_volume

log = logging.getLogger(__name__)

CASES_FILE = "cases.csv"
SUMMARY_FILE = "summary.json"


def crossval(order: Order, folds: Sequence[Fold], folder: Path) -> dict[str, Any]:
    """Fit every fold, and measure each on the patients held out of it.

    The held-out patients go through the container's own code with the fold's exported network: for
    a segmentation from the scans to the mask on the CT's grid, for a risk or HPV status from their
    samples, which that code has made behind a segmentation that did not learn from the patient
    either. Their rows are pooled. A fold that is finished is not fitted again, nor one measured
    again whose files are the same.

    Parameters
    ----------
    order : Order
        Recipe and data.
    folds : sequence of Fold
        Each is held out once.
    folder : Path
        For a run a fold (`fold_1`, ...), `cases.csv` and `summary.json`. Of Task 1 it makes the
        masks for the other tasks: see `training.data.masks`.

    Returns
    -------
    dict
        The task's figures with their intervals, over all held-out patients.

    Raises
    ------
    DataError
        Before anything is fitted: a fold can't be learned from or measured, a patient is in two
        folds, or all weights for masks learned from a patient.
    RunError
        Before anything is fitted: each start knows somebody who is held out of a fold.
    """
    order.require_sound(folds)
    rows: list[pd.DataFrame] = []
    for number, fold in enumerate(folds, start=1):
        run = folder / f"{FOLD}{number}"
        log.info("%s (%d of %d)", fold.name, number, len(folds))
        fit_fold(order, fold, run)
        if not order.hardware.rank:
            rows.append(measure_held_out(order, fold, run).assign(fold=fold.name))
    if order.hardware.rank:
        return {}
    cases = pd.concat(rows)
    found = summarise(order.task, cases.drop(columns="fold"))
    cases.drop(columns=RULES, errors="ignore").to_csv(folder / CASES_FILE)
    summary = {
        "task": order.task,
        "recipe": order.name,
        "data": order.source.description,
        "command": order.command,
        "folds": [fold.name for fold in folds],
        "never_held_out": len(order.source.patients) - len(cases),
        "metrics": metrics(found),
        "centres": by_centre(found),
    }
    if order.task == 1:
        summary |= {"volumes": by_true_volume(cases), "baselines": beside_rules(cases)}
    write_whole(folder / SUMMARY_FILE, json.dumps(summary, indent=1))
    return summary
