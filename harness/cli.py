"""The harness's command line; build.sh, test.sh and export.sh stand on it."""

import logging
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from harness import base_image, docker_engine, images
from harness.engine import Engine, EngineError
from harness.local_engine import LocalEngine
from harness.tasks import TASKS, Api, Task

NO_DAEMON = "no Docker daemon answers"
# Lines of the table in a log, which has no width of its own.
LOG_WIDTH = 120


class EngineChoice(StrEnum):
    """Where to run."""

    AUTO = "auto"
    DOCKER = "docker"
    LOCAL = "local"


app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Builds, runs, checks and exports the containers the way Grand Challenge does.",
)
TaskOption = Annotated[
    list[int] | None, typer.Option("--task", min=1, max=3, help="Only this task; may be repeated.")
]
ApiOption = Annotated[Api, typer.Option(help="Variant of the image.")]


def main() -> None:
    """Run the command line."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    app()


def _chosen(numbers: list[int] | None) -> list[Task]:
    return [TASKS[number] for number in sorted(set(numbers or TASKS))]


def _console() -> Console:
    console = Console()
    if not console.is_terminal:
        console.width = LOG_WIDTH
    return console


def _stop(message: str) -> typer.Exit:
    typer.echo(message, err=True)
    return typer.Exit(1)


@app.command()
def build(
    task: TaskOption = None,
    engine: EngineChoice = EngineChoice.AUTO,
    base: Annotated[str | None, typer.Option(help="Base image.")] = None,
    ca_bundle: Annotated[Path | None, typer.Option(help="Certificates for the build.")] = None,
    api: ApiOption = "exec",
    on_error: Annotated[
        Literal["fail", "fallback"], typer.Option(help="What a case that fails writes.")
    ] = "fail",
    time_limit: Annotated[int | None, typer.Option(min=1, help="Deadline, seconds.")] = None,
) -> None:
    """Build the container images where a Docker daemon answers."""
    if engine is EngineChoice.LOCAL or docker_engine.connect() is None:
        if engine is EngineChoice.DOCKER:
            raise _stop(NO_DAEMON)
        reason = "as asked" if engine is EngineChoice.LOCAL else NO_DAEMON
        typer.echo(f"no images built ({reason}); the local engine is ready: ./test.sh")
        return
    try:
        options = images.BuildOptions(
            base, images.find_ca_bundle(ca_bundle), api, on_error, time_limit
        )
        names = images.build(_chosen(task), options)
    except (images.BuildError, base_image.BaseImageError) as error:
        raise _stop(str(error)) from error
    typer.echo(f"built {', '.join(names)}")


@app.command()
def engines() -> None:
    """Print the engines that can run here, one a line."""
    if docker_engine.connect() is not None:
        typer.echo("docker")
    typer.echo("local")


def _engine(choice: EngineChoice) -> Engine:
    client = None if choice is EngineChoice.LOCAL else docker_engine.connect()
    if client is not None:
        return docker_engine.DockerEngine(client)
    if choice is EngineChoice.DOCKER:
        raise _stop(NO_DAEMON)
    return LocalEngine()


@app.command()
def sanity(
    task: TaskOption = None,
    engine: Annotated[
        list[EngineChoice] | None, typer.Option(help="Where to run; may be repeated.")
    ] = None,
    keep: Annotated[
        Path | None, typer.Option(help="Folder that keeps inputs, outputs and logs.")
    ] = None,
    report: Annotated[Path, typer.Option(help="The table as JSON.")] = Path("reports/sanity.json"),
    evaluation: Annotated[
        Path | None, typer.Option(help="Folder for an evaluation of each engine and task.")
    ] = None,
) -> None:
    """Run three sanity cases a task under the platform's limits and check the outputs."""
    # Here, so that building images and asking for help need not wait for it.
    from harness.report import show, succeeded, write_json
    from harness.sanity import run_sanity

    chosen = [_engine(choice) for choice in engine or [EngineChoice.AUTO]]
    unenforced = {one.name: list(one.unenforced()) for one in chosen}
    for name, missing in unenforced.items():
        for what in missing:
            typer.echo(f"engine {name} does not enforce {what}")
    try:
        done = run_sanity(chosen, _chosen(task), keep=keep, reports=evaluation)
    except EngineError as error:
        raise _stop(str(error)) from error
    show(done.rows, _console())
    write_json(done.rows, report, unenforced=unenforced)
    for page in done.pages:
        typer.echo(f"answers beside the truth: {page}")
    if not succeeded(done.rows):
        raise typer.Exit(1)


@app.command()
def export(
    task: TaskOption = None,
    api: ApiOption = "exec",
    out: Annotated[Path, typer.Option(help="Folder to write to.")] = Path("exports"),
) -> None:
    """Write the files to upload, and check them against the platform's rules."""
    from harness.export import ExportError, export_task
    from shared.errors import ModelError

    if docker_engine.connect() is None:
        raise _stop(f"{NO_DAEMON}: export needs one, and the images that ./build.sh makes with it")
    failed = False
    for one in _chosen(task):
        try:
            exports = export_task(one, out, api=api)
        except (ExportError, ModelError) as error:
            raise _stop(str(error)) from error
        for item in exports:
            typer.echo(f"{item.file}  {item.size_bytes / 1e6:.1f} MB")
            typer.echo(f"  SHA-256 {item.sha256}")
            typer.echo(f"  upload to: {item.place}")
            for problem in item.problems:
                typer.echo(f"  REFUSED: {problem}")
        failed = failed or any(item.problems for item in exports)
    if failed:
        raise typer.Exit(1)
