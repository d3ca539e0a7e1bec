"""``validate`` and ``export``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import docker
import typer

from harness.commands import options
from harness.engines.docker import connect

Back = Annotated[
    bool,
    typer.Option("--run/--no-run", help="Load the file back and run it once on a phantom patient."),
]


def validate(
    file: Annotated[Path, typer.Argument(help="Image archive, or with --model a model tarball.")],
    task: options.OneTask,
    model: Annotated[
        bool, typer.Option("--model", help="The file is a model tarball, for our image.")
    ] = False,
    run: Back = True,
) -> None:
    """Check a file to upload as the platform does, then run what is in it once."""
    from harness.upload.back import run_image_archive, run_model_archive
    from harness.upload.image import check_image_archive
    from harness.upload.model import check_model_archive

    if not file.is_file():
        raise options.stop(f"{file}: expected a file, found none")
    problems = check_model_archive(file) if model else check_image_archive(file)
    if not problems and run:
        chosen = options.chosen_tasks([task])[0]
        with options.reported():
            back = run_model_archive if model else run_image_archive
            problems = back(file, chosen, _client())
    _tell(problems)


def export(
    task: options.Tasks = None,
    api: options.ApiOption = "exec",
    out: Annotated[Path, typer.Option(help="Folder to write to.")] = Path("exports"),
    run: Back = True,
) -> None:
    """Write the files to upload, check them against the platform's rules, and run each once."""
    from harness.upload.back import run_image_archive, run_model_archive
    from harness.upload.export import ExportError, export_task, write_bill
    from shared.errors import ModelError

    client = _client()
    refused: list[str] = []
    for one in options.chosen_tasks(task):
        with options.reported(ExportError, ModelError):
            image, model = export_task(one, out, api=api)
            for item, back in ((image, run_image_archive), (model, run_model_archive)):
                problems = list(item.problems)
                if run and not problems:
                    problems = back(item.file, one, client)
                typer.echo(f"{item.file}  {item.size_bytes / 1e6:.1f} MB")
                typer.echo(f"  SHA-256 {item.sha256}")
                typer.echo(f"  upload to: {item.place}")
                for problem in problems:
                    typer.echo(f"  REFUSED: {problem}")
                refused += problems
            for file in write_bill(one, out, client, api=api):
                typer.echo(f"{file}")
    if refused:
        raise typer.Exit(1)


def _client() -> docker.DockerClient:
    client = connect()
    if client is None:
        raise options.stop(
            f"{options.NO_DAEMON}: this needs one, and the images that ./build.sh makes with it"
        )
    return client


def _tell(problems: list[str]) -> None:
    for problem in problems:
        typer.echo(f"REFUSED: {problem}")
    if problems:
        raise typer.Exit(1)
    typer.echo("the platform would accept it")
