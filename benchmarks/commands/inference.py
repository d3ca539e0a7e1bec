"""``python -m benchmarks inference``."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.commands.options import JsonFile, keep
from benchmarks.machine import this_machine


def inference(
    *,
    data: Annotated[
        str, typer.Option(help="Patients that the weights have not seen, as for `training fit`.")
    ],
    weights: Annotated[Path, typer.Option(help="Weights folder of Task 1.")] = Path(
        "weights/task1"
    ),
    also: Annotated[
        list[Path] | None, typer.Option(help="Weights of the same spec, to average with.")
    ] = None,
    patch: Annotated[int, typer.Option(min=16, help="Side of a window, voxels.")] = 64,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 2,
    json_file: JsonFile = None,
) -> None:
    """Run the same network in other ways: precision, mirrors, windows, members."""
    # torch and what it brings: no other benchmark waits for them.
    from benchmarks.inference.measure import benchmark
    from benchmarks.inference.show import markdown

    ways, described, patients = benchmark(
        weights, data, also=also or (), patch=patch, workers=workers
    )
    machine = this_machine()
    typer.echo(markdown(ways, machine, data=described, patients=patients))
    keep({"machine": asdict(machine), "ways": [asdict(way) for way in ways]}, json_file)
