"""Runs a task's entry point in the project's own environment, no daemon needed."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, Literal

from harness.engine import GRACE_S, PLATFORM_ENVIRONMENT, EngineError, Limits, Run
from harness.memory import held_by_session, session_processes
from harness.tasks import Task

ROOT = Path(__file__).resolve().parent.parent
SAMPLE_S = 0.05


@cache
def network_wrapper() -> tuple[str, ...] | None:
    """Find the command that starts a program without network, None where nothing can."""
    for wrapper in (("unshare", "--net"), ("unshare", "--map-root-user", "--net")):
        if shutil.which(wrapper[0]) is None:
            return None
        probe = subprocess.run([*wrapper, "true"], capture_output=True, check=False)  # noqa: S603
        if probe.returncode == 0:
            return wrapper
    return None


@dataclass(frozen=True)
class LocalEngine:
    """The entry points as subprocesses, under the same limits as far as the system allows.

    Attributes
    ----------
    program : sequence of str, optional
        Command to run in place of the task's own entry point; ``--input`` and ``--output`` follow.
    """

    program: Sequence[str] | None = None

    @property
    def name(self) -> str:
        """``local``."""
        return "local"

    def unenforced(self) -> tuple[str, ...]:
        """List what of the platform this engine cannot impose here."""
        missing = [
            "the image's user, root file system and capabilities (it runs as you, in your files)",
            "a read-only /input and an empty /tmp (TMPDIR is fresh, /tmp is yours)",
        ]
        if network_wrapper() is None:
            missing.append("no network (this system lets nobody make a network namespace)")
        if shutil.which("taskset") is None:
            missing.append("two CPUs (no taskset)")
        if shutil.which("prlimit") is None:
            missing.append("the memory limit at allocation (no prlimit; it is watched instead)")
        return tuple(missing)

    def run(self, task: Task, *, input_dir: Path, output_dir: Path, limits: Limits) -> Run:
        """Run one case; see `Engine.run`."""
        program = self.program or (sys.executable, "-m", task.program)
        command = [
            *(network_wrapper() or ()),
            *_limiters(limits),
            *program,
            "--input",
            str(input_dir.resolve()),
            "--output",
            str(output_dir.resolve()),
        ]
        with (
            tempfile.TemporaryDirectory(prefix="hecktor-tmp-") as scratch,
            tempfile.TemporaryFile() as stdout,
            tempfile.TemporaryFile() as stderr,
        ):
            start = time.monotonic()
            process = _start(command, scratch, stdout, stderr)
            stopped, peak = _watch(process, limits, start)
            seconds = time.monotonic() - start
            return Run(
                exit_code=process.returncode,
                seconds=seconds,
                peak_memory_bytes=peak or None,
                stdout=_text(stdout),
                stderr=_text(stderr),
                stopped=stopped,
            )


def _limiters(limits: Limits) -> list[str]:
    """Build the commands that set CPUs and memory and then become the program."""
    command: list[str] = []
    if shutil.which("taskset") is not None:
        cpus = sorted(os.sched_getaffinity(0))[: limits.cpus]
        command += ["taskset", "--cpu-list", ",".join(map(str, cpus))]
    if shutil.which("prlimit") is not None:
        command += ["prlimit", f"--data={limits.memory_bytes}"]
    return command


def _start(
    command: Sequence[str], scratch: str, stdout: IO[bytes], stderr: IO[bytes]
) -> subprocess.Popen[bytes]:
    kept = ("PATH", "LANG", "LD_LIBRARY_PATH", "HECKTOR_ON_ERROR", "HECKTOR_TIME_LIMIT_S")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    environment |= PLATFORM_ENVIRONMENT | {"TMPDIR": scratch, "HOME": scratch}
    try:
        return subprocess.Popen(  # noqa: S603
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
        )
    except OSError as error:
        raise EngineError(f"local engine: {command[0]} does not start: {error}") from error


def _watch(
    process: subprocess.Popen[bytes], limits: Limits, start: float
) -> tuple[Literal["time", "memory"] | None, int]:
    """Wait for the end of the process and of its session, within the limits."""
    peak = 0
    stopped: Literal["time", "memory"] | None = None
    try:
        while process.poll() is None:
            held = held_by_session(process.pid)
            peak = max(peak, held)
            if held > limits.memory_bytes:
                stopped = "memory"
                break
            if time.monotonic() - start > limits.time_s:
                stopped = "time"
                _end_gently(process)
                break
            time.sleep(SAMPLE_S)
    finally:
        _end_session(process)
    return stopped, peak


def _end_gently(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError, subprocess.TimeoutExpired):
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(GRACE_S)


def _end_session(process: subprocess.Popen[bytes]) -> None:
    """Kill whatever is left of the session, also children that outlived their parent."""
    while members := session_processes(process.pid):
        for pid in members:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.01)
    process.wait()


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode("utf-8", "replace")
