"""A fold's held-out patients, measured once: their rows stay in the fold's folder."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from shared.errors import ModelError
from shared.manifest import Weights, read_manifest
from training.data.folds import Fold
from training.data.masks import WEIGHTS, mask_maker, mask_weights
from training.data.patient import Patient
from training.export.write import export
from training.fitting.arrange import Order
from training.fitting.claim import write_whole
from training.measure.answers import measure_patients, measure_prepared
from training.measure.evaluate import member_hashes
from training.run import NETWORK_FILE, SEGMENTATION_TASK

log = logging.getLogger(__name__)

Row = dict[str, Any]

ROWS_FILE = "measured.json"


def measure_held_out(order: Order, fold: Fold, run: Path) -> pd.DataFrame:
    """Export a fold's network and measure it on the patients held out, in their order.

    What is exported stands behind the segmentation for new patients; each patient held out is
    measured behind the mask that training would see, of weights that did not learn from them.
    Rows that were measured before are taken from the fold's folder, where network, weights and
    masks are still the same files.

    Parameters
    ----------
    order : Order
        Recipe and data.
    fold : Fold
        Who was held out.
    run : Path
        The fold's finished fit.

    Returns
    -------
    DataFrame
        As of `measure_patients`.
    """
    held, weights = order.chosen(fold.validation), run / WEIGHTS
    rows = _measured_before(order, held, run)
    if rows is not None:
        log.info("%s: measured before", fold.name)
        return _table(rows)
    samples = order.samples(held)
    export(
        [run],
        to=weights,
        samples=[samples],
        segmentation=None if order.task == SEGMENTATION_TASK else _beside(order),
    )
    if order.task == SEGMENTATION_TASK:
        cases = measure_patients(order.task, weights, held, workers=order.hardware.workers)
    else:
        cases = measure_prepared(order.task, weights, held, samples)
    content = {
        "of": _files(order, held, run),
        "rows": cases.reset_index().to_dict("records"),
    }
    write_whole(run / ROWS_FILE, json.dumps(content, default=_plain))
    # Both ways alike, so that a fold's figures do not depend on when they were made.
    return _table(json.loads(json.dumps(content["rows"], default=_plain)))


def _beside(order: Order) -> Path:
    return mask_weights(order.segmentation)[0]


def _table(rows: Sequence[Row]) -> pd.DataFrame:
    return pd.DataFrame(rows).set_index("patient")


def _plain(value: object) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"expected a value that JSON has, found {type(value).__name__}")


def _measured_before(order: Order, held: Sequence[Patient], run: Path) -> list[Row] | None:
    """Return the rows in the fold's folder; None where there are none of the files that are."""
    try:
        content = json.loads((run / ROWS_FILE).read_text(encoding="utf-8"))
        of = _files(order, held, run)
    except (FileNotFoundError, ModelError):
        return None
    rows: list[Row] = content["rows"]
    return rows if content["of"] == of else None


def _files(order: Order, held: Sequence[Patient], run: Path) -> Row:
    """Return the SHA-256 of all files that a fold's rows come from.

    Raises
    ------
    FileNotFoundError, ModelError
        If one is not there, or a file is not what its manifest says.
    """
    weights = run / WEIGHTS
    for role in read_manifest(weights).roles.values():
        for file in role.files:
            Weights(weights, role).read(file)
    masks = order.masks(held)
    makers = {folder: list(mask_maker(folder).files) for folder in set(masks.values())}
    segments = order.task == SEGMENTATION_TASK
    return {
        "network": hashlib.sha256((run / NETWORK_FILE).read_bytes()).hexdigest(),
        "weights": member_hashes(weights),
        "segmentation": [] if segments else list(mask_maker(_beside(order)).files),
        "masks": {name: makers[folder] for name, folder in masks.items()},
        "patients": [patient.patient_id for patient in held],
    }
