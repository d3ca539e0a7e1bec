"""What the challenge's metrics and old PET rules say of one patient's predicted mask."""

from __future__ import annotations

from typing import Any

import SimpleITK as sitk

from evaluation.task1.patient import measures
from shared.limits import Deadline
from shared.predictor import Predictor
from shared.spec import Box
from training.data.patient import DataError, Loaded
from training.measure.rules import rule_row

Row = dict[str, Any]


def mask_row(predictor: Predictor, loaded: Loaded, *, deadline: Deadline) -> Row:
    """Segment a patient and measure the mask on the CT's grid.

    Raises
    ------
    DataError
        If the patient brings no labels.
    """
    case = loaded.case
    if loaded.labels is None:
        raise DataError(f"{case.patient_id}: expected labels to measure against, found none")
    labels = predictor.segment(case, deadline=deadline)
    truth = sitk.Resample(
        loaded.labels, labels, sitk.Transform(), sitk.sitkNearestNeighbor, 0, sitk.sitkUInt8
    )
    found = measures(
        sitk.GetArrayFromImage(labels), sitk.GetArrayFromImage(truth), labels.GetSpacing()[::-1]
    )
    return found | rule_row(labels, truth, case.pet_suv, has_head=_looks_at_heads(predictor))


def _looks_at_heads(predictor: Predictor) -> bool:
    region = next(iter(predictor.members["segmentation"])).spec.region
    return isinstance(region, Box) and region.centre == "head_neck"
