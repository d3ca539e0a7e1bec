"""From a table of patients to the figures over all of them."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluation.cases.errors import Problem
from evaluation.metrics.intervals import Interval, bootstrap, bootstrap_mean, bootstrap_ratio
from evaluation.metrics.lesions import aggregated_f1
from evaluation.metrics.overlap import TITLES, aggregated_dice
from evaluation.metrics.volumes import volume_agreement
from evaluation.result import Evaluation, Figure, Missing
from evaluation.task1.patient import NAMES

_TITLES = {name: TITLES[label] for label, name in NAMES.items()}


def summarise(
    cases: pd.DataFrame, *, problems: Iterable[Problem] = (), missing: Missing = "exclude"
) -> Evaluation:
    """Return the evaluation of measured patients, the worst first.

    Parameters
    ----------
    cases : DataFrame
        Indexed by patient: `centre` and what `evaluation.task1.patient.measures` returns.
    problems : iterable of Problem
        What could not be scored.
    missing : {"exclude", "zero"}
        What was done about it.
    """
    ordered = cases.sort_index().sort_values("mean_dice", kind="stable")
    return Evaluation(
        task=1,
        cases=ordered,
        figures=_figures(ordered),
        centres=_by_centre(ordered),
        problems=tuple(sorted(set(problems))),
        missing=missing,
    )


def _figures(cases: pd.DataFrame) -> dict[str, Figure]:
    figures = _primary(cases) | _nodes(cases)
    for label in NAMES.values():
        figures |= _detection(cases, label) | _surfaces(cases, label) | _volumes(cases, label)
    return figures


def _figure(title: str, value: float, interval: Interval, **more: object) -> Figure:
    return Figure(title, value, interval.low, interval.high, **more)  # type: ignore[arg-type]


def _primary(cases: pd.DataFrame) -> dict[str, Figure]:
    values, present = cases["gtvp_dice"], cases["gtvp_dice"].where(cases["gtvp_true_ml"] > 0)
    absent = int((cases["gtvp_true_ml"] == 0).sum())
    return {
        "gtvp_dice_mean": _figure(
            "GTVp Dice, mean",
            float(values.mean()),
            bootstrap_mean(values),
            note=f"{len(cases)} patients, of whom {absent} without a primary: 1 where none is "
            "predicted, else 0",
            headline=True,
        ),
        "gtvp_dice_mean_where_present": _figure(
            "GTVp Dice, mean where there is one",
            float(present.mean()),
            bootstrap_mean(present),
            note=f"{int(present.notna().sum())} patients",
        ),
        "gtvp_dice_aggregated": _aggregated_dice(cases, "gtvp", "GTVp Dice, aggregated"),
    }


def _nodes(cases: pd.DataFrame) -> dict[str, Figure]:
    return {
        "gtvn_dice_aggregated": _aggregated_dice(
            cases, "gtvn", "GTVn Dice, aggregated", headline=True
        ),
        "gtvn_dice_mean_where_present": _figure(
            "GTVn Dice, mean where there is one",
            float(cases["gtvn_dice"].where(cases["gtvn_true_ml"] > 0).mean()),
            bootstrap_mean(cases["gtvn_dice"].where(cases["gtvn_true_ml"] > 0)),
        ),
    }


def _aggregated_dice(
    cases: pd.DataFrame, label: str, title: str, *, headline: bool = False
) -> Figure:
    common, found, true = (cases[f"{label}_{part}ml"] for part in ("common_", "", "true_"))
    return _figure(
        title,
        aggregated_dice(common, prediction_mm3=found, truth_mm3=true),
        bootstrap_ratio(2 * common, found + true),
        note="volumes of all patients together",
        headline=headline,
    )


def _detection(cases: pd.DataFrame, label: str) -> dict[str, Figure]:
    tp, fp, fn = (cases[f"{label}_{kind}"].to_numpy(float) for kind in ("tp", "fp", "fn"))
    return {
        f"{label}_f1_aggregated": _figure(
            f"{_TITLES[label]} detection F1, aggregated",
            aggregated_f1(tp, fp=fp, fn=fn),
            bootstrap_ratio(2 * tp, 2 * tp + fp + fn),
            note=f"{tp.sum():.0f} found, {fp.sum():.0f} false, {fn.sum():.0f} missed; "
            "IoU over 0.30, 26-connected, one to one",
            headline=label == "gtvn",
        )
    }


def _surfaces(cases: pd.DataFrame, label: str) -> dict[str, Figure]:
    hd95, share = cases[f"{label}_hd95_mm"], cases[f"{label}_surface_dice_2mm"]
    defined = int(hd95.notna().sum())
    return {
        f"{label}_hd95_mm_median": _figure(
            f"{_TITLES[label]} HD95, median",
            _median(hd95.to_numpy()),
            bootstrap(lambda picked: _median(hd95.to_numpy()[picked]), len(hd95), draws=1000),
            better="lower",
            unit="mm",
            note=f"{defined} patients with both masks",
        ),
        f"{label}_surface_dice_2mm_mean": _figure(
            f"{_TITLES[label]} surface Dice at 2 mm, mean",
            float(share.mean()),
            bootstrap_mean(share),
        ),
    }


def _median(values: NDArray[np.float64]) -> float:
    known = values[~np.isnan(values)]
    return float(np.median(known)) if known.size else float("nan")


def _volumes(cases: pd.DataFrame, label: str) -> dict[str, Figure]:
    found, true = cases[f"{label}_ml"], cases[f"{label}_true_ml"]
    agreement = volume_agreement(found, truth_ml=true)
    return {
        f"{label}_volume_difference_ml_mean": _figure(
            f"{_TITLES[label]} volume, predicted minus true, mean",
            agreement.bias_ml,
            bootstrap_mean(found - true),
            better="",
            unit="ml",
            note=f"95 % of patients from {agreement.low_ml:.1f} to {agreement.high_ml:.1f} ml",
        ),
        f"{label}_volume_concordance": Figure(
            f"{_TITLES[label]} volume, concordance correlation", agreement.concordance
        ),
    }


def _by_centre(cases: pd.DataFrame) -> pd.DataFrame:
    rows = {
        centre: {"patients": len(part)}
        | {
            "gtvp_dice_mean": float(part["gtvp_dice"].mean()),
            "gtvn_dice_aggregated": _aggregated_dice(part, "gtvn", "").value,
            "gtvn_f1_aggregated": aggregated_f1(
                part["gtvn_tp"], fp=part["gtvn_fp"], fn=part["gtvn_fn"]
            ),
        }
        for centre, part in cases.groupby("centre")
    }
    return pd.DataFrame.from_dict(rows, orient="index")
