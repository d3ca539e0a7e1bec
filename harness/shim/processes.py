"""The processes below this one: which live, what they hold, what they have used."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_SUBREAPER = 36
"""prctl's number of PR_SET_CHILD_SUBREAPER."""
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class _Process:
    pid: int
    parent: int
    alive: bool
    cpu_seconds: float


def adopt_orphans() -> None:
    """Become the parent of grandchildren whose own parent ends, as process 1 is of all.

    Where the system has no such thing (only Linux does), orphans are lost sight of.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)


def descendants(root: int) -> list[int]:
    """List the living processes below one, itself left out; empty where there is no ``/proc``."""
    return [process.pid for process in _below(root) if process.alive]


def held_bytes(pids: list[int]) -> int:
    """Sum what processes hold for themselves: anonymous and shared pages, never the page cache."""
    return sum(_held(pid) for pid in pids)


def used_cpu_seconds(root: int) -> float:
    """Sum the processor time of the processes below one, and of their children that have ended.

    What has ended without its parent's taking leave of it is lost.
    """
    return sum(process.cpu_seconds for process in _below(root))


def kill_descendants(root: int) -> None:
    """Kill whatever is left below a process, however it tries to get away."""
    while members := descendants(root):
        for pid in members:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        reap()
        time.sleep(0.01)


def reap() -> None:
    """Take leave of adopted children that have ended."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            continue


def _below(root: int) -> list[_Process]:
    processes = {process.pid: process for process in _all()}
    found, parents = [], {root}
    while parents:
        children = [process for process in processes.values() if process.parent in parents]
        found += children
        parents = {process.pid for process in children}
    return found


def _all() -> list[_Process]:
    if not _PROC.is_dir():
        return []
    found = []
    for folder in _PROC.iterdir():
        if folder.name.isdigit() and (process := _read(folder)) is not None:
            found.append(process)
    return found


def _read(folder: Path) -> _Process | None:
    try:
        # The name in brackets may hold anything, brackets too.
        fields = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    state, parent = fields[0], fields[1]
    # Its own user and system time, then those of children that it has waited for.
    ticks = sum(map(int, fields[11:15]))
    return _Process(int(folder.name), int(parent), state not in "ZX", ticks / _TICKS)


def _held(pid: int) -> int:
    try:
        lines = (_PROC / str(pid) / "status").read_text(errors="replace").splitlines()
    except OSError:
        return 0
    fields = dict(line.split(":", 1) for line in lines if ":" in line)
    kilobytes = (fields.get(name, "0 kB").split()[0] for name in ("RssAnon", "RssShmem"))
    return sum(map(int, kilobytes)) * 1024
