"""What an engine is: somewhere a task's program runs on cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from harness.engines.profile import Profile
from harness.shim.order import Api
from harness.shim.outcome import Run
from harness.tasks import Task

PLATFORM_ENVIRONMENT = {
    "LOG_LEVEL": "INFO",
    "PYTHONUNBUFFERED": "1",
    "no_proxy": "amazonaws.com",
}
"""What the platform sets for every job."""


class EngineError(Exception):
    """The engine itself cannot run: no daemon, no image. Not the fault of the case."""


@dataclass(frozen=True)
class Places:
    """One case on this machine.

    Attributes
    ----------
    input_dir : Path
        A Grand Challenge ``/input`` tree.
    output_dir : Path
        Empty folder that receives the outputs.
    """

    input_dir: Path
    output_dir: Path


@dataclass(frozen=True)
class Job:
    """What to run.

    Attributes
    ----------
    task : Task
        Which program, unless the engine is told another.
    profile : Profile
        On what machine.
    time_s : float
        How long a case may take.
    api : {"exec", "invoke"}
        A process a case, or a server for all of them.
    model : Path or None
        Extracted model tarball, to be found at ``/opt/ml/model``.
    """

    task: Task
    profile: Profile
    time_s: float
    api: Api = "exec"
    model: Path | None = None


class Engine(Protocol):
    """Somewhere a task can run."""

    @property
    def name(self) -> str:
        """``docker`` or ``local``."""
        ...

    def unenforced(self, profile: Profile) -> tuple[str, ...]:
        """List in plain words what of the platform this engine cannot impose here."""
        ...

    def run(self, job: Job, cases: Sequence[Places]) -> list[Run]:
        """Run the cases, one after the other, and wait for their end.

        Parameters
        ----------
        job : Job
            What to run.
        cases : sequence of Places
            On what: by exec each in a fresh container, by invoke all in one.

        Returns
        -------
        list of Run
            One a case, whatever happened to the program.

        Raises
        ------
        EngineError
            If it could not be started at all.
        """
        ...
