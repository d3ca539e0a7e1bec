"""The forms of figure that a report has: quantiles, intervals, histograms, values by centre."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm

from evaluation.report.picture import (
    BLACK,
    BLUE,
    GREY,
    PALE,
    SKY,
    VERMILION,
    Picture,
    legend,
    log_scale,
    panels,
    picture,
)
from phantom.report.checks import Check
from phantom.report.published import Quantiles

_TICKS = (0.05, 0.25, 0.5, 0.75, 0.95)


def verdict(subject: str, checks: Sequence[Check]) -> str:
    """Return a title: how many of some figures keep their limits."""
    judged = [check for check in checks if check.passed is not None]
    good = sum(check.passed is True for check in judged)
    if not judged:
        return f"{subject}: nothing to measure"
    if good == len(judged):
        known = all(check.published is not None for check in judged)
        return f"{subject}: as published" if known else f"{subject}: within the limits"
    if len(judged) == 1:
        return f"{subject}: outside the limits"
    return f"{subject}: {good} of {len(judged)} within their limits"


def quantile_panel(
    axes: Axes, title: str, values: NDArray[np.float64], published: Quantiles, checks: list[Check]
) -> None:
    """Draw a found distribution over the published quantiles, with the limits of the checks."""
    where = _deviates([_probability(check) for check in checks])
    for x, check in zip(where, checks, strict=True):
        axes.plot([x, x], [check.low, check.high], color=SKY, linewidth=7, alpha=0.45, zorder=1)
    points = _deviates(published.probabilities)
    axes.plot(points, published.values, "o", color=BLACK, markersize=4, zorder=3, label="published")
    if values.size:
        levels = np.linspace(0.01, 0.99, 99)
        found = np.quantile(values, levels)
        axes.plot(_deviates(levels), found, color=BLUE, zorder=2, label="phantom")
        for x, check in zip(where, checks, strict=True):
            if check.passed is False:
                axes.plot(x, check.found, "x", color=VERMILION, markersize=8, zorder=4)
    log_scale(axes)
    axes.set_xticks(_deviates(_TICKS), [f"{100 * tick:.0f} %" for tick in _TICKS])
    axes.set_xlim(-2.5, 2.5)
    axes.set_title(title, loc="left")
    axes.set_ylabel(published.unit or "ratio")
    legend(axes, "upper left")


def _deviates(probabilities: ArrayLike) -> NDArray[np.float64]:
    return np.asarray(norm.ppf(np.asarray(probabilities, dtype=np.float64)))


def _probability(check: Check) -> float:
    return float(check.name.split()[0]) / 100


def interval_panel(axes: Axes, checks: Sequence[Check], *, title: str = "") -> None:
    """Draw each check as a row: its limits, the published and the found figure."""
    scale = 100.0 if checks and checks[0].unit == "%" else 1.0
    for row, check in enumerate(checks):
        y = len(checks) - 1 - row
        axes.plot(
            [scale * check.low, scale * check.high], [y, y], color=SKY, linewidth=7, alpha=0.45
        )
        if check.published is not None:
            axes.plot(scale * check.published, y, "o", color=BLACK, markersize=4)
        if check.passed is not None:
            colour, marker = (BLUE, "D") if check.passed else (VERMILION, "X")
            axes.plot(scale * check.found, y, marker, color=colour, markersize=6, alpha=0.9)
    axes.set_yticks(range(len(checks)), [check.name for check in reversed(checks)])
    axes.set_ylim(-0.7, len(checks) - 0.3)
    axes.grid(axis="x", color=PALE, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.set_xlabel(checks[0].unit if checks else "")
    axes.set_title(title, loc="left")


def interval_figure(name: str, subject: str, checks: Sequence[Check], caption: str) -> Picture:
    """Return one panel of intervals."""
    figure, (axes,) = panels(1, height=0.9 + 0.27 * len(checks))
    interval_panel(axes, checks)
    return picture(name, verdict(subject, checks), caption, figure)


def histogram_panel(
    axes: Axes,
    values: NDArray[np.float64],
    bins: NDArray[np.float64],
    *,
    title: str,
    lines: Mapping[str, float],
    band: tuple[float, float] | None = None,
) -> None:
    """Draw a histogram with labelled lines and a band of limits."""
    if band is not None:
        axes.axvspan(*band, color=SKY, alpha=0.3, linewidth=0)
    axes.hist(np.clip(values, bins[0], bins[-1]), bins=bins.tolist(), color=GREY)
    styles = [(BLACK, "-"), (BLUE, "--"), (VERMILION, ":")]
    shown = [(label, value) for label, value in lines.items() if np.isfinite(value)]
    for (label, value), (colour, style) in zip(shown, styles, strict=False):
        axes.axvline(value, color=colour, linestyle=style, label=f"{label} {value:.3g}")
    axes.set_title(title, loc="left")
    if shown:
        legend(axes, "best")


def centre_panel(
    axes: Axes,
    values: Mapping[str, Sequence[float]],
    published: Mapping[str, tuple[float, float, float] | None],
    *,
    title: str,
) -> None:
    """Draw each centre's values beside the published least, median and largest."""
    rng = np.random.default_rng(0)
    for x, (centre, found) in enumerate(values.items()):
        limits = published.get(centre)
        if limits is not None:
            axes.plot([x, x], [limits[0], limits[2]], color=SKY, linewidth=12, alpha=0.45)
            axes.plot([x - 0.28, x + 0.28], [limits[1]] * 2, color=BLACK, linewidth=1.5)
        spots = x + rng.uniform(-0.15, 0.15, len(found))
        axes.plot(spots, found, ".", color=BLUE, markersize=4, alpha=0.6)
    axes.set_xticks(range(len(values)), list(values))
    axes.set_title(title, loc="left")
