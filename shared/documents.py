"""Files from outside, read whole: never a device or a pipe, never longer than any should be."""

from __future__ import annotations

import json
import os
from pathlib import Path

from shared.errors import DocumentError

LONGEST_BYTES = 1_000_000
"""Of JSON: a health record has a few hundred bytes, `inputs.json` a few thousand."""


def read_bytes(path: Path, *, most: int) -> bytes:
    """Read a regular file, or a link to one.

    Parameters
    ----------
    path : Path
        The file.
    most : int
        Bytes that it may have.

    Raises
    ------
    DocumentError
        If there is none, or no regular file (a pipe would hang, a device never end), it is too
        long, or can't be read.
    """
    try:
        if not path.is_file():
            raise DocumentError("no regular file" if os.path.lexists(path) else "none")
        with path.open("rb") as file:
            # No more than there is: Python makes room for all that is asked for.
            content = file.read(min(most, os.fstat(file.fileno()).st_size) + 1)
    except (OSError, ValueError) as error:
        # Without the path, which may name the patient.
        raise DocumentError(getattr(error, "strerror", None) or "no file's name") from error
    if len(content) > most:
        raise DocumentError(f"over {most} bytes")
    return content


def read_document(path: Path) -> object:
    """Read a JSON file.

    Parameters
    ----------
    path : Path
        UTF-8, with a byte order mark or without.

    Raises
    ------
    DocumentError
        As of `read_bytes`, or if it does not hold JSON.
    """
    content = read_bytes(path, most=LONGEST_BYTES)
    try:
        found: object = json.loads(content.decode("utf-8-sig"))
    except RecursionError as error:
        raise DocumentError("values nested too deep") from error
    except ValueError as error:
        raise DocumentError(str(error)[:120]) from error
    return found
