"""``python -m benchmarks phantom``."""

from typing import Annotated

import typer
from rich.console import Console

from benchmarks.commands.options import JsonFile, keep
from benchmarks.machine import this_machine
from benchmarks.phantom import CASES, as_json, benchmark, isolated, markdown
from jobs.progress import shown


def phantom(
    *,
    repeats: Annotated[int, typer.Option(min=1, help="Runs of each, whose median counts.")] = 3,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the patients.")] = 1,
    json_file: JsonFile = None,
) -> None:
    """Time a neck and a whole-body patient on one core, with and without writing."""
    with shown(Console(stderr=True), "runs") as progress:
        results = benchmark(CASES, seed=seed, repeats=repeats, run=isolated, progress=progress)
    machine = this_machine()
    typer.echo(markdown(results, machine))
    keep(as_json(results, machine), json_file)
