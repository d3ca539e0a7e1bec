"""Tar archives as a Docker daemon sends and takes them."""

from __future__ import annotations

import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager


@contextmanager
def spooled(chunks: Iterable[bytes]) -> Iterator[tarfile.TarFile]:
    """Open an archive that comes in pieces, by way of a file: it may be larger than memory.

    Parameters
    ----------
    chunks : iterable of bytes
        As docker's ``get_archive`` and ``export`` yield them.
    """
    with tempfile.TemporaryFile() as file:
        for chunk in chunks:
            file.write(chunk)
        file.seek(0)
        with tarfile.open(fileobj=file) as archive:
            yield archive


def folder(name: str, mode: int = 0o755) -> tarfile.TarInfo:
    """Return a folder of root's, to be added to an archive."""
    member = tarfile.TarInfo(name)
    member.type, member.mode = tarfile.DIRTYPE, mode
    return member
