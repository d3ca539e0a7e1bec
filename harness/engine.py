"""What it means to run one case: the limits, what came of it, and who can do it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from harness.tasks import Task

GIB = 1024**3
# What the platform sets for every job.
PLATFORM_ENVIRONMENT = {"LOG_LEVEL": "INFO", "PYTHONUNBUFFERED": "1"}
# Between SIGTERM and SIGKILL.
GRACE_S = 5.0

TIME_MESSAGE = "Time limit exceeded"
MEMORY_MESSAGE = "The container was killed as it exceeded its memory limit"
SILENT_MESSAGE = "No errors were reported in the logs."


class EngineError(Exception):
    """The engine itself cannot run: no daemon, no image. Not the fault of the case."""


@dataclass(frozen=True)
class Limits:
    """What one run may use.

    Attributes
    ----------
    time_s : float
        Wall clock from start to exit.
    memory_bytes : int
        Of the whole process tree; there is no swap beside it.
    cpus : int
        Number of processors.
    """

    time_s: float
    memory_bytes: int = 16 * GIB
    cpus: int = 2


@dataclass(frozen=True)
class Run:
    """What came of one run.

    Attributes
    ----------
    exit_code : int
        As the platform sees it; negative for a signal on the local engine.
    seconds : float
        Wall clock from start to exit.
    peak_memory_bytes : int or None
        Of the process tree, page cache excluded, sampled; None where it was over before a sample.
    stdout, stderr : str
        Undecodable bytes replaced.
    stopped : {"time", "memory"} or None
        The limit that ended it.
    """

    exit_code: int
    seconds: float
    peak_memory_bytes: int | None
    stdout: str
    stderr: str
    stopped: Literal["time", "memory"] | None = None

    @property
    def message(self) -> str | None:
        """The error that the platform would show its user; None when the run succeeded."""
        if self.stopped == "time":
            return TIME_MESSAGE
        if self.stopped == "memory" or self.exit_code == 137:
            return MEMORY_MESSAGE
        if self.exit_code == 0:
            return None
        lines = [line.strip() for line in self.stderr.splitlines() if line.strip()]
        return lines[-1][:1024] if lines else SILENT_MESSAGE


class Engine(Protocol):
    """Somewhere a task can run."""

    @property
    def name(self) -> str:
        """``docker`` or ``local``."""
        ...

    def unenforced(self) -> tuple[str, ...]:
        """List in plain words what of the platform this engine cannot impose here."""
        ...

    def run(self, task: Task, *, input_dir: Path, output_dir: Path, limits: Limits) -> Run:
        """Run one case and wait for its end.

        Parameters
        ----------
        task : Task
            Which program.
        input_dir : Path
            A Grand Challenge ``/input`` tree.
        output_dir : Path
            Empty folder that receives the outputs.
        limits : Limits
            What the run may use.

        Returns
        -------
        Run
            Whatever happened to the program.

        Raises
        ------
        EngineError
            If it could not be started at all.
        """
        ...
