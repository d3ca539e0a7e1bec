"""Fit each recipe for the same minutes, and measure it on the held-out patients."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

import torch

from benchmarks.accuracy.point import Fitted, Point
from shared.limits import Deadline, available_cpus
from shared.predictor import Predictor
from shared.spec import OnePass
from training.data.folds import Fold
from training.data.patient import Patient
from training.data.source import open_source
from training.export.write import export
from training.fitting.arrange import Order, fit_fold
from training.fitting.fit import module_of
from training.fitting.hardware import Hardware, Precision
from training.fitting.loaders import sampler_of, training_loader
from training.fitting.trainer import LAST
from training.measure.answers import measure_patients, predictor_of, summarise
from training.measure.figures import metrics as metrics_of
from training.recipe.read import read_recipe
from training.recipe.recipe import Recipe
from training.run import CHECKPOINTS, NETWORK_FILE, RECIPE_FILE, read_about

PACE_STEPS, LEAST_STEPS, PACE_S = 8, 3, 60.0
"""Steps that are timed, and how few will do once they take longer than so many seconds."""
VALIDATIONS = {"best": 4, "last": 1}
"""Looks at the held-out patients during a fit, by which weights it keeps: they are not part of its
minutes, and take longer than these where voxels are small."""
TIMED_PATIENTS, PARITY_PATIENTS = 5, 5
FITTED_FILE, PACE_FILE, RUN, WEIGHTS = "fitted.json", "pace.json", "run", "weights"


def benchmark(
    names: Sequence[str],
    data: str,
    folder: Path,
    *,
    minutes: float,
    folds: int,
    cache: Path,
    workers: int,
    precision: Precision | None = None,
    smoke: bool = False,
) -> tuple[list[Point], str]:
    """Fit and measure recipes of Task 1, each for the same minutes and on the same patients.

    Parameters
    ----------
    names : sequence of str
        Recipes, with their variants.
    data : str
        Address of the patients.
    folder : Path
        For a folder a recipe; what is finished is not done again.
    minutes : float
        Of fitting, each.
    folds : int
        The first of so many is held out.
    cache, workers, precision : Path, int, str
        As for a fit. All of it runs on the processor, where the containers do.
    smoke : bool
        Small boxes, to try all parts.

    Returns
    -------
    list of Point, str
        In the order asked, and the data in words.
    """
    recipes = {name: read_recipe(name, task=1) for name in names}
    source = open_source(data, task=1)
    fold = source.folds(count=folds, seed=0)[0]
    orders = {
        folder / name.replace(":", "_"): Order(
            task=1,
            name=name,
            recipe=recipe.smoke() if smoke else recipe,
            source=source,
            command="python -m benchmarks accuracy",
            cache=cache,
            segmentation=Path("weights/task1"),
            hardware=Hardware("cpu", workers=workers, precision=precision),
        )
        for name, recipe in recipes.items()
    }
    # All paces before any fit: what else the machine does later changes nobody's steps.
    for its, order in orders.items():
        pace(order, fold, its)
    fitted = [measure(order, fold, its, minutes=minutes) for its, order in orders.items()]
    timed = [source.patients[index] for index in fold.validation[:TIMED_PATIENTS]]
    predictors = [predictor_of(1, its / WEIGHTS, threads=available_cpus()) for its in orders]
    seconds = cpu_seconds(predictors, timed)
    points = [Point(**asdict(f), cpu_seconds=s) for f, s in zip(fitted, seconds, strict=True)]
    return points, source.description


def measure(order: Order, fold: Fold, folder: Path, *, minutes: float) -> Fitted:
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
    done = folder / FITTED_FILE
    if done.exists():
        return Fitted(**json.loads(done.read_text(encoding="utf-8")))
    folder.mkdir(parents=True, exist_ok=True)
    run, held = folder / RUN, order.chosen(fold.validation)
    twin = _twin(order.recipe, folder)
    if twin is None:
        steps = max(1, round(60.0 * minutes / pace(order, fold, folder)))
        order = replace(order, recipe=_with_steps(order.recipe, steps))
        fit_fold(order, fold, run)
    elif not (run / NETWORK_FILE).exists():
        _take(twin, order.recipe, run)
    # Parity is the exporter's matter: a few patients will do.
    export([run], to=folder / WEIGHTS, samples=[order.samples(held[:PARITY_PATIENTS])])
    cases = measure_patients(1, folder / WEIGHTS, held, workers=order.hardware.workers)
    fitted = _fitted(order, run, metrics_of(summarise(1, cases)), held)
    done.write_text(json.dumps(asdict(fitted), indent=1) + "\n", encoding="utf-8")
    return fitted


def _twin(recipe: Recipe, folder: Path) -> Path | None:
    """Return a finished fit beside a recipe's folder that differs in the inference alone.

    Not where inference chooses among checkpoints.
    """
    if recipe.keep != LAST:
        return None
    for run in sorted(folder.parent.glob(f"*/{RUN}")):
        if run.parent != folder and (run / NETWORK_FILE).exists():
            theirs = read_about(run)[0]
            if _but_inference(_with_steps(recipe, theirs.steps)) == _but_inference(theirs):
                return run
    return None


def _with_steps(recipe: Recipe, steps: int) -> Recipe:
    return recipe.with_steps(steps, validations=VALIDATIONS[recipe.keep])


def _but_inference(recipe: Recipe) -> Recipe:
    return recipe.model_copy(
        update={"spec": recipe.spec.model_copy(update={"inference": OnePass()})}
    )


def _take(twin: Path, recipe: Recipe, run: Path) -> None:
    """Make a run of another's: its network, under a recipe that runs it otherwise."""
    scratch = run.with_name(f"{RUN}.part")
    for unfinished in (scratch, run):
        shutil.rmtree(unfinished, ignore_errors=True)
    shutil.copytree(twin, scratch, ignore=shutil.ignore_patterns(CHECKPOINTS))
    asked = _with_steps(recipe, read_about(twin)[0].steps)
    (scratch / RECIPE_FILE).write_text(asked.model_dump_json(indent=1), encoding="utf-8")
    scratch.rename(run)


def pace(order: Order, fold: Fold, folder: Path) -> float:
    """Return the seconds of a step, measured once: a fit that goes on must have the same steps."""
    file = folder / PACE_FILE
    folder.mkdir(parents=True, exist_ok=True)
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
    times: list[float] = []
    arithmetic = hardware.precision or recipe.precision
    for _ in range(min(PACE_STEPS, recipe.steps_an_epoch)):
        if len(times) >= LEAST_STEPS and sum(times) > PACE_S:
            break
        started = perf_counter()
        batch = next(loader)
        with torch.autocast("cpu", torch.bfloat16, enabled=arithmetic == "bf16-mixed"):
            scores = module.network(batch["image"])
        loss: torch.Tensor = module.loss(scores, batch["label"])
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        times.append(perf_counter() - started)
    return median(times[2:] or times)


def _fitted(order: Order, run: Path, metrics: dict[str, Any], held: Sequence[Patient]) -> Fitted:
    recipe, about = order.recipe, read_about(run)[1]
    filters: Any = getattr(recipe.network, "filters", 0)
    low, high = metrics["gtvp_dice_mean_95"]
    network = module_of(recipe, order.samples(held[:1])).network
    return Fitted(
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
    )


def cpu_seconds(predictors: Sequence[Predictor], patients: Sequence[Patient]) -> list[float]:
    """Time the segmentations of some predictors in turn, so that all meet the same machine.

    Parameters
    ----------
    predictors : sequence of Predictor
        Of Task 1.
    patients : sequence of Patient
        Of whose times the median counts.

    Returns
    -------
    list of float
        Processor seconds of a patient's segmentation, reading and writing left out.
    """
    seconds: list[list[float]] = [[] for _ in predictors]
    for patient in patients:
        case = patient.load().case
        for predictor, own in zip(predictors, seconds, strict=True):
            # Once before: loading the network is not the patient's.
            if not own:
                predictor.segment(case, deadline=Deadline(3600.0))
            started = process_time()
            predictor.segment(case, deadline=Deadline(3600.0))
            own.append(process_time() - started)
    return [median(own) for own in seconds]
