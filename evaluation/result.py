"""What an evaluation found: a row a patient, figures over all of them, and the files of both."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from evaluation.cases.errors import Problem

Missing = Literal["exclude", "zero"]
CENTRES = {1: "CHUM", 2: "CHUP", 3: "CHUS", 4: "CHUV", 5: "MDA", 6: "HGJ", 7: "HMR", 8: "USZ"}
"""Codes of the column CenterID."""


@dataclass(frozen=True)
class Figure:
    """One metric over all patients.

    Attributes
    ----------
    title : str
        For a reader.
    value : float
        NaN where it is not defined.
    low, high : float
        95 % percentile bootstrap interval over patients; NaN where there is none.
    better : {"higher", "lower", ""}
        Which way is good; empty where neither is.
    unit : str
        Empty for a ratio.
    note : str
        Convention or sample, where the title does not say it.
    headline : bool
        Whether it stands at the top of the report.
    """

    title: str
    value: float
    low: float = math.nan
    high: float = math.nan
    better: Literal["higher", "lower", ""] = "higher"
    unit: str = ""
    note: str = ""
    headline: bool = False


@dataclass(frozen=True)
class Evaluation:
    """All that one evaluation found.

    Attributes
    ----------
    task : int
        1, 2 or 3.
    cases : DataFrame
        Indexed by patient, with the column `centre` and the task's own.
    figures : mapping of str to Figure
        By their name in `metrics.json`.
    centres : DataFrame
        Indexed by centre: patients and headline figures.
    problems : tuple of Problem
        Patients that could not be scored, or not as they should.
    missing : {"exclude", "zero"}
        What became of patients without a usable prediction.
    curves : mapping of str to object
        What the task's charts are drawn from.
    """

    task: int
    cases: pd.DataFrame
    figures: Mapping[str, Figure]
    centres: pd.DataFrame
    problems: tuple[Problem, ...]
    missing: Missing
    curves: Mapping[str, Any] = field(default_factory=dict)


def write_files(found: Evaluation, out: Path) -> None:
    """Write `metrics.json` as Grand Challenge reads it, and `cases.csv`."""
    results = [
        {"patient": patient} | {name: plain(value) for name, value in row.items()}
        for patient, row in found.cases.to_dict("index").items()
    ]
    metrics = {
        "task": found.task,
        "patients": len(found.cases),
        "missing": found.missing,
        "problems": [str(problem) for problem in found.problems],
        "aggregates": {name: plain(figure.value) for name, figure in found.figures.items()},
        "intervals": {
            name: [plain(figure.low), plain(figure.high)]
            for name, figure in found.figures.items()
            if not math.isnan(figure.low)
        },
        "centres": [
            {"centre": centre} | {name: plain(value) for name, value in row.items()}
            for centre, row in found.centres.to_dict("index").items()
        ],
        "results": results,
    }
    text = json.dumps(metrics, indent=1, ensure_ascii=False, allow_nan=False)
    (out / "metrics.json").write_text(text + "\n", encoding="utf-8")
    found.cases.to_csv(out / "cases.csv", index_label="patient", float_format="%.6g")


def plain(value: object) -> Any:
    """Return a value that JSON has: no NaN, no infinity, no numpy."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def centre_of(patient: str, code: float = math.nan) -> str:
    """Return a patient's centre, by the table's code, else by the name's first part."""
    if math.isfinite(code) and code == int(code):
        return CENTRES.get(int(code), f"centre {int(code)}")
    prefix, dash, _ = patient.partition("-")
    return prefix if dash and prefix.isupper() else "unknown"
