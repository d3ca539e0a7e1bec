"""Figures of the rendered patients."""

from collections.abc import Sequence

import numpy as np

from evaluation.metrics import pet_rules
from evaluation.report.picture import (
    BLUE,
    ORANGE,
    VERMILION,
    Picture,
    legend,
    log_scale,
    panels,
    picture,
)
from phantom.report import published as known
from phantom.report.checks import Check
from phantom.report.figures import (
    centre_panel,
    histogram_panel,
    interval_panel,
    quantile_panel,
    verdict,
)
from phantom.report.figures_drawn import of_group, sample_figures
from phantom.report.geometry import PUBLISHED
from phantom.report.geometry_checks import GROUP
from phantom.report.measure import HU_RANGE
from phantom.report.rendered import Rendered, is_whole_body
from phantom.report.sample import LABELS


def rendered_figures(rendered: Rendered, checks: Sequence[Check]) -> list[Picture]:
    """Return all figures of the rendered patients."""
    return [
        *sample_figures("rendered", rendered.sample, checks),
        _fidelity(rendered, of_group(checks, "measured over drawn")),
        _mean_to_max(rendered, checks),
        _sphericity(rendered, of_group(checks, "GTVp sphericity")),
        _hu(rendered, of_group(checks, "CT inside the labels")),
        _extents(rendered, of_group(checks, GROUP)),
        _pet(rendered, of_group(checks, "PET")),
        _hardness(rendered, of_group(checks, "how far simple PET rules come")),
        _cost(rendered, of_group(checks, "cost of a patient")),
    ]


def _fidelity(rendered: Rendered, checks: Sequence[Check]) -> Picture:
    figure, axes = panels(4, height=2.6, wide=True)
    bins = np.linspace(0.5, 1.5, 41)
    cells = [(name, label, kind) for label, name in LABELS.items() for kind in ("volume", "SUVmax")]
    for axis, (name, label, kind) in zip(axes, cells, strict=True):
        values = rendered.ratios(label)[kind]
        lines = {"drawn": 1.0, "median": float(np.median(values)) if values.size else np.nan}
        histogram_panel(axis, values, bins, title=f"{name} {kind}", lines=lines, band=(0.95, 1.05))
        axis.set_xlabel("measured over drawn")
    caption = "On the PET's grid, with the labels brought there. Band: limits of the median."
    title = verdict("What was drawn is in the images", checks)
    return picture("rendered-fidelity", title, caption, figure)


def _mean_to_max(rendered: Rendered, checks: Sequence[Check]) -> Picture:
    figure, axes = panels(2, wide=True)
    shown: list[Check] = []
    for axis, (label, name) in zip(axes, LABELS.items(), strict=True):
        group = f"{name} SUVmean over SUVmax"
        chosen = of_group(checks, group)
        values = rendered.mean_to_max(label)
        quantile_panel(axis, group, values, known.MEAN_TO_MAX[label], chosen)
        shown += chosen
    caption = "How generous the contours are: a threshold's would have a high ratio."
    return picture("rendered-mean", verdict("SUVmean over SUVmax", shown), caption, figure)


def _sphericity(rendered: Rendered, checks: Sequence[Check]) -> Picture:
    figure, (axes,) = panels(1)
    values, check = rendered.sphericity(), checks[0]
    lines = {"published median": known.SPHERICITY_MEDIAN, "median": check.found}
    bins = np.linspace(0.2, 1.0, 41)
    title = "GTVp, 1 is a ball"
    histogram_panel(axes, values, bins, title=title, lines=lines, band=(check.low, check.high))
    caption = "Marching-cubes mesh on the PET's grid, as radiomics programs measure it."
    return picture("rendered-sphericity", verdict("Sphericity", checks), caption, figure)


def _hu(rendered: Rendered, checks: Sequence[Check]) -> Picture:
    figure, (left, right) = panels(2, height=2.8)
    values = np.arange(HU_RANGE[0], HU_RANGE[1] + 1)
    shares = rendered.hu_counts()
    if len(shares):
        left.fill_between(values, 100 * shares.mean(axis=0), color=BLUE, alpha=0.5, linewidth=0)
    left.axvline(known.HU["median"], color="black", label="published median")
    for name in ("p0.5", "p99.5"):
        left.axvline(known.HU[name], color="black", linestyle=":")
    left.set_xlim(-220, 240)
    left.set_title("CT inside either label", loc="left")
    left.set_xlabel("HU")
    left.set_ylabel("% of voxels")
    legend(left, "upper left")
    interval_panel(right, checks)
    caption = "Every patient weighs the same. Dotted: published 0.5 and 99.5 % points."
    return picture("rendered-hu", verdict("CT values inside the labels", checks), caption, figure)


def _extents(rendered: Rendered, checks: Sequence[Check]) -> Picture:
    figure, axes = panels(2, height=3.0, wide=True)
    patients = rendered.patients
    for axis, scan in zip(axes, ("ct", "pet"), strict=True):
        lengths = {
            centre: [getattr(p, scan).length_mm for p in patients if p.row.centre == centre]
            for centre in PUBLISHED
        }
        published = {
            centre: geometry.pet_length_mm
            if scan == "pet" and geometry.pet_length_mm
            else geometry.ct_length_mm
            for centre, geometry in PUBLISHED.items()
        }
        centre_panel(axis, lengths, published, title=f"{scan.upper()} extent along z, mm")
        axis.axhline(700, color=VERMILION, linestyle=":", linewidth=1)
    caption = "Bars: published range and median; dotted: 700 mm, from which a scan is whole-body."
    return picture("rendered-extent", verdict("Grids and extents", checks), caption, figure)


def _pet(rendered: Rendered, checks: Sequence[Check]) -> Picture:
    figure, (axes,) = panels(1)
    peaks = {
        centre: [p.pet_max_suv for p in rendered.patients if p.row.centre == centre]
        for centre in PUBLISHED
    }
    centre_panel(axes, peaks, {}, title="highest SUV of each scan")
    axes.axhspan(*known.PET_MAX_MEDIANS, color=BLUE, alpha=0.15, linewidth=0)
    log_scale(axes)
    caption = "Band: range of the centres' published medians. Bladders make the outliers."
    return picture("rendered-pet", verdict("PET units and range", checks), caption, figure)


def _hardness(rendered: Rendered, checks: Sequence[Check]) -> Picture:
    figure, axes = panels(3, height=2.7, wide=True)
    rules = (pet_rules.IN_BOX, pet_rules.FIXED_ALL, pet_rules.OF_NECK_ALL)
    found = {check.name.removesuffix(", mean Dice"): check for check in checks}
    bins = np.linspace(0.0, 1.0, 26)
    for axis, rule in zip(axes, rules, strict=True):
        check = found[rule]
        head, _, tail = rule.partition(", ")
        band = (check.low, check.high)
        lines = {"mean": check.found}
        histogram_panel(
            axis, rendered.dice(rule), bins, title=f"{head}\n{tail}", lines=lines, band=band
        )
        axis.set_xlabel("Dice of a patient")
    caption = (
        "Left: against GTVp; middle and right: against GTVp and GTVn together, in the top 350 mm, "
        "without the brain (the largest component above SUV 4 in the head). "
        "Bands: what the mean must keep."
    )
    return picture("rendered-hardness", verdict("Simple PET rules", checks), caption, figure)


def _cost(rendered: Rendered, checks: Sequence[Check]) -> Picture:
    figure, (axes,) = panels(1)
    for name, whole_body, colour in (("neck", False, BLUE), ("whole body", True, ORANGE)):
        chosen = [p for p in rendered.patients if is_whole_body(p) == whole_body]
        lengths = [max(p.ct.length_mm, p.pet.length_mm) for p in chosen]
        axes.plot(lengths, [p.seconds for p in chosen], ".", color=colour, label=name)
    axes.plot([250, 700], [known.NECK_SECONDS] * 2, color=BLUE, linestyle=":")
    axes.plot([700, 1200], [known.BODY_SECONDS] * 2, color=ORANGE, linestyle=":")
    axes.set_xlabel("longer scan, mm")
    axes.set_ylabel("seconds to render")
    legend(axes, "upper left")
    caption = "Dotted: limits. Other processes of the machine are in the seconds."
    return picture(
        "rendered-cost", verdict("Seconds and memory of a patient", checks), caption, figure
    )
