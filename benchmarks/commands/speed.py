"""``python -m benchmarks speed``."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from benchmarks.commands.options import SCANS_FOLDER, Folder, JsonFile, keep
from benchmarks.machine import this_machine
from benchmarks.speed.cases import SCANS
from benchmarks.speed.measure import ContainerTimes
from benchmarks.speed.run import Plan, benchmark
from benchmarks.speed.show import as_json, compare, markdown
from harness.commands import options
from jobs.progress import shown


def speed(
    *,
    task: options.Tasks = None,
    engine: options.OneEngine = options.EngineChoice.AUTO,
    repeats: Annotated[int, typer.Option(min=1, help="Runs of each, whose median counts.")] = 5,
    scan: Annotated[
        list[str] | None, typer.Option(help="Only this scan; may be repeated: neck, ...")
    ] = None,
    folder: Folder = SCANS_FOLDER,
    json_file: JsonFile = None,
    before: Annotated[
        Path | None, typer.Option("--compare", help="Figures of an earlier run, to hold against.")
    ] = None,
) -> None:
    """Time whole containers on three scans, step by step, and hold the steps against limits."""
    names = [one.name for one in SCANS]
    if strange := set(scan or ()) - set(names):
        raise options.stop(f"--scan {sorted(strange)[0]}: expected {', '.join(names)}")
    earlier = None if before is None else _figures(before)
    plan = Plan(
        tasks=options.chosen_tasks(task),
        folder=folder,
        repeats=repeats,
        scans=[one for one in SCANS if scan is None or one.name in scan],
    )
    console = Console(stderr=True)
    with (
        options.reported(ChildProcessError),
        shown(console, "cases") as containers,
        shown(console, "servers") as servers,
    ):
        result = benchmark(
            plan, options.chosen_engine(engine), containers=containers, servers=servers
        )
    machine = this_machine()
    keep(as_json(result, machine), json_file)
    typer.echo(markdown(result, machine))
    if earlier is not None:
        typer.echo("\n" + compare(result, earlier))


def _figures(path: Path) -> dict[str, Any]:
    """Read what an earlier run has kept."""
    if not path.is_file():
        raise options.stop(f"--compare {path}: expected a file, found none")
    try:
        figures = json.loads(path.read_text(encoding="utf-8"))
        for one in figures["taken"]:
            ContainerTimes(**one)
    except (ValueError, KeyError, TypeError) as error:
        raise options.stop(
            f"--compare {path}: expected the figures of a run, found another file"
        ) from error
    return dict(figures)
