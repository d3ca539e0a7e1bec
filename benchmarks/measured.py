"""Seconds, processor time and memory of a command, from start to exit."""

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from signal import SIGKILL

from benchmarks.machine import cores
from harness.shim.processes import descendants, held_bytes

ROOT = Path(__file__).resolve().parents[1]
"""Where commands run: `python -m` finds the project's programs there."""
_LOOK_EVERY_S = 0.02
_TOLD_LINES = 8


@dataclass(frozen=True)
class Measured:
    """What one command took.

    Attributes
    ----------
    seconds : float
        Wall clock from its start to its exit, to 0.02 s.
    cpu_seconds : float
        Processor time, user and system, of it and of the processes that it has waited for.
    peak_bytes : int
        Most memory of all its processes together, page cache excluded, looked at 50 times a second.
    stdout : str
        What it said.
    """

    seconds: float
    cpu_seconds: float
    peak_bytes: int
    stdout: str


def measured(command: Sequence[str], *, processors: int | None = None) -> Measured:
    """Run a command in the project's root and measure it.

    Parameters
    ----------
    command : sequence of str
        The program and its arguments.
    processors : int, optional
        How many it may use, with all that it starts; all of this process's if not given.

    Raises
    ------
    ChildProcessError
        The command failed; the last lines of its stderr.
    ValueError
        If there are fewer processors.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as log:
        start, peak = time.perf_counter(), 0
        with _held_to(processors):
            process = subprocess.Popen(  # noqa: S603 (our own command)
                command, cwd=ROOT, stdout=out, stderr=log, start_new_session=True
            )
        try:
            while (cpu_seconds := _ended(process)) is None:
                peak = max(peak, held_bytes([process.pid, *descendants(process.pid)]))
                time.sleep(_LOOK_EVERY_S)
        except BaseException:
            # In a session of its own an interrupt from the keyboard does not reach it.
            os.killpg(process.pid, SIGKILL)
            process.wait()
            raise
        seconds = time.perf_counter() - start
        if process.returncode:
            log.seek(0)
            lines = log.read().decode(errors="replace").strip().splitlines()
            code = process.returncode
            ended = f"exit code {code}" if code > 0 else f"killed by signal {-code}"
            raise ChildProcessError("\n".join([*lines[-_TOLD_LINES:], ended]))
        out.seek(0)
        return Measured(seconds, cpu_seconds, peak, out.read().decode(errors="replace"))


def _ended(process: subprocess.Popen[bytes]) -> float | None:
    """Return the processor time of a process that has ended, None of one that has not."""
    # Of this child alone, which no counter of all children tells.
    pid, status, usage = os.wait4(process.pid, os.WNOHANG)
    if not pid:
        return None
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime


@contextmanager
def _held_to(processors: int | None) -> Iterator[None]:
    """Let what is started in between use the first so many of this process's processors."""
    allowed = cores()
    if processors is not None and processors > len(allowed):
        raise ValueError(f"expected at most {len(allowed)} processors, found {processors}")
    if processors is None or not hasattr(os, "sched_setaffinity"):
        yield
        return
    os.sched_setaffinity(0, sorted(allowed)[:processors])
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)
