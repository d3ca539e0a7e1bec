"""Charts of Task 2: recurrence by group of risk, and ranking over time."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MultipleLocator
from numpy.typing import ArrayLike

from evaluation.metrics.survival import Curve, LogRank
from evaluation.report.picture import (
    BLACK,
    BLUE,
    GREY,
    ORANGE,
    SMALL,
    VERMILION,
    Picture,
    legend,
    panels,
    picture,
)

DAYS_A_YEAR = 365.25
_LINES = ((BLUE, "-"), (ORANGE, "--"), (VERMILION, "-."), (BLACK, ":"))
_MOST_TICKS = 8
_SPACING = 1.3


def survival_chart(curves: Mapping[str, Curve], test: LogRank | None) -> Picture:
    """Draw Kaplan-Meier curves with their 95 % limits and the numbers at risk below.

    Parameters
    ----------
    curves : mapping of str to Curve
        By group, the lowest risk first; at most four.
    test : LogRank or None
        Of the groups; None where it can't be told.

    Raises
    ------
    ValueError
        There is no curve, or there are more than can be told apart.
    """
    if not 0 < len(curves) <= len(_LINES):
        raise ValueError(f"expected 1 to {len(_LINES)} curves, found {len(curves)}")
    figure, (axes,) = panels(1, height=3.6 + 0.16 * len(curves))
    last = max(float(curve.times_days[-1]) for curve in curves.values()) / DAYS_A_YEAR
    for (name, curve), (colour, style) in zip(curves.items(), _LINES, strict=False):
        _curve(axes, name, curve, colour, style)
    axes.set_ylim(0, 1.02)
    axes.set_xlim(0, max(last, 0.1))
    if last > 1:
        axes.xaxis.set_major_locator(MultipleLocator(np.ceil(last / _MOST_TICKS)))
    axes.set_ylabel("without recurrence")
    legend(axes, "best")
    _at_risk(axes, curves)
    told = "" if test is None else f": log-rank {p_value(test.p_value)}"
    caption = (
        "Kaplan-Meier with pointwise 95 % limits; ticks: last follow-up without recurrence. "
        "Below: patients at risk."
    )
    return picture("survival", f"Recurrence by predicted risk{told}", caption, figure)


def _curve(axes: Axes, name: str, curve: Curve, colour: str, style: str) -> None:
    years = curve.times_days / DAYS_A_YEAR
    patients = int(curve.at_risk[0])
    label = f"{name} ({int(curve.events.sum())} of {patients} recurred)"
    axes.step(years, curve.survival, where="post", color=colour, linestyle=style, label=label)
    axes.fill_between(
        years, curve.low, curve.high, step="post", color=colour, alpha=0.15, linewidth=0
    )
    left = curve.at_risk - np.append(curve.at_risk[1:], 0)
    censored = left > curve.events
    axes.plot(
        years[censored],
        curve.survival[censored],
        "|",
        color=colour,
        markersize=5,
        markeredgewidth=0.7,
    )


def _at_risk(axes: Axes, curves: Mapping[str, Curve]) -> None:
    """Write the numbers under the ticks, a row a group, on the axis' own labels."""
    ticks = [tick for tick in axes.get_xticks() if 0 <= tick <= axes.get_xlim()[1]]
    rows = [[f"{tick:g}" for tick in ticks]]
    rows += [[str(c.at_risk_at(tick * DAYS_A_YEAR)) for tick in ticks] for c in curves.values()]
    columns = ["\n".join(column) for column in zip(*rows, strict=True)]
    axes.set_xticks(ticks, columns, fontsize=SMALL, linespacing=_SPACING)
    names = "\n".join(["years", *curves])
    axes.annotate(
        names,
        xy=(0, 0),
        xycoords="axes fraction",
        xytext=(-14, -6.5),
        textcoords="offset points",
        ha="right",
        va="top",
        fontsize=SMALL,
        linespacing=_SPACING,
    )


def p_value(value: float) -> str:
    """Return a p value as it is written: ``p = 0.012``, ``p < 0.001``."""
    if np.isnan(value):
        return "p unknown"
    return "p < 0.001" if value < 0.001 else f"p = {value:.2g}"


def auc_chart(days: ArrayLike, auc: ArrayLike, *, c_index: float | None = None) -> Picture:
    """Draw the time-dependent AUC, shape (m,) each; NaN leaves a gap."""
    years, values = np.asarray(days, float) / DAYS_A_YEAR, np.asarray(auc, float)
    figure, (axes,) = panels(1)
    axes.axhline(0.5, color=GREY, linewidth=1)
    axes.annotate(
        "chance",
        (1, 0.5),
        xycoords=("axes fraction", "data"),
        ha="right",
        va="bottom",
        fontsize=SMALL,
    )
    axes.plot(years, values, color=BLUE)
    low = float(np.nanmin(values)) if np.isfinite(values).any() else 0.5
    axes.set_ylim(min(0.4, low - 0.05), 1.0)
    axes.set_xlabel("years")
    axes.set_ylabel("AUC")
    title = "Who recurs by then: AUC over time"
    if c_index is not None and np.isfinite(c_index):
        title += f"; C-index {c_index:.3f}"
    caption = (
        "Chance that a patient who recurred by then had a higher predicted risk than one "
        "followed past it without recurrence."
    )
    return picture("auc", title, caption, figure)
