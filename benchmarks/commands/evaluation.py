"""``python -m benchmarks evaluation``."""

from typing import Annotated

import typer

from benchmarks.commands.options import JsonFile, keep
from benchmarks.evaluation import as_json, benchmark, markdown
from benchmarks.machine import this_machine


def evaluation(
    *,
    cases: Annotated[int, typer.Option(min=1, help="Patients to score.")] = 200,
    pictures: Annotated[int, typer.Option(min=0, help="Patients with pictures.")] = 50,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 2,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the patients.")] = 1,
    json_file: JsonFile = None,
) -> None:
    """Time the scoring of Task 1, report and pictures included."""
    result = benchmark(cases=cases, pictures=pictures, workers=workers, seed=seed)
    machine = this_machine()
    typer.echo(markdown(result, machine))
    keep(as_json(result, machine), json_file)
