"""One patient's arrays, through the containers' own preprocessing."""

from __future__ import annotations

import hashlib
import importlib
import logging
from dataclasses import dataclass
from functools import cache
from multiprocessing import parent_process
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk

from shared.ensemble import Members
from shared.errors import ModelError
from shared.limits import Deadline
from shared.manifest import Weights, find_weights
from shared.predictor import Predictor, score_inputs
from shared.preprocessing import prepare
from shared.spec import Role, Spec
from training.data.labels import labels_on, values_in
from training.data.patient import DataError, Loaded, Outcome, Patient, sees_scans
from training.data.samples import Arrays

_PREPARING = (
    "shared.case",
    "shared.grid",
    "shared.images",
    "shared.intensity",
    "shared.localise",
    "shared.overview",
    "shared.preprocessing",
    "shared.resample",
    "shared.separable",
    "training.data.labels",
    "training.data.making",
    "training.data.reading",
)
_SCORING = (
    "shared.clinical",
    "shared.ensemble",
    "shared.lesion_features",
    "shared.lesions",
    "shared.model",
    "shared.postprocessing",
    "shared.predictor",
    "shared.sliding_window",
)
# What follows the network, or only describes it, changes no input of it.
_AFTERWARDS = (
    "activation",
    "inference",
    "mirror_axes",
    "precision",
    "provenance",
    "role",
    "threshold",
)
_LIMIT_S = 3600.0


@dataclass(frozen=True)
class Making:
    """How a patient becomes a sample.

    Attributes
    ----------
    spec : Spec
        What the network expects.
    segmentation : Path or None
        Weights folder whose segmentation finds the lesions, where a score network needs them.
    """

    spec: Spec
    segmentation: Path | None = None

    @property
    def segments(self) -> bool:
        """Return whether the network is a segmentation."""
        return self.spec.role == "segmentation"

    def key(self) -> str:
        """Return a text that changes when the samples of the same patient would."""
        content: dict[str, Any] = self.spec.model_dump(mode="json", exclude=set(_AFTERWARDS))
        # Risk and HPV networks with the same inputs share their samples.
        content["kind"] = "segmentation" if self.segments else "score"
        content["labels"] = [[label.value, label.channel] for label in self.spec.labels]
        parts = [repr(sorted(content.items())), code_version(scores=not self.segments)]
        if self.spec.needs_lesions:
            parts.append(_weights(self.segmentation).files.model_dump_json())
        return "\n".join(parts)

    def make(self, patient: Patient) -> tuple[Arrays, tuple[int, ...]]:
        """Load a patient and make the arrays.

        Returns
        -------
        arrays : dict of str to ndarray
            For a segmentation `image`, shape (c, z, y, x), float32, and `label`, shape (z, y, x),
            uint8, channel numbers. For a score the network's inputs by the spec's tensor names
            (image, clinical, shape (2 f,), lesions, shape (f,)), and `event` (bool), `time_days`
            (float32) and `hpv` (bool), each of shape (); what is not known is False, or NaN.
        values : tuple of int
            Label values in the whole truth of a segmentation.

        Raises
        ------
        DataError
            Naming the patient.
        """
        if self.segments:
            return self._segmentation(patient.load(), patient.patient_id)
        return {**self._inputs(patient), **_outcome(patient.outcome)}, ()

    def _segmentation(self, loaded: Loaded, patient_id: str) -> tuple[Arrays, tuple[int, ...]]:
        if loaded.labels is None:
            raise DataError(f"{patient_id}: expected a label image, found none")
        prepared = prepare(loaded.case, self.spec)
        label = labels_on(loaded.labels, prepared.grid, self.spec, patient_id=patient_id)
        return {"image": prepared.tensor[0], "label": label}, values_in(loaded.labels)

    def _inputs(self, patient: Patient) -> Arrays:
        """Segment the patient as the container does, and return a score network's inputs.

        The mask is predicted, as it will be in use; the true one is no input. For values of the
        clinical record alone no scan is opened.
        """
        if not sees_scans(self.spec):
            values = patient.clinical().vector(self.spec.clinical)
            return {self.spec.tensor_names.clinical: values}
        case, findings = patient.load().case, None
        if self.spec.needs_lesions and self.segmentation is not None:
            findings = segmenter(self.segmentation).find(case, deadline=Deadline(_LIMIT_S))
        inputs = score_inputs(case, self.spec, findings=findings)
        return {name: array[0] for name, array in inputs.items()}


def _outcome(outcome: Outcome) -> Arrays:
    days = np.nan if outcome.rfs_days is None else outcome.rfs_days
    return {
        "event": np.array(bool(outcome.relapse)),
        "time_days": np.array(days, dtype=np.float32),
        "hpv": np.array(bool(outcome.hpv_positive)),
    }


def _weights(folder: Path | None) -> Weights:
    if folder is None:
        raise DataError("segmentation: expected a weights folder, as the network needs lesions")
    try:
        return find_weights(folder, folder / "none", roles=("segmentation",))["segmentation"]
    except ModelError as error:
        raise DataError(f"segmentation: {error}") from error


@cache
def segmenter(weights: Path) -> Predictor:
    """Return the segmentation models of a weights folder, on one thread, loaded once a process."""
    members: dict[Role, Members] = {"segmentation": Members(_weights(weights), threads=1)}
    return Predictor(members)


@cache
def code_version(*, scores: bool) -> str:
    """Return a hash of the source of all that makes samples, and of the libraries' versions."""
    digest = hashlib.sha256(f"{np.__version__} {sitk.Version_VersionString()}".encode())
    for name in (*_PREPARING, *(_SCORING if scores else ())):
        digest.update(Path(str(importlib.import_module(name).__file__)).read_bytes())
    return digest.hexdigest()


def one_thread() -> None:
    """In a worker, leave the other cores to the others, and the log to what matters."""
    if parent_process() is None:
        return
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    logging.disable(logging.WARNING)
