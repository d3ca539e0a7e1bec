"""``python -m benchmarks accuracy``."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from benchmarks.machine import this_machine


def accuracy(
    *,
    data: Annotated[str, typer.Option(help="Patients, as for `python -m training fit`.")],
    out: Annotated[Path, typer.Option(help="Folder to write; an interrupted one goes on.")],
    recipes: Annotated[str, typer.Option(help="Recipes of Task 1, with commas.")],
    minutes: Annotated[float, typer.Option(min=0.01, help="Of fitting, each.")] = 10.0,
    folds: Annotated[int, typer.Option(min=2, help="One of so many folds is held out.")] = 10,
    cache: Annotated[Path, typer.Option(help="Folder for prepared samples.")] = Path("runs/cache"),
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 2,
    precision: Annotated[
        Literal["32-true", "bf16-mixed"] | None,
        typer.Option(help="Arithmetic of the fits; by default each recipe's."),
    ] = None,
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
        precision=precision,
        smoke=smoke,
    )
    machine = this_machine()
    table = accuracy_table(points, machine, data=description, minutes=minutes)
    (out / "accuracy.md").write_text(table + "\n", encoding="utf-8")
    plot(points, out / "accuracy.png", minutes=minutes)
    typer.echo(table)
