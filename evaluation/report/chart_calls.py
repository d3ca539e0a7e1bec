"""Charts of Task 3: what a threshold trades, and whether probabilities come true."""

from evaluation.metrics.calibration import Reliability
from evaluation.metrics.calls import RocCurve
from evaluation.report.picture import BLUE, GREY, VERMILION, Picture, legend, panels, picture


def roc_chart(curve: RocCurve, *, auc: float, operating: tuple[float, float] | None) -> Picture:
    """Draw a ROC curve.

    Parameters
    ----------
    curve : RocCurve
        Of HPV positive.
    auc : float
        Its area.
    operating : tuple of float or None
        Sensitivity and specificity of the calls that were submitted.
    """
    figure, (axes,) = panels(1, height=3.8)
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1)
    axes.plot(curve.false_positive_rate, curve.sensitivity, color=BLUE, drawstyle="default")
    title = f"HPV status from its probability: AUC {auc:.3f}"
    if operating is not None:
        sensitivity, specificity = operating
        label = f"calls: sensitivity {sensitivity:.2f}, specificity {specificity:.2f}"
        axes.plot(1 - specificity, sensitivity, "D", color=VERMILION, markersize=8, label=label)
        legend(axes, "lower right")
    axes.set_aspect("equal")
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.02, 1.02)
    axes.set_xlabel("1 − specificity")
    axes.set_ylabel("sensitivity")
    return picture("roc", title, "Grey: chance. Diamond: the calls submitted.", figure)


def reliability_chart(found: Reliability, *, brier: float | None = None) -> Picture:
    """Draw observed shares over predicted probabilities, with the patients of each bin below."""
    figure, (axes,) = panels(1, height=3.8)
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1)
    below = found.observed - found.low
    above = found.high - found.observed
    axes.errorbar(
        found.predicted,
        found.observed,
        yerr=(below.clip(min=0), above.clip(min=0)),
        fmt="o",
        color=BLUE,
        elinewidth=1,
        markersize=5,
    )
    for x, patients in zip(found.predicted, found.patients, strict=True):
        axes.annotate(str(patients), (x, -0.035), ha="center", va="center", fontsize=7)
    axes.set_aspect("equal")
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.08, 1.02)
    axes.set_xlabel("predicted probability of HPV positive")
    axes.set_ylabel("observed share")
    title = "Calibration" if brier is None else f"Calibration: Brier score {brier:.3f}"
    caption = (
        "On the grey line probabilities come true; below it they are too high. Bars: Wilson's "
        "95 % interval. Small figures: patients of each point."
    )
    return picture("calibration", title, caption, figure)
