"""Accuracy against time: recipes fitted for the same minutes, and measured on the same patients.

Each recipe's pace is measured first, so all get the same time, not the same steps. Accuracy is that
of the exported network through the container's code, from the scans to the labels on the CT's grid;
time is what the processors spent on a patient's segmentation, reading and writing left out.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

import matplotlib.pyplot as plt
import torch

from benchmarks.machine import Machine
from shared.limits import Deadline, available_cpus
from shared.spec import OnePass
from training.data.folds import Fold
from training.data.patient import Patient
from training.export.write import export
from training.fitting.arrange import Order, fit_fold
from training.fitting.fit import module_of
from training.fitting.hardware import Hardware
from training.fitting.loaders import sampler_of, training_loader
from training.measure.answers import measure_patients, predictor_of, summarise
from training.measure.figures import metrics as metrics_of
from training.recipe.recipe import Recipe
from training.run import read_about

PACE_STEPS, TIMED_PATIENTS = 8, 5
POINT_FILE, PACE_FILE = "point.json", "pace.json"


@dataclass(frozen=True)
class Point:
    """One recipe after its minutes.

    Attributes
    ----------
    recipe : str
        Its name, with its variant.
    spacing_mm : float
        Of the network's grid.
    filters, millions : int, float
        Channels of the finest level, and weights in millions.
    inference : str
        One pass over the region, or windows.
    steps, fit_seconds : int, float
        Of the fit.
    patients : int
        Held out.
    gtvp_dice, gtvp_low, gtvp_high : float
        Mean over patients, and its 95 % interval.
    gtvn_dice, gtvn_f1 : float
        Aggregated.
    cpu_seconds : float
        Processor time of a patient's segmentation, median of a few patients.
    """

    recipe: str
    spacing_mm: float
    filters: int
    millions: float
    inference: str
    steps: int
    fit_seconds: float
    patients: int
    gtvp_dice: float
    gtvp_low: float
    gtvp_high: float
    gtvn_dice: float
    gtvn_f1: float
    cpu_seconds: float

    @property
    def dice(self) -> float:
        """Return the mean of both labels' Dice: what the plot shows."""
        return (self.gtvp_dice + self.gtvn_dice) / 2.0


def measure(order: Order, fold: Fold, folder: Path, *, minutes: float) -> Point:
    """Fit a recipe for some minutes and measure it; what is finished is not done again.

    Parameters
    ----------
    order : Order
        Recipe and data; its steps are replaced by those that fit the time.
    fold : Fold
        Whom to learn from and whom to measure on, the same for every recipe.
    folder : Path
        The recipe's own.
    minutes : float
        Of fitting, as paced before.
    """
    done = folder / POINT_FILE
    if done.exists():
        return Point(**json.loads(done.read_text(encoding="utf-8")))
    folder.mkdir(parents=True, exist_ok=True)
    steps = max(1, round(60.0 * minutes / _pace(order, fold, folder)))
    order = replace(order, recipe=order.recipe.with_steps(steps))
    run, held = folder / "run", order.chosen(fold.validation)
    fit_fold(order, fold, run)
    export([run], to=folder / "weights", samples=[order.samples(held)])
    cases = measure_patients(1, folder / "weights", held, workers=order.hardware.workers)
    point = _point(order, run, metrics_of(summarise(1, cases)), held, folder / "weights")
    done.write_text(json.dumps(asdict(point), indent=1) + "\n", encoding="utf-8")
    return point


def _pace(order: Order, fold: Fold, folder: Path) -> float:
    """Return the seconds of a step, measured once: a fit that goes on must have the same steps."""
    file = folder / PACE_FILE
    if file.exists():
        return float(json.loads(file.read_text(encoding="utf-8")))
    samples = order.samples(order.chosen(fold.training))
    seconds = seconds_a_step(order.recipe, samples, order.hardware)
    file.write_text(json.dumps(seconds) + "\n", encoding="utf-8")
    return seconds


def seconds_a_step(recipe: Recipe, samples: Any, hardware: Hardware) -> float:
    """Time some steps of a recipe; the first two, which warm up, do not count."""
    module: Any = module_of(recipe, samples)
    optimiser = module.configure_optimizers()["optimizer"]
    loader = iter(training_loader(samples, recipe, hardware, sampler=sampler_of(recipe, hardware)))
    times = []
    for _ in range(min(PACE_STEPS, recipe.steps_an_epoch)):
        started = perf_counter()
        batch = next(loader)
        loss: torch.Tensor = module.loss(module.network(batch["image"]), batch["label"])
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        times.append(perf_counter() - started)
    return median(times[2:] or times)


def _point(
    order: Order, run: Path, metrics: dict[str, Any], held: Sequence[Patient], weights: Path
) -> Point:
    recipe, about = order.recipe, read_about(run)[1]
    filters: Any = getattr(recipe.network, "filters", 0)
    low, high = metrics["gtvp_dice_mean_95"]
    network = module_of(recipe, order.samples(held[:1])).network
    return Point(
        recipe=order.name,
        spacing_mm=recipe.spec.spacing_mm[0],
        filters=filters[0] if isinstance(filters, tuple) else filters,
        millions=sum(p.numel() for p in network.parameters()) / 1e6,
        inference="one pass" if isinstance(recipe.spec.inference, OnePass) else "windows",
        steps=about.steps,
        fit_seconds=float(about.seconds or 0.0),
        patients=len(held),
        gtvp_dice=metrics["gtvp_dice_mean"],
        gtvp_low=low,
        gtvp_high=high,
        gtvn_dice=metrics["gtvn_dice_aggregated"],
        gtvn_f1=metrics["gtvn_f1_aggregated"],
        cpu_seconds=median(_cpu_seconds(weights, held[:TIMED_PATIENTS])),
    )


def _cpu_seconds(weights: Path, patients: Sequence[Patient]) -> list[float]:
    predictor = predictor_of(1, weights, threads=available_cpus())
    seconds: list[float] = []
    for patient in patients:
        case = patient.load().case
        # Once before: loading the network is not the patient's.
        if not seconds:
            predictor.segment(case, deadline=Deadline(3600.0))
        started = process_time()
        predictor.segment(case, deadline=Deadline(3600.0))
        seconds.append(process_time() - started)
    return seconds


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
            xytext=(7, 5),
            fontsize=9,
        )
    axes.set_xscale("log")
    axes.set_xlabel("processor seconds a patient (log)")
    axes.set_ylabel("mean of GTVp and GTVn Dice")
    axes.set_title(f"{minutes:g} minutes of fitting each; round: one pass, square: windows")
    axes.grid(alpha=0.3)
    axes.margins(x=0.2, y=0.15)
    figure.savefig(path)
    plt.close(figure)
