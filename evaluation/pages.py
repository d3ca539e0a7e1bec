"""From what an evaluation found to what its report says."""

import math
import shlex
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from evaluation.metrics import calls
from evaluation.metrics.overlap import TITLES as STRUCTURES
from evaluation.report.chart_calls import reliability_chart, roc_chart
from evaluation.report.chart_overlap import dice_chart, volume_chart
from evaluation.report.chart_survival import auc_chart, survival_chart
from evaluation.report.picture import Picture
from evaluation.report.report import Card, Cell, Report, Table, Tile
from evaluation.result import Evaluation, plain
from evaluation.task2.summary import SurvivalCurves
from evaluation.task3.summary import CallCurves
from evaluation.words import BETTER, COLUMNS, CONVENTIONS, INTERVALS, TITLES


def make_report(
    found: Evaluation, *, predictions: Path, truth: Path, cards: Sequence[Card] = ()
) -> Report:
    """Return the report of an evaluation.

    Parameters
    ----------
    found : Evaluation
        What to tell.
    predictions, truth : Path
        Where it comes from.
    cards : sequence of Card
        Patients in pictures, the worst first.
    """
    return Report(
        title=TITLES[found.task],
        about={
            "predictions": str(predictions),
            "truth": str(truth),
            "patients": _patients(found),
            "command": _command(),
            "made": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        },
        tiles=_tiles(found),
        problems=[str(problem) for problem in found.problems],
        figures=_CHARTS[found.task](found),
        centres=_table(found.centres, _headings(found), "centre"),
        cards=cards,
        cases=_table(found.cases, COLUMNS[found.task], "patient"),
        conventions=(*CONVENTIONS[found.task], INTERVALS),
    )


def _command() -> str:
    """Return what was typed: ``python -m evaluation``, or the program that called."""
    program = Path(sys.argv[0])
    name = f"python -m {program.parent.name}" if program.stem == "__main__" else program.name
    return f"{name} {shlex.join(sys.argv[1:])}".strip()


def _patients(found: Evaluation) -> str:
    text = f"{len(found.cases)} scored"
    how = "left out" if found.missing == "exclude" else "scored 0"
    return f"{text}; without a usable prediction: {how}" if found.problems else text


def _tiles(found: Evaluation) -> list[Tile]:
    return [
        Tile(
            figure.title,
            figure.value,
            None if math.isnan(figure.low) else (figure.low, figure.high),
            "; ".join(text for text in (BETTER[figure.better], figure.note) if text),
            figure.unit,
        )
        for figure in found.figures.values()
        if figure.headline
    ]


def _headings(found: Evaluation) -> dict[str, str]:
    """Return the columns of the table by centre, called as the figures are."""
    names = [str(name) for name in found.centres]
    return {name: found.figures[name].title if name in found.figures else name for name in names}


def _table(frame: pd.DataFrame, columns: dict[str, str], first: str) -> Table:
    rows = [
        (str(name), *(_cell(row[column]) for column in columns))
        for name, row in frame.to_dict("index").items()
    ]
    return Table((first, *columns.values()), tuple(rows))


def _cell(value: object) -> Cell:
    if value is True or value is False:
        return "yes" if value else "no"
    cell: Cell = plain(value)
    return cell


def _overlap_charts(found: Evaluation) -> list[Picture]:
    charts = []
    for name in STRUCTURES.values():
        label = name.lower()
        by_centre = {
            str(centre): part[f"{label}_dice"].tolist()
            for centre, part in found.cases.groupby("centre")
        }
        charts.append(dice_chart(name, by_centre))
    for name in STRUCTURES.values():
        label = name.lower()
        found_ml, true_ml = found.cases[f"{label}_ml"], found.cases[f"{label}_true_ml"]
        charts.append(volume_chart(name, found_ml, truth_ml=true_ml))
    return charts


def _survival_charts(found: Evaluation) -> list[Picture]:
    curves: SurvivalCurves = found.curves["survival"]
    return [
        survival_chart(curves.groups, curves.test),
        auc_chart(curves.auc_days, curves.auc, c_index=found.figures["c_index"].value),
    ]


def _call_charts(found: Evaluation) -> list[Picture]:
    curves: CallCurves = found.curves["calls"]
    charts = []
    if curves.roc is not None:
        point = _operating_point(curves.counts)
        charts.append(roc_chart(curves.roc, auc=found.figures["auc"].value, operating=point))
    if curves.reliability is not None:
        brier = found.figures["brier_score"].value
        charts.append(reliability_chart(curves.reliability, brier=brier))
    return charts


def _operating_point(counts: calls.Counts) -> tuple[float, float] | None:
    positives, negatives = counts.tp + counts.fn, counts.tn + counts.fp
    return (counts.tp / positives, counts.tn / negatives) if positives and negatives else None


_CHARTS: dict[int, Callable[[Evaluation], list[Picture]]] = {
    1: _overlap_charts,
    2: _survival_charts,
    3: _call_charts,
}
