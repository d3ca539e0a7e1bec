"""The table and the plot."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.ticker import FormatStrFormatter, LogLocator

from benchmarks.accuracy.point import Point
from benchmarks.machine import Machine


def markdown(points: Sequence[Point], machine: Machine, *, data: str, minutes: float) -> str:
    """Return the table, the quickest recipe first."""
    lines = [
        f"{data}; {minutes:g} minutes of fitting each on {machine}; "
        f"{points[0].patients} held-out patients.",
        "",
        "| recipe | mm | filters | M weights | inference | steps | CPU s a patient | GTVp Dice "
        "(95 %) | GTVn Dice | GTVn F1 |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for p in sorted(points, key=lambda point: point.cpu_seconds):
        lines.append(
            f"| {p.recipe} | {p.spacing_mm:g} | {p.filters} | {p.millions:.1f} | {p.inference} | "
            f"{p.steps} | {p.cpu_seconds:.2f} | {p.gtvp_dice:.2f} ({p.gtvp_low:.2f} to "
            f"{p.gtvp_high:.2f}) | {p.gtvn_dice:.2f} | {p.gtvn_f1:.2f} |"
        )
    return "\n".join(lines)


def plot(points: Sequence[Point], path: Path, *, minutes: float) -> None:
    """Draw the mean Dice of both labels against processor seconds, a dot a recipe."""
    figure, axes = plt.subplots(figsize=(7.0, 4.2), dpi=120, layout="constrained")
    for point in points:
        marker = "o" if point.inference == "one pass" else "s"
        axes.plot(point.cpu_seconds, point.dice, marker, markersize=8)
        axes.annotate(
            point.recipe,
            (point.cpu_seconds, point.dice),
            textcoords="offset points",
            # What runs in windows lies beside its twin, whose name stands above.
            xytext=(7, 5) if point.inference == "one pass" else (7, -13),
            fontsize=9,
        )
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.xaxis.set_major_formatter(FormatStrFormatter("%g"))
    axes.xaxis.set_minor_formatter("")
    axes.set_xlabel("processor seconds a patient (log)")
    axes.set_ylabel("mean of GTVp and GTVn Dice")
    axes.set_title(f"{minutes:g} minutes of fitting each; round: one pass, square: windows")
    axes.grid(alpha=0.3)
    axes.margins(x=0.25, y=0.15)
    figure.savefig(path)
    plt.close(figure)
