"""Options that several commands share, and how a command ends that can't go on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from harness.engines.docker import DockerEngine, connect
from harness.engines.engine import Engine, EngineError
from harness.engines.local import LocalEngine
from harness.engines.profile import PROFILES, Profile
from harness.shim.order import Api
from harness.tasks import TASKS, Task

NO_DAEMON = "no Docker daemon answers"
# Lines of the table in a log, which has no width of its own.
LOG_WIDTH = 120


class EngineChoice(StrEnum):
    """Where to run."""

    AUTO = "auto"
    DOCKER = "docker"
    LOCAL = "local"


Tasks = Annotated[
    list[int] | None, typer.Option("--task", min=1, max=3, help="Only this task; may be repeated.")
]
OneTask = Annotated[int, typer.Option("--task", min=1, max=3, help="Whose inputs and outputs.")]
ApiOption = Annotated[Api, typer.Option(help="Variant of the image.")]
ProfileOption = Annotated[
    str, typer.Option("--profile", help=f"The platform's machine: {' or '.join(PROFILES)}.")
]
StrictOption = Annotated[
    bool,
    typer.Option(
        "--strict", help="Also forbid a writable root, capabilities and many processes (docker)."
    ),
]
ModelOption = Annotated[
    Path | None, typer.Option(help="Model tarball (.tar.gz) or its folder, for /opt/ml/model.")
]
OneEngine = Annotated[EngineChoice, typer.Option(help="Where to run.")]


def chosen_tasks(numbers: Sequence[int] | None) -> list[Task]:
    """Return the tasks named, or all."""
    return [TASKS[number] for number in sorted(set(numbers or TASKS))]


def chosen_profile(name: str, *, strict: bool) -> Profile:
    """Return a machine by its name."""
    if name not in PROFILES:
        raise stop(f"--profile {name}: expected {' or '.join(PROFILES)}")
    return replace(PROFILES[name], strict=strict)


def chosen_engine(
    choice: EngineChoice, *, image: str | None = None, program: Sequence[str] | None = None
) -> Engine:
    """Return an engine; `auto` is Docker where a daemon answers."""
    if program is not None:
        return LocalEngine(program=program)
    client = None if choice is EngineChoice.LOCAL else connect()
    if client is not None:
        return DockerEngine(client, image=image)
    if choice is EngineChoice.DOCKER or image is not None:
        raise stop(NO_DAEMON)
    return LocalEngine()


def console() -> Console:
    """Return where tables go: as wide as the terminal, or as a log."""
    made = Console()
    if not made.is_terminal:
        made.width = LOG_WIDTH
    return made


def stop(message: str) -> typer.Exit:
    """Say on stderr why a command can't go on, and return what ends it."""
    typer.echo(message, err=True)
    return typer.Exit(1)


@contextmanager
def reported(*known: type[Exception]) -> Iterator[None]:
    """Turn what is known to go wrong into one line: a full disk as well."""
    expected: tuple[type[Exception], ...] = (EngineError, OSError, *known)
    try:
        yield
    except expected as error:
        raise stop(str(error)) from error
