"""Watches a running program: its time, its memory, its streams and its end."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Literal

from harness.shim.order import Order
from harness.shim.outcome import TIME_MESSAGE, Run
from harness.shim.processes import descendants, held_bytes, kill_descendants
from harness.shim.streams import Stream

GRACE_S = 5.0
"""Between SIGTERM and SIGKILL."""
OPEN_PIPE_S = 2.0
"""How long a child may keep a pipe open after the program's end before it is told as a fault."""
SAMPLE_S = 0.02
_OOM_COUNTERS = (
    Path("/sys/fs/cgroup/memory.events"),
    Path("/sys/fs/cgroup/memory/memory.oom_control"),
)

Stopped = Literal["time", "memory"] | None


@dataclass
class Watched:
    """A running program under watch.

    Attributes
    ----------
    process : Popen
        With both pipes.
    order : Order
        Its limits.
    peak_bytes : int
        Most memory seen so far.
    """

    process: subprocess.Popen[bytes]
    order: Order
    peak_bytes: int = 0
    _streams: tuple[Stream, Stream] = field(init=False)
    _killed_before: int = field(init=False)

    def __post_init__(self) -> None:
        out, err = _pipe(self.process.stdout), _pipe(self.process.stderr)
        self._streams = Stream("stdout", out), Stream("stderr", err)
        self._killed_before = killed_for_memory()

    def look(self) -> Stopped:
        """Sample the memory; say whether it is too much."""
        held = held_bytes(descendants(os.getpid()))
        self.peak_bytes = max(self.peak_bytes, held)
        limit = self.order.memory_bytes
        return "memory" if limit is not None and held > limit else None

    def wait(self, limit_s: float) -> Stopped:
        """Wait for the end, within the limits; then end it, gently where its time is over."""
        started = time.monotonic()
        stopped: Stopped = None
        while self.process.poll() is None and stopped is None:
            stopped = self.look()
            if time.monotonic() - started > limit_s:
                stopped = "time"
            time.sleep(SAMPLE_S)
        if stopped == "time":
            self.end_gently()
        elif stopped == "memory":
            self.process.kill()
        self.process.wait()
        return "memory" if self.starved else stopped

    @property
    def starved(self) -> bool:
        """Whether the kernel has killed a process of this control group for its memory."""
        return killed_for_memory() > self._killed_before

    def end_gently(self) -> None:
        """Send SIGTERM to the whole group, and SIGKILL to what is left after five seconds."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(GRACE_S)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def close(self) -> tuple[str, ...]:
        """After the program's end, say which pipes a child keeps open, and kill what is left."""
        open_pipes = [s.name for s in self._streams if not s.ended(OPEN_PIPE_S)]
        self.kill_rest()
        return tuple(
            f"{name}: a child that was left behind keeps it open, and the platform waits for its "
            "end until the time is over"
            for name in open_pipes
        )

    def kill_rest(self) -> None:
        """Kill what the program has left behind, and read the pipes to their end."""
        kill_descendants(os.getpid())
        for stream in self._streams:
            stream.ended(OPEN_PIPE_S)

    def said(self) -> tuple[str, str, tuple[str, ...]]:
        """Return stdout, stderr and their faults since one asked last."""
        (out, out_faults), (err, err_faults) = (stream.take() for stream in self._streams)
        return out, err, out_faults + err_faults


def run_to_end(process: subprocess.Popen[bytes], order: Order) -> Run:
    """Watch a program that ends by itself."""
    started = time.monotonic()
    watched = Watched(process, order)
    stopped = watched.wait(order.time_s)
    seconds = time.monotonic() - started
    left_open: tuple[str, ...] = ()
    if stopped is None:
        left_open = watched.close()
    else:
        watched.kill_rest()
    stdout, stderr, faults = watched.said()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Run(
        exit_code=process.returncode,
        seconds=seconds,
        cpu_seconds=used.ru_utime + used.ru_stime,
        peak_memory_bytes=watched.peak_bytes or None,
        stdout=stdout,
        stderr=stderr,
        stopped=stopped,
        refusal=TIME_MESSAGE if left_open else None,
        faults=faults + left_open,
    )


def killed_for_memory() -> int:
    """Count the processes of this control group that the kernel has killed for their memory."""
    for file in _OOM_COUNTERS:
        with suppress(OSError):
            counts = dict(line.split() for line in file.read_text().splitlines())
            return int(counts.get("oom_kill", 0))
    return 0


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise ValueError("expected a process with pipes")
    return pipe
