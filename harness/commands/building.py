"""``build`` and ``engines``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from harness.commands import options
from harness.commands.options import EngineChoice
from harness.engines.docker import connect
from harness.images import build as images
from harness.images.base_image import BaseImageError
from shared.spec import Precision


def build(
    task: options.Tasks = None,
    engine: options.OneEngine = EngineChoice.AUTO,
    base: Annotated[str | None, typer.Option(help="Base image.")] = None,
    ca_bundle: Annotated[Path | None, typer.Option(help="Certificates for the build.")] = None,
    on_error: Annotated[
        Literal["fail", "fallback"], typer.Option(help="What a case that fails writes.")
    ] = "fail",
    time_limit: Annotated[int | None, typer.Option(min=1, help="Deadline, seconds.")] = None,
    precision: Annotated[
        Precision, typer.Option(help="Arithmetic, where weights and processor allow it.")
    ] = "float32",
) -> None:
    """Build the container images where a Docker daemon answers."""
    if engine is EngineChoice.LOCAL or connect() is None:
        if engine is EngineChoice.DOCKER:
            raise options.stop(options.NO_DAEMON)
        reason = "as asked" if engine is EngineChoice.LOCAL else options.NO_DAEMON
        typer.echo(f"no images built ({reason}); the local engine is ready: ./test.sh")
        return
    with options.reported(images.BuildError, BaseImageError):
        asked = images.BuildOptions(
            base, images.find_ca_bundle(ca_bundle), on_error, time_limit, precision
        )
        names = images.build(options.chosen_tasks(task), asked)
    typer.echo(f"built {', '.join(names)}")


def engines() -> None:
    """Print the engines that can run here, one a line."""
    if connect() is not None:
        typer.echo("docker")
    typer.echo("local")
