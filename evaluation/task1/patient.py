"""One patient's masks: read, checked, scored."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from evaluation.cases.labels import read_labels, require_grid
from evaluation.findings import Finding, find, summary
from evaluation.metrics.boxes import bounding_box, union
from evaluation.metrics.lesions import match
from evaluation.metrics.overlap import TITLES, Overlap, overlaps
from evaluation.metrics.surface import surface_agreement
from shared.errors import InputError

NAMES = {label: title.lower() for label, title in TITLES.items()}
"""How columns begin."""
Labels = NDArray[np.uint8]
Spacing = tuple[float, float, float]


@dataclass(frozen=True)
class Job:
    """One patient to score.

    Attributes
    ----------
    patient : str
        Whose masks.
    predictions : tuple of Path
        What was predicted; one file where all is well.
    truth : Path
        The true mask, on the CT's grid.
    """

    patient: str
    predictions: tuple[Path, ...]
    truth: Path


@dataclass(frozen=True)
class Outcome:
    """What became of one patient.

    Attributes
    ----------
    patient : str
        Whose.
    row : dict
        The metrics; empty where the truth itself can't be read. With a problem, those of an
        empty prediction, which scores 0.
    problem : str
        What is wrong; empty where nothing is.
    """

    patient: str
    row: dict[str, Any] = field(default_factory=dict)
    problem: str = ""


@dataclass(frozen=True)
class Pair:
    """Prediction and truth on one grid.

    Attributes
    ----------
    prediction, truth : SimpleITK.Image
        uint8 labels.
    findings : tuple of Finding
        What is wrong with the prediction, worst first, in voxels of the whole grid.
    """

    prediction: sitk.Image
    truth: sitk.Image
    findings: tuple[Finding, ...]


def score(job: Job) -> Outcome:
    """Score one patient; whatever is wrong with the files is said in the outcome."""
    try:
        truth = read_labels(job.truth, what="truth")
    except InputError as error:
        return Outcome(job.patient, problem=str(error))
    try:
        prediction, problem = _prediction(job, truth), ""
    except InputError as error:
        prediction, problem = None, str(error)
    spacing = truth.GetSpacing()[::-1]
    real = sitk.GetArrayViewFromImage(truth)
    mine = np.zeros_like(real) if prediction is None else sitk.GetArrayViewFromImage(prediction)
    row = measures(mine, real, spacing)
    if problem:
        # Who answers nothing is wrong, also about a patient who has nothing.
        row |= dict.fromkeys(("gtvp_dice", "gtvn_dice", "mean_dice"), 0.0)
        row["reason"] = problem
    return Outcome(job.patient, row, problem)


def _prediction(job: Job, truth: sitk.Image) -> sitk.Image:
    if len(job.predictions) != 1:
        number = len(job.predictions) or "none"
        raise InputError(f"prediction: expected one mask, found {number}")
    prediction = read_labels(job.predictions[0], what="prediction")
    require_grid(prediction, truth)
    return prediction


def read_pair(job: Job) -> Pair:
    """Read a patient's masks again, for the pictures.

    Raises
    ------
    InputError
        A file is not what it was when it was scored.
    """
    truth = read_labels(job.truth, what="truth")
    prediction = _prediction(job, truth)
    mine, real = (sitk.GetArrayViewFromImage(image) for image in (prediction, truth))
    return Pair(prediction, truth, find(mine, real, truth.GetSpacing()[::-1]))


def measures(prediction: Labels, truth: Labels, spacing_zyx_mm: Spacing) -> dict[str, Any]:
    """Return all metrics of one patient.

    Parameters
    ----------
    prediction, truth : ndarray, shape (z, y, x), uint8
        0 background, 1 GTVp, 2 GTVn.
    spacing_zyx_mm : tuple of float
        Voxel size.

    Returns
    -------
    dict
        For each label (`gtvp_`, `gtvn_`): `dice` (1 where both are empty), volumes `ml`,
        `true_ml`, `common_ml`, lesions `tp`, `fp`, `fn`, `hd95_mm`, `surface_dice_2mm`; over
        both labels `mean_dice`, and in words the `reason` of what is worst.
    """
    box = union((bounding_box(prediction), bounding_box(truth)))
    mine, real = (prediction, truth) if box is None else (prediction[box], truth[box])
    volumes = overlaps(mine, real, voxel_mm3=float(np.prod(spacing_zyx_mm)))
    row: dict[str, Any] = {}
    for label, overlap in volumes.items():
        row |= _of_label(NAMES[label], mine == label, real == label, overlap, spacing_zyx_mm)
    row["mean_dice"] = (row["gtvp_dice"] + row["gtvn_dice"]) / 2
    row["reason"] = summary(find(mine, real, spacing_zyx_mm))
    return row


def _of_label(
    name: str,
    called: NDArray[np.bool_],
    true: NDArray[np.bool_],
    overlap: Overlap,
    spacing_zyx_mm: Spacing,
) -> dict[str, Any]:
    lesions = match(called, true, voxel_mm3=float(np.prod(spacing_zyx_mm)))
    surfaces = surface_agreement(called, true, spacing_zyx_mm)
    return {
        f"{name}_dice": overlap.dice,
        f"{name}_ml": overlap.prediction_mm3 / 1000,
        f"{name}_true_ml": overlap.truth_mm3 / 1000,
        f"{name}_common_ml": overlap.common_mm3 / 1000,
        f"{name}_tp": lesions.tp,
        f"{name}_fp": lesions.fp,
        f"{name}_fn": lesions.fn,
        f"{name}_hd95_mm": surfaces.hd95_mm,
        f"{name}_surface_dice_2mm": surfaces.surface_dice,
    }
