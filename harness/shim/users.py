"""Who an image's USER is: by the passwd and group files of the image itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ETC = Path("/etc")


class UserError(Exception):
    """The image's user can't be had; the message is the platform's."""


@dataclass(frozen=True)
class User:
    """Whom a program runs as.

    Attributes
    ----------
    uid, gid : int
        Of the user and the first group.
    groups : tuple of int
        Supplementary.
    home : str or None
        None where the user has no entry.
    """

    uid: int
    gid: int
    groups: tuple[int, ...]
    home: str | None


def find_user(text: str, etc: Path = ETC) -> User:
    """Read an image's USER: ``user``, ``user:group``, names or numbers; nothing is root.

    Parameters
    ----------
    text : str
        As the image's configuration spells it.
    etc : Path
        Folder of ``passwd`` and ``group``.

    Raises
    ------
    UserError
        If there is no user or group of that name.
    """
    name, _, group = (text or "0").partition(":")
    entry = next((row for row in _rows(etc / "passwd", 7) if name in (row[0], row[2])), None)
    if entry is None and not name.isdigit():
        raise UserError("The user defined in the containers USER instruction does not exist")
    uid = int(name) if entry is None else int(entry[2])
    first = int(entry[3]) if entry is not None else uid
    gid = _group(group, etc) if group else first
    member = entry[0] if entry is not None else None
    others = {int(row[2]) for row in _rows(etc / "group", 4) if member in row[3].split(",")}
    return User(uid, gid, tuple(sorted(others - {gid})), None if entry is None else entry[5])


def _group(name: str, etc: Path) -> int:
    for row in _rows(etc / "group", 4):
        if name in (row[0], row[2]):
            return int(row[2])
    if name.isdigit():
        return int(name)
    raise UserError("The group defined in the containers USER instruction does not exist")


def _rows(file: Path, fields: int) -> list[list[str]]:
    try:
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    rows = (line.split(":") for line in lines if line and not line.startswith("#"))
    return [row for row in rows if len(row) >= fields]
