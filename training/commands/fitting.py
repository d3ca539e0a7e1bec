"""The commands that fit: one fold, or each in turn."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from training.commands import options
from training.commands.errors import reported
from training.commands.shown import shown_command
from training.data.check import check
from training.data.folds import Fold, leave_one_centre_out
from training.data.patient import DataError
from training.data.source import open_source
from training.data.survey_table import show
from training.fitting.arrange import Order, fit_fold
from training.fitting.hardware import Hardware, Precision
from training.fitting.start import load_starts
from training.measure.crossval import crossval
from training.measure.unseen import require_not_reserved
from training.recipe.read import RecipeError, read_recipe
from training.run import RunError


def _order(
    task: int,
    recipe: str,
    data: str,
    *,
    steps: int | None,
    smoke: bool,
    start: Path | None = None,
    cache: Path,
    segmentation: Path,
    hardware: Hardware,
) -> Order:
    read = read_recipe(recipe, task=task)
    if smoke:
        read = read.smoke()
    if steps is not None:
        if not read.needs_gradients:
            raise RecipeError(f"recipe {recipe!r}: it makes no steps; expected no --steps")
        read = read.with_steps(steps)
    source = open_source(data, task=task)
    require_not_reserved(source.description)
    return Order(
        task=task,
        name=recipe if "/" not in recipe else Path(recipe).name,
        recipe=read,
        source=source,
        command=shown_command(sys.argv[1:]),
        cache=cache,
        segmentation=segmentation,
        hardware=hardware,
        starts=() if start is None else load_starts(start),
    )


def _one_fold(order: Order, *, count: int, number: int, seed: int, centre: str | None) -> Fold:
    source = order.source
    if centre is not None:
        known = sorted(set(source.centres) - {""})
        if known and centre not in known:
            raise DataError(f"centre {centre!r}: expected one of {', '.join(known)}")
        split = leave_one_centre_out(source.centres)
        return next(f for f in split if source.centres[f.validation[0]] == centre)
    split = order.folds(count=count, seed=seed)
    if not 1 <= number <= len(split):
        raise DataError(f"fold {number}: expected 1 to {len(split)}")
    return split[number - 1]


def fit(
    task: options.Task,
    data: options.Data,
    out: options.Out,
    recipe: options.Recipe = "default",
    folds: options.Folds = 10,
    fold: Annotated[int, typer.Option(help="Which fold is held out, from 1.")] = 1,
    fold_seed: options.FoldSeed = 0,
    leave_out_centre: Annotated[
        str | None, typer.Option(help="Hold out this centre instead of a fold.")
    ] = None,
    start: options.Start = None,
    steps: options.Steps = None,
    cache: options.Cache = options.CACHE,
    segmentation: options.Segmentation = options.SEGMENTATION,
    workers: options.Workers = options.CPUS,
    accelerator: options.Accelerator = "auto",
    devices: options.Devices = 1,
    nodes: options.Nodes = 1,
    precision: options.Arithmetic = None,
    compiled: options.Compiled = False,
    smoke: options.Smoke = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check all of the data, say what it holds, stop.")
    ] = False,
) -> None:
    """Fit a recipe's network on all folds but one."""
    with reported():
        hardware = Hardware(accelerator, devices, nodes, _arithmetic(precision), workers, compiled)
        order = _order(
            task,
            recipe,
            data,
            steps=steps,
            smoke=smoke,
            start=start,
            cache=cache,
            segmentation=segmentation,
            hardware=hardware,
        )
        held = _one_fold(order, count=folds, number=fold, seed=fold_seed, centre=leave_out_centre)
        if dry_run:
            _survey(order, held)
            return
        about = fit_fold(order, held, out)
        score = "none" if about.score is None else f"{about.score:.3f}"
        typer.echo(f"{out}: {about.steps} steps in {about.seconds or 0.0:.0f} s, score {score}")


def _survey(order: Order, held: Fold) -> None:
    """Say what the data hold, and fail where a fit would."""
    obstacles = []
    try:
        order.require_begun((held,))
    except (DataError, RunError) as error:
        obstacles.append(str(error))
    survey = check(
        order.source,
        order.recipe.spec,
        order.cache,
        workers=order.hardware.workers,
        split=(held,),
        obstacles=obstacles,
    )
    show(survey, Console())
    if survey.problems:
        raise DataError(f"data: {len(survey.problems)} problems, listed above")


def _arithmetic(name: str | None) -> Precision | None:
    match name:
        case None | "32-true" | "bf16-mixed" | "16-mixed":
            return name
    raise DataError(f"precision {name!r}: expected 32-true, bf16-mixed or 16-mixed")


def cross_validate(
    task: options.Task,
    data: options.Data,
    out: options.Out,
    recipe: options.Recipe = "default",
    folds: options.Folds = 5,
    fold_seed: options.FoldSeed = 0,
    leave_one_centre: Annotated[
        bool,
        typer.Option(
            "--leave-one-centre-out",
            help="A fold a centre instead, but for centres that can't be measured.",
        ),
    ] = False,
    start: options.Start = None,
    steps: options.Steps = None,
    cache: options.Cache = options.CACHE,
    segmentation: options.Segmentation = options.SEGMENTATION,
    workers: options.Workers = options.CPUS,
    accelerator: options.Accelerator = "auto",
    devices: options.Devices = 1,
    nodes: options.Nodes = 1,
    precision: options.Arithmetic = None,
    compiled: options.Compiled = False,
    smoke: options.Smoke = False,
) -> None:
    """Hold out each fold in turn, and measure all held-out patients together."""
    with reported():
        hardware = Hardware(accelerator, devices, nodes, _arithmetic(precision), workers, compiled)
        order = _order(
            task,
            recipe,
            data,
            steps=steps,
            smoke=smoke,
            start=start,
            cache=cache,
            segmentation=segmentation,
            hardware=hardware,
        )
        asked = (
            order.source.leave_one_centre_out()
            if leave_one_centre
            else order.folds(count=folds, seed=fold_seed)
        )
        summary = crossval(order, asked, out)
        typer.echo(json.dumps(summary.get("metrics", {}), indent=1))
