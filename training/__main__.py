"""Command line: fit, export, evaluate, card."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path
from typing import Annotated

import typer

from training.card import card
from training.data import make_samples
from training.evaluate import evaluate
from training.export import bring_segmentation, export, load_run
from training.fit import fit
from training.recipe import read_recipe

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)

Run = Annotated[Path, typer.Argument(help="Folder of a fit.")]
Task = Annotated[int, typer.Option(min=1, max=3)]
Cache = Annotated[Path, typer.Option(help="Folder for rendered patients.")]
Workers = Annotated[int, typer.Option(help="Processes that render and load.", min=1)]
Weights = Annotated[Path, typer.Option(help="Whose segmentation makes the masks for scores.")]

CACHE, SEGMENTATION = Path("runs/cache"), Path("weights/task1")
CPUS = os.cpu_count() or 1


@app.command("fit")
def fit_command(
    task: Task,
    out: Annotated[Path, typer.Option(help="Folder for the fit; an interrupted one goes on.")],
    recipe: Annotated[str, typer.Option(help="Name in training/recipes or a path.")] = "default",
    cache: Cache = CACHE,
    workers: Workers = CPUS,
    weights: Weights = SEGMENTATION,
) -> None:
    """Fit a recipe's network on phantom patients."""
    name = recipe if recipe.endswith(".yaml") else f"task{task}_{recipe}"
    typer.echo(fit(read_recipe(name), out, cache=cache, workers=workers, weights=weights))


@app.command("export")
def export_command(
    run: Run,
    to: Annotated[Path, typer.Option(help="Weights folder, such as weights/task1.")],
    cache: Cache = CACHE,
    workers: Workers = CPUS,
    weights: Weights = SEGMENTATION,
) -> None:
    """Write a fit's network as ONNX with its spec, checked against torch.

    Beside a risk or HPV network lies the segmentation that it was trained behind.
    """
    recipe, _ = load_run(run)
    samples = make_samples(recipe, cache, workers=workers, weights=weights)
    held = samples.subset(range(recipe.cohort.patients, len(samples)))
    if recipe.spec.role != "segmentation":
        bring_segmentation(weights, to)
    typer.echo(export(run, role_file=f"{recipe.spec.role}.onnx", to=to, validation=held))


@app.command("evaluate")
def evaluate_command(
    task: Task,
    weights: Annotated[Path, typer.Option(help="Weights folder to measure.")],
    out: Annotated[Path, typer.Option(help="JSON file to write.")],
    seed: Annotated[int, typer.Option(help="Cohort seed; no recipe may use it.")] = 9000,
    patients: Annotated[int, typer.Option(min=2)] = 100,
    workers: Workers = CPUS,
) -> None:
    """Measure weights on unseen phantom patients, with the containers' own code."""
    result = evaluate(task, weights, seed=seed, patients=patients, workers=workers)
    out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    typer.echo(json.dumps(result["metrics"], indent=1))


@app.command("card")
def card_command(
    folder: Annotated[Path, typer.Argument(help="Evaluated weights folder.")],
) -> None:
    """Write a weights folder's model card (README.md) from its spec, manifest and evaluation."""
    (folder / "README.md").write_text(card(folder), encoding="utf-8")
    typer.echo(folder / "README.md")


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    app()
