"""How a command ends when something known goes wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console

from shared.errors import InputError, ModelError, OutputError
from training.data.patient import DataError
from training.recipe.read import RecipeError
from training.run import RunError

INTERRUPTED = 130
_console = Console(stderr=True)


@contextmanager
def reported() -> Iterator[None]:
    """Turn what is known to go wrong into one line, and an interrupt into how to go on."""
    known = (RecipeError, DataError, RunError, InputError, ModelError, OutputError, OSError)
    try:
        yield
    except known as error:
        _console.print(
            f"error: {error}", style="red", markup=False, highlight=False, soft_wrap=True
        )
        raise typer.Exit(1) from error
    except KeyboardInterrupt as error:
        _console.print("interrupted; the same command goes on", style="red")
        raise typer.Exit(INTERRUPTED) from error
