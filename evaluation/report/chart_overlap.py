"""Charts of Task 1: volumes against the truth, and Dice by centre."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike, NDArray

from evaluation.metrics.volumes import VolumeAgreement, volume_agreement
from evaluation.report.picture import BLACK, BLUE, GREY, SKY, Picture, legend, panels, picture

_LEAST_ML = 0.1
"""What stands for no volume on a logarithmic axis."""


def volume_chart(name: str, prediction_ml: ArrayLike, *, truth_ml: ArrayLike) -> Picture:
    """Draw predicted over true volumes, and their differences over their means.

    Parameters
    ----------
    name : str
        Of the structure, such as ``GTVp``.
    prediction_ml, truth_ml : array_like, shape (patients,)
        0 where there is none.

    Raises
    ------
    ValueError
        The lengths differ or there is no patient.
    """
    agreement = volume_agreement(prediction_ml, truth_ml=truth_ml)
    predicted, true = np.asarray(prediction_ml, float), np.asarray(truth_ml, float)
    figure, (left, right) = panels(2, height=3.2, wide=True)
    _scatter(left, predicted, true)
    _differences(right, predicted, true, agreement)
    absent = int(np.count_nonzero((predicted == 0) != (true == 0)))
    caption = (
        f"Left: each patient, on the line where volumes agree; on the edge, {absent} with the "
        f"structure on one side only (drawn at {_LEAST_ML:g} ml). Right: Bland and Altman; bias "
        "and limits that hold 95 % of normally distributed differences."
    )
    title = f"{name} volume: predicted minus true {_signed(agreement.bias_ml)} ml"
    return picture(f"volume-{name.lower()}", title, caption, figure)


def _scatter(axes: Axes, predicted: NDArray[np.float64], true: NDArray[np.float64]) -> None:
    x, y = (np.maximum(volumes, _LEAST_ML) for volumes in (true, predicted))
    ends = [_LEAST_ML * 0.8, 1.3 * max(x.max(), y.max(), 10 * _LEAST_ML)]
    axes.plot(ends, ends, color=GREY, linewidth=1)
    axes.plot(x, y, "o", color=BLUE, markersize=4, alpha=0.6, markeredgewidth=0)
    axes.set(xscale="log", yscale="log")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter("{x:g}")
    axes.set(xlim=ends, ylim=ends, xlabel="true ml", ylabel="predicted ml")
    axes.set_aspect("equal")


def _differences(
    axes: Axes,
    predicted: NDArray[np.float64],
    true: NDArray[np.float64],
    agreement: VolumeAgreement,
) -> None:
    both = (predicted > 0) | (true > 0)
    means, differences = ((predicted + true) / 2)[both], (predicted - true)[both]
    axes.axhline(0, color=GREY, linewidth=1)
    lines = (
        (agreement.bias_ml, BLACK, "-", "bias"),
        (agreement.low_ml, SKY, "--", "limits of agreement"),
        (agreement.high_ml, SKY, "--", ""),
    )
    for value, colour, style, label in lines:
        if np.isfinite(value):
            text = f"{label} {_signed(value)} ml" if label == "bias" else label
            axes.axhline(value, color=colour, linestyle=style, linewidth=1.2, label=text or None)
    axes.plot(means, differences, "o", color=BLUE, markersize=4, alpha=0.6, markeredgewidth=0)
    axes.set(xlabel="mean of predicted and true, ml", ylabel="predicted minus true, ml")
    legend(axes, "best")


def _signed(value: float) -> str:
    return f"{value:+.1f}".replace("-", "−")


def dice_chart(name: str, by_centre: Mapping[str, Sequence[float]]) -> Picture:
    """Draw the Dice of every patient by centre, with each centre's median.

    Parameters
    ----------
    name : str
        Of the structure.
    by_centre : mapping of str to sequence of float
        Dice of each patient; NaN is left out.
    """
    figure, (axes,) = panels(1)
    names = []
    for x, (centre, given) in enumerate(by_centre.items()):
        values = np.asarray(given, float)
        values = values[~np.isnan(values)]
        names.append(f"{centre}\nn = {values.size}")
        if values.size:
            axes.plot(_beside(values, x), values, "o", color=BLUE, markersize=4, alpha=0.6, mew=0)
            axes.plot([x - 0.3, x + 0.3], [np.median(values)] * 2, color=BLACK, linewidth=1.5)
    axes.set_xticks(range(len(names)), names)
    axes.set_xlim(-0.6, max(len(names), 1) - 0.4)
    axes.set_ylim(-0.03, 1.03)
    axes.set_ylabel("Dice")
    known = np.concatenate([np.asarray(v, float) for v in by_centre.values()] or [np.empty(0)])
    known = known[~np.isnan(known)]
    told = f": median {np.median(known):.2f}" if known.size else ""
    title = f"{name} Dice of every patient{told}"
    return picture(f"dice-{name.lower()}", title, "Black: median of the centre.", figure)


def _beside(values: NDArray[np.float64], x: float) -> NDArray[np.float64]:
    """Spread points sideways, equal ones apart, the same way every time."""
    order = np.argsort(values, kind="stable")
    places = np.empty(values.size)
    # The golden ratio's multiples fall evenly, however many there are.
    places[order] = (np.arange(values.size) * 0.618034) % 1.0 - 0.5
    return x + 0.5 * places
