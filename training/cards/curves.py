"""How a fit went: loss and held-out figures against optimiser steps, as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from evaluation.report.picture import (
    BLACK,
    BLUE,
    DPI,
    GREEN,
    ORANGE,
    PALE,
    SKY,
    STYLE,
    VERMILION,
    legend,
    picture,
)
from shared.errors import ModelError
from shared.spec import Role
from training.fitting.modules.score import ASIDE
from training.recipe.recipe import Recipe
from training.run import METRICS_FILE, RECIPE_FILE

CURVES_FILE = "curves.png"
WIDTH_PX, HEIGHT_INCH = 900, 3.4
_SMOOTHED_SHARE = 0.05
"""Of the noted steps, whose mean is the bold line of the loss."""
_LABEL_COLOURS = (GREEN, ORANGE, SKY, VERMILION)
_SCORES: dict[Role, str] = {
    "segmentation": "mean of the labels",
    "risk": "C-index",
    "hpv": "area under the ROC curve",
}
_HEIGHTS: dict[Role, str] = {
    "segmentation": "Dice, higher is better",
    "risk": "C-index, higher is better",
    "hpv": "AUC, higher is better",
}


def draw_curves(folders: Sequence[Path]) -> bytes | None:
    """Draw the learning curves of a fit, or of an ensemble's, each member alike.

    Parameters
    ----------
    folders : sequence of Path
        Each with a fit's `recipe.json` and `metrics.csv`.

    Returns
    -------
    bytes or None
        A PNG, 900 pixels wide; None where nothing was learned step by step.

    Raises
    ------
    ModelError
        If a table of figures has no step, loss or score.
    """
    tables = [_read(folder) for folder in folders]
    if not any(table["loss"].notna().any() for table in tables):
        return None
    recipe = Recipe.model_validate_json((folders[0] / RECIPE_FILE).read_text(encoding="utf-8"))
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH_PX / DPI, HEIGHT_INCH), dpi=DPI, layout="constrained")
        left, right = figure.subplots(1, 2)
    for number, table in enumerate(tables):
        _loss(left, table, first=number == 0)
        _held_out(right, table, recipe, first=number == 0)
    left.set(xlabel="optimiser steps", ylabel="loss", title="Loss on training patients")
    right.set(xlabel="optimiser steps", ylabel=_HEIGHTS[recipe.spec.role])
    right.set(ylim=(0.0, 1.0), title="Held-out patients, in training")
    for axes in (left, right):
        axes.grid(color=PALE, linewidth=0.6)
        axes.set_axisbelow(True)
        axes.set_xlim(left=0)
        legend(axes)
    return picture("curves", "Learning curves", "", figure).png


def _read(folder: Path) -> pd.DataFrame:
    name = Path(METRICS_FILE).name
    table = pd.read_csv(folder / name)
    missing = {"step", "loss", "score"} - set(table.columns)
    if missing:
        raise ModelError(
            f"{folder.name}/{name}: expected columns step, loss and score, "
            f"found no {', '.join(sorted(missing))}"
        )
    return table


def _loss(axes: Axes, table: pd.DataFrame, *, first: bool) -> None:
    known = table.dropna(subset="loss")
    window = max(1, round(_SMOOTHED_SHARE * len(known)))
    mean = known["loss"].rolling(window, min_periods=1, center=True).mean()
    axes.plot(known["step"], known["loss"], color=SKY, linewidth=0.6, alpha=0.5)
    label = f"mean of {window} noted steps" if window > 1 else "noted steps"
    axes.plot(known["step"], mean, color=BLUE, linewidth=1.5, label=label if first else None)


def _held_out(axes: Axes, table: pd.DataFrame, recipe: Recipe, *, first: bool) -> None:
    role = recipe.spec.role
    lines = [
        (f"dice_{label.channel}", label.name, _LABEL_COLOURS[place % len(_LABEL_COLOURS)])
        for place, label in enumerate(recipe.spec.labels)
    ]
    lines += [(ASIDE, f"{_SCORES[role]}, set aside", ORANGE), ("score", _SCORES[role], BLACK)]
    for column, label, colour in lines:
        if column not in table:
            continue
        known = table.dropna(subset=column)
        axes.plot(
            known["step"],
            known[column],
            color=colour,
            linewidth=1.4,
            marker="o",
            markersize=2.5,
            label=label if first else None,
        )
