"""How well primaries are segmented, by how large they truly are."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from training.measure.figures import mean
from training.measure.rules import PRIMARY

Row = dict[str, Any]

TRUE_ML = "gtvp_true_ml"
"""Column of the true volume on the CT's grid, 0 where there is no primary."""
EDGES_ML = (1.0, 2.5, 5.0, 10.0)
"""Each belongs to the group above it."""
NOT_FOUND = 0.05
"""Dice under which a primary counts as not found: a touch at its border finds nothing."""
NONE = "none"
GROUPS = (
    f"under {EDGES_ML[0]:g}",
    *(f"{low:g} to {high:g}" for low, high in pairwise(EDGES_ML)),
    f"{EDGES_ML[-1]:g} and over",
)


def by_true_volume(cases: pd.DataFrame) -> list[Row]:
    """Summarise the primaries' Dice by their true volume.

    Parameters
    ----------
    cases : DataFrame
        A row a patient, with `gtvp_true_ml` and `gtvp_dice`.

    Returns
    -------
    list of dict
        From none over small to large, groups without a patient left out: `true_ml` in words,
        `patients`, mean `dice` with its 95 % interval, and how many are `not_found` (Dice under
        `NOT_FOUND`; None for the group without a primary).
    """
    true_ml, dice = (cases[name].to_numpy(dtype=float) for name in (TRUE_ML, PRIMARY))
    groups = np.where(true_ml > 0, np.digitize(true_ml, EDGES_ML) + 1, 0)
    rows: list[Row] = []
    for group, name in enumerate((NONE, *GROUPS)):
        values = dice[groups == group]
        if not values.size:
            continue
        rows.append(
            {
                "true_ml": name,
                "patients": int(values.size),
                **mean("dice", values),
                "not_found": None if name == NONE else int((values < NOT_FOUND).sum()),
            }
        )
    return rows
