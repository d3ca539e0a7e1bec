"""Room on a disk, asked for before anything is written."""

import shutil
from pathlib import Path


def require_space(folder: Path, needed: int, *, what: str, freed: int = 0) -> None:
    """Raise OSError where a folder's disk holds less than is needed.

    Parameters
    ----------
    folder : Path
        Where to write; may not exist yet.
    needed, freed : int
        Bytes to write, and bytes that will be deleted before.
    what : str
        What is to be written, such as "12 patients".
    """
    free = free_bytes(folder) + freed
    if needed > free:
        raise OSError(
            f"{folder}: too little disk for {what}: about {needed / 1e9:.2f} GB needed, "
            f"{free / 1e9:.2f} GB free; nothing was written"
        )


def free_bytes(folder: Path) -> int:
    """Return what is free on the disk of a folder, which may not exist yet."""
    return shutil.disk_usage(nearest(folder)).free


def nearest(folder: Path) -> Path:
    """Return a folder, or the nearest one above it that exists."""
    return next(place for place in (folder, *folder.absolute().parents) if place.is_dir())
