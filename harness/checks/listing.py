"""Which files a container left."""

from __future__ import annotations

from pathlib import Path

from harness.checks.problem import Problem
from harness.shim.outcome import UNEXPECTED_MESSAGE


def check_listing(output_dir: Path, socket: str) -> list[Problem]:
    """Ask for plain files in a socket's place, and nothing beside it.

    Parameters
    ----------
    output_dir : Path
        What was ``/output``.
    socket : str
        The file, or the folder of files, that belongs there.
    """
    found = sorted(p for p in output_dir.rglob("*") if p.is_symlink() or not p.is_dir())
    names = {path: path.relative_to(output_dir).as_posix() for path in found}
    strange = [
        Problem(
            f"{names[path]}: expected a plain file, found a link or something else",
            UNEXPECTED_MESSAGE,
        )
        for path in found
        if path.is_symlink() or not path.is_file()
    ]
    extra = [
        Problem(f"{name}: expected nothing beside {socket} in the output")
        for name in names.values()
        if name != socket and not name.startswith(f"{socket}/")
    ]
    return strange + extra
