"""The benchmarks' command line: ``python -m benchmarks phantom``, ``evaluation``, ``accuracy``."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from benchmarks import evaluation
from benchmarks.machine import this_machine
from benchmarks.phantom import CASES, as_json, benchmark, isolated, markdown
from jobs.progress import shown

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)
_console = Console(stderr=True)


@app.callback()
def benchmarks() -> None:
    """Measure the project's programs, each run in a process of its own."""


@app.command("phantom")
def phantom_command(
    *,
    repeats: Annotated[int, typer.Option(min=1, help="Runs of each, whose median counts.")] = 3,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the patients.")] = 1,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="File for the figures, replaced.")
    ] = None,
) -> None:
    """Time a neck and a whole-body patient on one core, with and without writing."""
    with shown(_console, "runs") as progress:
        results = benchmark(CASES, seed=seed, repeats=repeats, run=isolated, progress=progress)
    machine = this_machine()
    print(markdown(results, machine))
    _keep(as_json(results, machine), json_file)


@app.command("evaluation")
def evaluation_command(
    *,
    cases: Annotated[int, typer.Option(min=1, help="Patients to score.")] = 200,
    pictures: Annotated[int, typer.Option(min=0, help="Patients with pictures.")] = 50,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 2,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the patients.")] = 1,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="File for the figures, replaced.")
    ] = None,
) -> None:
    """Time the scoring of Task 1, report and pictures included."""
    result = evaluation.benchmark(cases=cases, pictures=pictures, workers=workers, seed=seed)
    machine = this_machine()
    print(evaluation.markdown(result, machine))
    _keep(evaluation.as_json(result, machine), json_file)


@app.command("accuracy")
def accuracy_command(
    *,
    data: Annotated[str, typer.Option(help="Patients, as for `python -m training fit`.")],
    out: Annotated[Path, typer.Option(help="Folder to write; an interrupted one goes on.")],
    recipes: Annotated[str, typer.Option(help="Recipes of Task 1, with commas.")],
    minutes: Annotated[float, typer.Option(min=0.01, help="Of fitting, each.")] = 10.0,
    folds: Annotated[int, typer.Option(min=2, help="One of so many folds is held out.")] = 10,
    cache: Annotated[Path, typer.Option(help="Folder for prepared samples.")] = Path("runs/cache"),
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 2,
    smoke: Annotated[bool, typer.Option("--smoke", help="A trial on small boxes.")] = False,
) -> None:
    """Fit recipes for the same minutes, and hold Dice against processor seconds."""
    # torch and what it brings: no other benchmark waits for them.
    from benchmarks.accuracy.measure import benchmark as measure_recipes
    from benchmarks.accuracy.show import markdown as accuracy_table
    from benchmarks.accuracy.show import plot

    names = tuple(name.strip() for name in recipes.split(","))
    points, description = measure_recipes(
        names,
        data,
        out,
        minutes=minutes,
        folds=folds,
        cache=cache,
        workers=workers,
        smoke=smoke,
    )
    machine = this_machine()
    table = accuracy_table(points, machine, data=description, minutes=minutes)
    (out / "accuracy.md").write_text(table + "\n", encoding="utf-8")
    plot(points, out / "accuracy.png", minutes=minutes)
    print(table)


def _keep(figures: dict[str, Any], path: Path | None) -> None:
    if path is not None:
        path.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    app()
