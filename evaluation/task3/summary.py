"""From a table of calls to the figures over all patients."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import pandas as pd

from evaluation.cases.errors import Problem
from evaluation.metrics import calls
from evaluation.metrics.calibration import (
    Reliability,
    brier_score,
    calibration_line,
    expected_calibration_error,
    reliability,
)
from evaluation.metrics.intervals import bootstrap
from evaluation.result import Evaluation, Figure, Missing

Metric = Callable[[pd.DataFrame], float]


@dataclass(frozen=True)
class CallCurves:
    """What the charts of Task 3 are drawn from.

    Attributes
    ----------
    counts : Counts
        True and false calls.
    roc : RocCurve or None
        None without probabilities, or with one class only.
    reliability : Reliability or None
        None without probabilities.
    """

    counts: calls.Counts
    roc: calls.RocCurve | None
    reliability: Reliability | None


def summarise(
    cases: pd.DataFrame, *, problems: Iterable[Problem] = (), missing: Missing = "exclude"
) -> Evaluation:
    """Return the evaluation of patients whose status was called, the wrong calls first.

    Parameters
    ----------
    cases : DataFrame
        Indexed by patient: `centre`, `truth` and `call` (true: HPV positive), `probability` of
        it (NaN where there is none).
    problems : iterable of Problem
        What could not be scored.
    missing : {"exclude", "zero"}
        What was done about it.
    """
    named = set(problems)
    for value, name in ((True, "positive"), (False, "negative")):
        if not (cases["truth"] == value).any():
            named.add(Problem("truth", f"expected an HPV {name} patient, found none"))
    right = (cases["truth"] == cases["call"]).sort_values(kind="stable").index
    ordered = cases.assign(reason=_reasons(cases)).loc[right]
    return Evaluation(
        task=3,
        cases=ordered,
        figures=_figures(ordered),
        centres=_by_centre(ordered),
        problems=tuple(sorted(named)),
        missing=missing,
        curves={"calls": _curves(ordered)},
    )


def _reasons(cases: pd.DataFrame) -> list[str]:
    words = {(True, False): "missed positive", (False, True): "false positive"}
    return [
        words.get((bool(true), bool(call)), "agrees")
        for true, call in zip(cases["truth"], cases["call"], strict=True)
    ]


def _with_probability(cases: pd.DataFrame) -> pd.DataFrame:
    return cases.dropna(subset="probability")


def _of_calls(metric: Callable[..., float]) -> Metric:
    return lambda cases: metric(cases["call"].to_numpy(bool), truth=cases["truth"].to_numpy(bool))


def _auc(cases: pd.DataFrame) -> float:
    known = _with_probability(cases)
    return calls.roc_auc(known["probability"].to_numpy(), truth=known["truth"].to_numpy(bool))


def _or_nan(metric: Metric, cases: pd.DataFrame) -> float:
    try:
        return metric(cases)
    except ValueError:
        return float("nan")


def _figures(cases: pd.DataFrame) -> dict[str, Figure]:
    positives, negatives = int(cases["truth"].sum()), int((~cases["truth"]).sum())
    sample = f"{positives} HPV positive, {negatives} negative"
    wanted: dict[str, tuple[str, Metric, str]] = {
        "balanced_accuracy": (
            "Balanced accuracy",
            _of_calls(calls.balanced_accuracy),
            f"{sample}; one call for all gives 0.5",
        ),
        "sensitivity": ("Sensitivity", _of_calls(calls.sensitivity), f"of {positives} positive"),
        "specificity": ("Specificity", _of_calls(calls.specificity), f"of {negatives} negative"),
    }
    known = _with_probability(cases)
    if len(known):
        wanted["auc"] = ("AUC", _auc, f"{len(known)} patients with a probability")
    figures = {}
    for name, (title, metric, note) in wanted.items():
        interval = bootstrap(
            lambda picked, metric=metric: metric(cases.iloc[picked]),  # type: ignore[misc]
            len(cases),
            draws=1000,
        )
        value = _or_nan(metric, cases)
        figures[name] = Figure(title, value, interval.low, interval.high, note=note, headline=True)
    if len(known):
        score, truth = known["probability"].to_numpy(), known["truth"].to_numpy(bool)
        figures["brier_score"] = Figure(
            "Brier score", brier_score(score, truth=truth), better="lower"
        )
        figures["expected_calibration_error"] = Figure(
            "Expected calibration error",
            expected_calibration_error(reliability(score, truth=truth)),
            better="lower",
            note="ten bins of as many patients each",
        )
        figures |= _line(known)
    return figures


def _line(known: pd.DataFrame) -> dict[str, Figure]:
    """Return slope and intercept of the calibration line, where one can be fitted."""
    try:
        line = calibration_line(
            known["probability"].to_numpy(), truth=known["truth"].to_numpy(bool)
        )
    except ValueError:
        return {}
    note = "log odds observed over predicted"
    return {
        "calibration_slope": Figure("Calibration slope", line.slope, better="", note=note),
        "calibration_intercept": Figure(
            "Calibration intercept", line.intercept, better="", note=note
        ),
    }


def _curves(cases: pd.DataFrame) -> CallCurves:
    known = _with_probability(cases)
    truth, score = known["truth"].to_numpy(bool), known["probability"].to_numpy()
    two = len(known) > 0 and truth.any() and not truth.all()
    return CallCurves(
        counts=calls.counts(cases["call"].to_numpy(bool), truth=cases["truth"].to_numpy(bool)),
        roc=calls.roc_curve(score, truth=truth) if two else None,
        reliability=reliability(score, truth=truth) if len(known) else None,
    )


def _by_centre(cases: pd.DataFrame) -> pd.DataFrame:
    rows = {
        centre: {
            "patients": len(part),
            "negatives": int((~part["truth"]).sum()),
            "balanced_accuracy": _or_nan(_of_calls(calls.balanced_accuracy), part),
            "sensitivity": _or_nan(_of_calls(calls.sensitivity), part),
            "specificity": _or_nan(_of_calls(calls.specificity), part),
        }
        for centre, part in cases.groupby("centre")
    }
    return pd.DataFrame.from_dict(rows, orient="index")
