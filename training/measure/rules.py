"""The oldest PET rules on the patients that measure weights, beside what the weights reach."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import SimpleITK as sitk

from evaluation.metrics.overlap import dice_where_present
from evaluation.metrics.pet_rules import (
    BEST_IN_BOX,
    FIXED,
    FIXED_ALL,
    IN_BOX,
    OF_NECK,
    OF_NECK_ALL,
    score_rules,
)
from evaluation.result import plain
from training.measure.figures import mean

Row = dict[str, Any]

RULES = "pet_rules"
"""Column of a patient's Dice by rule."""
TUMOUR = "tumour_dice"
"""Column of the Dice of both labels together, NaN where there is neither."""
PRIMARY = "gtvp_dice"
AGAINST = {
    FIXED: PRIMARY,
    OF_NECK: PRIMARY,
    FIXED_ALL: TUMOUR,
    OF_NECK_ALL: TUMOUR,
    IN_BOX: PRIMARY,
    BEST_IN_BOX: PRIMARY,
}
"""Which of the network's columns a rule stands beside."""


def rule_row(
    labels: sitk.Image, truth: sitk.Image, pet_suv: sitk.Image, *, has_head: bool = True
) -> Row:
    """Score a patient's PET rules, and a segmentation where it does not tell labels apart.

    Parameters
    ----------
    labels, truth : SimpleITK.Image
        What a network found, and what there is, uint8 on the CT's grid.
    pet_suv : SimpleITK.Image
        The PET as the container reads it, SUV; the rules are scored on its grid.
    has_head : bool
        Whether the scan has a brain, which the rules leave out.
    """
    on_pet = sitk.Resample(
        truth, pet_suv, sitk.Transform(), sitk.sitkNearestNeighbor, 0, sitk.sitkUInt8
    )
    scores = score_rules(
        sitk.GetArrayFromImage(pet_suv),
        sitk.GetArrayFromImage(on_pet),
        pet_suv.GetSpacing()[::-1],
        has_head=has_head,
    )
    found, there = (sitk.GetArrayViewFromImage(image) > 0 for image in (labels, truth))
    return {RULES: scores, TUMOUR: plain(dice_where_present(found, there))}


def beside_rules(cases: pd.DataFrame) -> list[Row]:
    """Summarise each rule, and the network on the same patients against the same label.

    Parameters
    ----------
    cases : DataFrame
        A row a patient, with what `rule_row` returns and `gtvp_dice`.

    Returns
    -------
    list of dict
        `rule`, `against`, `patients`, and mean Dice with its 95 % interval: `dice` of the rule,
        `network_dice` of the weights.
    """
    rows: list[Row] = []
    for rule, column in AGAINST.items():
        values = np.array([scores.get(rule, np.nan) for scores in cases[RULES]], dtype=float)
        applies = ~np.isnan(values)
        if not applies.any():
            continue
        mine = cases[column].to_numpy(dtype=float)[applies]
        rows.append(
            {
                # What it is scored against stands beside it.
                "rule": rule.partition(", against")[0],
                "against": "GTVp" if column == PRIMARY else "GTVp and GTVn together",
                "patients": int(applies.sum()),
                **mean("dice", values[applies]),
                **mean("network_dice", mine),
            }
        )
    return rows
