"""``python -m benchmarks peers``."""

from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console

from benchmarks.commands.options import SCANS_FOLDER, Folder, JsonFile, keep
from benchmarks.machine import this_machine
from benchmarks.peers.table import markdown, time_programs
from benchmarks.speed.cases import SCANS, write_cases
from benchmarks.speed.run import THREADS
from harness.tasks import TASKS
from jobs.progress import shown


def peers(
    *,
    repeats: Annotated[int, typer.Option(min=1, help="Runs of each: minutes a run.")] = 1,
    folder: Folder = SCANS_FOLDER,
    json_file: JsonFile = None,
) -> None:
    """Time other pipelines beside ours on a neck: MONAI's windows, the baseline, nnU-Net."""
    ((scan, case),) = write_cases(folder, [TASKS[1]], SCANS[:1])
    with shown(Console(stderr=True), "runs") as progress:
        timed, left_out = time_programs(
            case.input_dir, threads=THREADS, repeats=repeats, progress=progress
        )
    machine = this_machine()
    keep({"machine": asdict(machine), "timed": [asdict(one) for one in timed]}, json_file)
    typer.echo(f"{scan.title}; {repeats} runs of each on {machine}.\n")
    typer.echo(markdown(timed, left_out))
