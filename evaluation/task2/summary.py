"""From a table of risks and outcomes to the figures over all patients."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluation.cases.errors import Problem
from evaluation.metrics.dynamic_auc import time_dependent_auc
from evaluation.metrics.intervals import bootstrap
from evaluation.metrics.risk import risk_groups
from evaluation.metrics.survival import (
    Curve,
    LogRank,
    concordance_index,
    kaplan_meier,
    log_rank,
)
from evaluation.result import Evaluation, Figure, Missing

Floats = NDArray[np.float64]

GROUPS = ("low risk", "middle risk", "high risk")
CURVE_POINTS = 60
HORIZONS_DAYS = (365.0, 730.0, 1095.0, 1825.0)
"""One, two, three and five years."""


@dataclass(frozen=True)
class SurvivalCurves:
    """What the charts of Task 2 are drawn from.

    Attributes
    ----------
    groups : dict of str to Curve
        Kaplan-Meier estimate of each risk tertile.
    test : LogRank or None
        Whether the tertiles recur alike; None where it can't be told.
    auc_days, auc : ndarray, shape (m,)
        Time-dependent AUC.
    """

    groups: dict[str, Curve]
    test: LogRank | None
    auc_days: Floats
    auc: Floats


def summarise(
    cases: pd.DataFrame, *, problems: Iterable[Problem] = (), missing: Missing = "exclude"
) -> Evaluation:
    """Return the evaluation of patients whose risk was predicted, the highest risk first.

    Parameters
    ----------
    cases : DataFrame
        Indexed by patient: `centre`, `risk` (higher means earlier; NaN where there is none),
        `time_days`, `event`.
    problems : iterable of Problem
        What could not be scored.
    missing : {"exclude", "zero"}
        What was done about it.
    """
    grouped = cases.assign(group=_groups(cases["risk"])).sort_values("risk", ascending=False)
    known = grouped.dropna(subset="risk")
    curves = _curves(known)
    figures = _figures(grouped, known, curves.test)
    named = set(problems)
    if np.isnan(figures["c_index"].value):
        what = "pairs to compare" if grouped["event"].any() else "a recurrence"
        named.add(Problem("truth", f"expected {what}, found none: no C-index"))
    return Evaluation(
        task=2,
        cases=grouped,
        figures=figures,
        centres=_by_centre(grouped),
        problems=tuple(sorted(named)),
        missing=missing,
        curves={"survival": curves},
    )


def _groups(risk: "pd.Series[float]") -> list[str]:
    """Return the tertile of each patient; empty without a prediction."""
    known = risk.dropna()
    numbers = dict(zip(known.index, risk_groups(known, len(GROUPS)), strict=True))
    return [GROUPS[numbers[name]] if name in numbers else "" for name in risk.index]


def c_index(cases: pd.DataFrame) -> float:
    """Return the C-index of a table of cases; NaN where no pair can be compared.

    A patient without a prediction is discordant in every pair, as a challenge that must answer
    would have it.
    """
    there = cases["risk"].notna().to_numpy()
    risk, time, event = (cases[name].to_numpy() for name in ("risk", "time_days", "event"))
    pairs = _pairs(time, event)
    try:
        value = concordance_index(risk[there], time_days=time[there], event=event[there])
    except ValueError:
        return 0.0 if pairs and not there.all() else float("nan")
    return value * _pairs(time[there], event[there]) / pairs


def _pairs(time_days: Floats, event: NDArray[np.bool_]) -> int:
    """Count the comparable pairs."""
    ordered = np.sort(time_days)
    censored = np.sort(time_days[~event])
    at = time_days[event]
    later = ordered.size - np.searchsorted(ordered, at, side="right")
    tied = np.searchsorted(censored, at, side="right") - np.searchsorted(censored, at, side="left")
    return int(later.sum() + tied.sum())


def _figures(cases: pd.DataFrame, known: pd.DataFrame, test: LogRank | None) -> dict[str, Figure]:
    interval = bootstrap(lambda picked: c_index(cases.iloc[picked]), len(cases), draws=1000)
    events = int(cases["event"].sum())
    figures = {
        "c_index": Figure(
            "C-index",
            c_index(cases),
            interval.low,
            interval.high,
            note=f"{len(cases)} patients, {events} recurrences; 0.5 is chance",
            headline=True,
        ),
    }
    sample = f"{len(known)} patients with a prediction"
    for days in HORIZONS_DAYS:
        figures[f"auc_{round(days / 365)}_years"] = _auc_figure(known, days, sample)
    if test is not None:
        figures["log_rank_p"] = Figure(
            "log-rank p of the risk tertiles",
            test.p_value,
            better="",
            note=sample,
            headline=True,
        )
    return figures


def _auc_figure(known: pd.DataFrame, days: float, sample: str) -> Figure:
    years, at_days = round(days / 365), np.array([days])
    interval = bootstrap(
        lambda picked: float(_auc(known.iloc[picked], at_days)[0]), len(known), draws=500
    )
    return Figure(
        f"AUC at {years} year{'s' if years > 1 else ''}",
        float(_auc(known, at_days)[0]),
        interval.low,
        interval.high,
        note=sample,
        headline=years == 2,
    )


def _auc(cases: pd.DataFrame, at_days: Floats) -> Floats:
    return time_dependent_auc(
        cases["risk"].to_numpy(),
        time_days=cases["time_days"].to_numpy(),
        event=cases["event"].to_numpy(),
        at_days=at_days,
    )


def _curves(cases: pd.DataFrame) -> SurvivalCurves:
    groups = {
        name: kaplan_meier(part["time_days"].to_numpy(), part["event"].to_numpy())
        for name in GROUPS
        if len(part := cases[cases["group"] == name])
    }
    test = None
    if len(groups) > 1 and cases["event"].any():
        test = log_rank(
            cases["group"].to_numpy(str),
            time_days=cases["time_days"].to_numpy(),
            event=cases["event"].to_numpy(),
        )
    at_event = cases.loc[cases["event"], "time_days"]
    last = float(at_event.quantile(0.95)) if len(at_event) else 0.0
    days = np.linspace(180.0, max(last, 181.0), CURVE_POINTS)
    return SurvivalCurves(groups, test, days, _auc(cases, days))


def _by_centre(cases: pd.DataFrame) -> pd.DataFrame:
    rows = {
        centre: {
            "patients": len(part),
            "recurrences": int(part["event"].sum()),
            "c_index": c_index(part),
        }
        for centre, part in cases.groupby("centre")
    }
    return pd.DataFrame.from_dict(rows, orient="index")
