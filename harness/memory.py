"""Memory that a run holds for itself: anonymous and shared pages, never the page cache."""

import os
from collections.abc import Mapping
from pathlib import Path

import psutil

CGROUPS = Path("/sys/fs/cgroup")


def held_by_session(session: int) -> int:
    """Sum what all processes of one session hold.

    Parameters
    ----------
    session : int
        Session id, the process id of its leader. A child whose parent has gone stays in it.

    Returns
    -------
    int
        Bytes.
    """
    return sum(_held_by_process(pid) for pid in session_processes(session))


def session_processes(session: int) -> list[int]:
    """List the living processes of a session; a zombie is not alive."""
    members = []
    for pid in psutil.pids():
        try:
            if os.getsid(pid) == session and _lives(pid):
                members.append(pid)
        except (ProcessLookupError, PermissionError, psutil.Error):
            continue
    return members


def _lives(pid: int) -> bool:
    return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def _held_by_process(pid: int) -> int:
    status = Path(f"/proc/{pid}/status")
    try:
        if not status.exists():  # no Linux, or gone
            return int(psutil.Process(pid).memory_info().rss)
        fields = dict(
            line.split(":", 1) for line in status.read_text(encoding="utf-8").splitlines()
        )
    except (OSError, psutil.Error):
        return 0
    return sum(int(fields.get(name, "0 kB").split()[0]) for name in ("RssAnon", "RssShmem")) * 1024


def held_by_cgroup(stat: Mapping[str, int]) -> int | None:
    """Read the memory that a control group holds for itself.

    Parameters
    ----------
    stat : mapping of str to int
        Its ``memory.stat``, version 1 or 2.

    Returns
    -------
    int or None
        Bytes; None where the fields are missing.
    """
    for anonymous, shared in (("anon", "shmem"), ("total_rss", "total_shmem"), ("rss", "shmem")):
        if anonymous in stat:
            return stat[anonymous] + stat.get(shared, 0)
    return None


def cgroup_of(pid: int, container_id: str) -> Path | None:
    """Find the ``memory.stat`` of the container that process ``pid`` of this host runs in.

    None where it is not visible from here, for instance with a daemon on another machine.
    """
    try:
        lines = Path(f"/proc/{pid}/cgroup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if container_id not in path or controllers not in {"", "memory"}:
            continue
        root = CGROUPS / "memory" if controllers else CGROUPS
        stat = root / path.lstrip("/") / "memory.stat"
        if stat.is_file():
            return stat
    return None


def read_stat(file: Path) -> dict[str, int]:
    """Read a ``memory.stat``; empty once the group is gone."""
    try:
        words = [line.split() for line in file.read_text(encoding="utf-8").splitlines()]
    except OSError:
        return {}
    return {name: int(value) for name, value in words}
