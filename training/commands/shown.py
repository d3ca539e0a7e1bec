"""A command as others can repeat it."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import PurePath

PROGRAM = "python -m training"


def shown_command(arguments: Sequence[str]) -> str:
    """Return a command line with each absolute path cut down to its last part.

    Parameters
    ----------
    arguments : sequence of str
        Of `python -m training`, its name not included.
    """
    return " ".join([PROGRAM, *(shlex.quote(_short(argument)) for argument in arguments)])


def _short(argument: str) -> str:
    option, equals, value = argument.partition("=")
    if option.startswith("--") and equals:
        return f"{option}={_short(value)}"
    path = PurePath(argument)
    return path.name if path.is_absolute() else argument
