"""Figures of the patients on paper."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from evaluation.metrics.calls import roc_curve
from evaluation.report.picture import BLACK, BLUE, GREY, Picture, legend, panels, picture
from phantom.report import published as known
from phantom.report.checks import Check
from phantom.report.drawn import Drawn
from phantom.report.figures import interval_figure, interval_panel, quantile_panel, verdict
from phantom.report.sample import LABELS, Sample

_LIMITS = "Dots: published. Line or diamonds: the phantom. Blue bands: limits."


def of_group(checks: Sequence[Check], group: str) -> list[Check]:
    """Return the checks of a group."""
    return [check for check in checks if check.group == group]


def sample_figures(part: str, sample: Sample, checks: Sequence[Check]) -> list[Picture]:
    """Return the figures that drawn and rendered patients share."""
    return [
        _lesions(part, "volume", sample, checks),
        _lesions(part, "SUVmax", sample, checks),
        _counts(part, checks),
        interval_figure(
            f"{part}-absent",
            "Patients without a primary or without nodes",
            of_group(checks, "absent structures"),
            "Share of patients without a single voxel of the label.",
        ),
        _single(part, "GTVn of a patient together", "nodes", sample.nodes_ml, checks),
        _single(part, "age", "age", sample.known("Age"), checks),
        interval_figure(
            f"{part}-clinical",
            "Habits, treatment, HPV and relapse",
            of_group(checks, "clinical table"),
            f"Shares among the known values. {_LIMITS}",
        ),
        _single(part, "relapse-free days", "rfs", sample.known("RFS"), checks),
    ]


_PUBLISHED = {
    "GTVn of a patient together": known.TOTAL_NODES_ML,
    "age": known.AGE_YEARS,
    "relapse-free days": known.RFS_DAYS,
}


def _single(
    part: str, group: str, name: str, values: np.ndarray, checks: Sequence[Check]
) -> Picture:
    figure, (axes,) = panels(1)
    chosen = of_group(checks, group)
    quantile_panel(axes, group, values, _PUBLISHED[group], chosen)
    title = verdict(group[0].upper() + group[1:], chosen)
    return picture(f"{part}-{name}", title, f"Quantiles. {_LIMITS}", figure)


def _lesions(part: str, figure_name: str, sample: Sample, checks: Sequence[Check]) -> Picture:
    figure, axes = panels(2, wide=True)
    is_volume = figure_name == "volume"
    values = sample.volume_ml if is_volume else sample.suv_max
    published = known.VOLUME_ML if is_volume else known.SUV_MAX
    shown: list[Check] = []
    for axis, (label, name) in zip(axes, LABELS.items(), strict=True):
        group = f"{name} {figure_name}"
        chosen = of_group(checks, group)
        quantile_panel(axis, group, values[label], published[label], chosen)
        shown += chosen
    caption = f"Components of at least 1 ml, by quantile. {_LIMITS}"
    title = verdict(f"Lesion {figure_name}", shown)
    return picture(f"{part}-{figure_name.lower()}", title, caption, figure)


def _counts(part: str, checks: Sequence[Check]) -> Picture:
    figure, axes = panels(2, height=2.2, wide=True)
    shown: list[Check] = []
    for axis, name in zip(axes, LABELS.values(), strict=True):
        chosen = of_group(checks, f"{name} components of a patient")
        interval_panel(axis, chosen, title=name)
        shown += chosen
    caption = f"Share of the patients with any component of at least 1 ml. {_LIMITS}"
    return picture(f"{part}-counts", verdict("Components of a patient", shown), caption, figure)


def drawn_figures(drawn: Drawn, checks: Sequence[Check]) -> list[Picture]:
    """Return all figures of the patients on paper."""
    return [
        *sample_figures("drawn", drawn.sample, checks),
        interval_figure(
            "drawn-centre-suv",
            "SUVmax of the primaries by centre",
            of_group(checks, "GTVp SUVmax by centre"),
            f"Medians. {_LIMITS}",
        ),
        interval_figure(
            "drawn-centre-relapse",
            "Relapse by centre",
            of_group(checks, "relapse by centre"),
            "Bands: 99 % interval of the published share, which rests on 11 to 396 patients.",
        ),
        _missing(drawn.sample, of_group(checks, "missing values")),
        _foretelling(drawn, of_group(checks, "foretelling")),
    ]


def _missing(sample: Sample, checks: Sequence[Check]) -> Picture:
    figure, axes = panels(2, height=2.4, wide=True)
    columns, centres = list(known.MISSING), list(known.CENTRES)
    published = np.array(list(known.MISSING.values()))
    found = np.array([check.found for check in checks]).reshape(published.shape)
    for axis, title, shares in ((axes[0], "published", published), (axes[1], "phantom", found)):
        axis.imshow(shares, cmap="cividis", vmin=0, vmax=1, aspect="auto")
        for (row, column), share in np.ndenumerate(shares):
            colour = "white" if share < 0.6 else "black"
            text = f"{100 * share:.0f}"
            axis.text(column, row, text, ha="center", va="center", color=colour, fontsize=7)
        axis.set_xticks(range(len(centres)), centres)
        axis.set_title(f"{title}, % missing", loc="left")
    axes[0].set_yticks(range(len(columns)), columns)
    axes[1].set_yticks([])
    title = verdict("Missing values by column and centre", checks)
    return picture("drawn-missing", title, "Centre decides what is left blank.", figure)


def _foretelling(drawn: Drawn, checks: Sequence[Check]) -> Picture:
    figure, (left, middle, right) = panels(3, height=2.8, wide=True)
    left.plot([0, 1], [0, 1], color=GREY)
    roc = roc_curve(drawn.hpv_score, truth=drawn.hpv)
    left.plot(roc.false_positive_rate, roc.sensitivity, color=BLUE)
    left.set_title(f"HPV from image findings\nAUC {drawn.hpv_auc:.2f} (0.75 to 0.83)", loc="left")
    left.set_xlabel("1 − specificity")
    left.set_ylabel("sensitivity")
    _relapse_by_risk(middle, drawn)
    interval_panel(right, checks, title="limits")
    right.set_yticks([0, 1], ["concordance", "AUC"])
    caption = (
        "Left: five-fold cross-validated ridge logistic regression on what an ideal reader of the "
        "images knows. Middle: relapses seen by fifth of the true risk, whose concordance with "
        f"the recorded outcome is {drawn.concordance:.2f}: the best any model can reach."
    )
    return picture("drawn-foretelling", verdict("What can be foretold", checks), caption, figure)


def _relapse_by_risk(axes: Axes, drawn: Drawn) -> None:
    seen = ~np.isnan(drawn.sample.columns["Relapse"])
    order = np.argsort(drawn.log_risk[seen])
    fifths = np.array_split(drawn.sample.known("Relapse")[order], 5)
    axes.bar(range(1, 6), [100 * fifth.mean() for fifth in fifths], color=BLUE, width=0.7)
    axes.axhline(100 * known.SHARES["Relapse"][1], color=BLACK, linewidth=1, label="published, all")
    axes.set_title("Relapse by true risk", loc="left")
    axes.set_xlabel("fifth of the true risk")
    axes.set_ylabel("%")
    legend(axes, "upper left")
