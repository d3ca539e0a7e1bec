"""A folder that one process writes at a time."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

if sys.platform != "win32":
    import fcntl


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Hold a folder while writing it; the lock ends with the process, however that ends.

    Systems and file systems without such locks go on without one.

    Raises
    ------
    FileExistsError
        Another process holds the folder.
    """
    if sys.platform == "win32":
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise FileExistsError(f"another process is writing {folder}") from error
        except OSError:
            pass
        yield
    finally:
        os.close(handle)
