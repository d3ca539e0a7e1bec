"""Ask the same patients in every way, and time some of them."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.accuracy.measure import TIMED_PATIENTS, cpu_seconds
from benchmarks.inference.variants import (
    Variant,
    networks_of,
    runs_bfloat16,
    variants,
    write_variant,
)
from jobs.collect import collected
from shared.errors import ModelError
from shared.limits import Deadline, available_cpus
from shared.predictor import Predictor
from shared.spec import OnePass, Precision
from training.data.making import one_thread
from training.data.patient import Patient
from training.data.source import open_source
from training.export.graph import spec_of
from training.measure.answers import predictor_of, summarise
from training.measure.figures import mean, metrics
from training.measure.segmented import mask_row

GATE = 0.002
"""Of Dice: what a quicker way may lose."""
_NO_HASTE_S = 3600.0

Row = dict[str, Any]


@dataclass(frozen=True)
class VariantResult:
    """What one way of running reached.

    Attributes
    ----------
    name : str
        Of the variant.
    cpu_seconds : float
        Processor time of a patient's segmentation, reading and writing left out. Several networks
        are loaded for each patient, one at a time, as in a container; one stays loaded.
    gtvp_dice, gtvn_dice, gtvn_f1 : float
        The challenge's figures.
    change, change_low, change_high : float
        Mean change of a patient's Dice (both labels' mean) against the first way, and its 95 %
        interval, patient by patient.
    """

    name: str
    cpu_seconds: float
    gtvp_dice: float
    gtvn_dice: float
    gtvn_f1: float
    change: float
    change_low: float
    change_high: float

    @property
    def verdict(self) -> str:
        """Whether Dice is less by no more than the gate, as far as the interval tells."""
        if self.change_low >= -GATE:
            return "yes"
        return "NO" if self.change_high < -GATE else "undecided"


def benchmark(
    weights: Path, data: str, *, also: Sequence[Path] = (), patch: int, workers: int
) -> tuple[list[VariantResult], str, int]:
    """Run a network in every way on the same patients.

    Parameters
    ----------
    weights : Path
        Weights folder of Task 1.
    data : str
        Address of patients that it has not learned from.
    also : sequence of Path
        Further weights folders of the same spec, to average with.
    patch : int
        Side of a window, voxels.
    workers : int
        Processes that measure accuracy; times are taken afterwards, one patient after the other.

    Returns
    -------
    list of VariantResult, str, int
        The first way comes first; the data in words, and how many patients.

    Raises
    ------
    ModelError
        If the network's spec has no single pass, or specs differ.
    """
    networks = networks_of([weights, *also])
    spec = spec_of(networks[0], name=str(weights))
    if not isinstance(spec.inference, OnePass):
        raise ModelError(f"{weights}: expected a network of a single pass, found windows")
    chosen = variants(
        multiple=spec.inference.multiple,
        patch=patch,
        members=len(networks),
        bfloat16="bfloat16" in spec.precision and runs_bfloat16(),
    )
    source = open_source(data, task=1)
    with tempfile.TemporaryDirectory() as place:
        folders = [
            write_variant(variant, networks, Path(place) / str(number))
            for number, variant in enumerate(chosen)
        ]
        ways = _measured(chosen, folders, source.patients, workers)
    return ways, source.description, len(source.patients)


def _measured(
    chosen: Sequence[Variant],
    folders: Sequence[Path],
    patients: Sequence[Patient],
    workers: int,
) -> list[VariantResult]:
    asked = tuple((folder, v.precision) for v, folder in zip(chosen, folders, strict=True))
    answers = collected(
        partial(_one, asked=asked), patients, workers=workers, what="patients measured"
    )
    threads = available_cpus()
    predictors = [predictor_of(1, folder, precision=p, threads=threads) for folder, p in asked]
    seconds = cpu_seconds(predictors, patients[:TIMED_PATIENTS])
    tables = [pd.DataFrame(rows).set_index("patient") for rows in zip(*answers, strict=True)]
    return [
        _result(variant, table, tables[0], taken)
        for variant, table, taken in zip(chosen, tables, seconds, strict=True)
    ]


@cache
def _predictor(folder: Path, precision: Precision) -> Predictor:
    """Return a folder's segmentation, loaded once a process."""
    return predictor_of(1, folder, precision=precision, threads=1)


def _one(patient: Patient, *, asked: Sequence[tuple[Path, Precision]]) -> list[Row]:
    """Return a row a way; the patient is loaded once."""
    one_thread()
    loaded = patient.load()
    known: Row = {"patient": patient.patient_id, "centre": patient.centre}
    rows = []
    for folder, precision in asked:
        predictor = _predictor(folder, precision)
        rows.append(known | mask_row(predictor, loaded, deadline=Deadline(_NO_HASTE_S)))
    return rows


def _result(
    variant: Variant, table: pd.DataFrame, first: pd.DataFrame, seconds: float
) -> VariantResult:
    figures = metrics(summarise(1, table))
    apart = np.asarray(table["mean_dice"] - first["mean_dice"], dtype=np.float64)
    change = mean("change", apart)
    low, high = change["change_95"]
    return VariantResult(
        name=variant.name,
        cpu_seconds=seconds,
        gtvp_dice=figures["gtvp_dice_mean"],
        gtvn_dice=figures["gtvn_dice_aggregated"],
        gtvn_f1=figures["gtvn_f1_aggregated"],
        change=change["change"],
        change_low=low,
        change_high=high,
    )
