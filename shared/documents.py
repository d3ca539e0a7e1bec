"""Small JSON files from outside: never followed to a device, never larger than any is."""

from __future__ import annotations

import json
from pathlib import Path

LONGEST_BYTES = 1_000_000
"""A health record has a few hundred bytes, `inputs.json` a few thousand."""


class DocumentError(ValueError):
    """What keeps a file from being read as JSON, in a few words."""


def read_document(path: Path) -> object:
    """Read a JSON file.

    Parameters
    ----------
    path : Path
        UTF-8, with a byte order mark or without.

    Raises
    ------
    DocumentError
        If it is no regular file (a pipe would hang, a device never end), is too long, or does not
        hold JSON.
    """
    try:
        if not path.is_file():
            raise DocumentError("no regular file")
        with path.open("rb") as file:
            content = file.read(LONGEST_BYTES + 1)
        if len(content) > LONGEST_BYTES:
            raise DocumentError(f"over {LONGEST_BYTES} bytes")
        found: object = json.loads(content.decode("utf-8-sig"))
    except DocumentError:
        raise
    except RecursionError as error:
        raise DocumentError("values nested too deep") from error
    except (OSError, ValueError) as error:
        raise DocumentError(str(error)[:120]) from error
    return found
