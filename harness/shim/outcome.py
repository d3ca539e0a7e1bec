"""What came of a run, and what the platform would show of it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Literal

# The platform's words.
TIME_MESSAGE = "Time limit exceeded"
INVOKE_TIME_MESSAGE = "Invoke time limit exceeded"
MEMORY_MESSAGE = "The container was killed as it exceeded its memory limit"
SILENT_MESSAGE = "No errors were reported in the logs."
UNEXPECTED_MESSAGE = "An unexpected error occurred"
UNREACHED_MESSAGE = "Could not connect to invoke endpoint"
LONGEST_MESSAGE = 1024


@dataclass(frozen=True)
class Run:
    """What came of one run.

    Attributes
    ----------
    exit_code : int
        Of the program, negative for a signal; of an invoke 0 where it answered 201, else 1.
    seconds : float
        Wall clock from start to exit, or of the call.
    cpu_seconds : float
        Of the program and all its children.
    peak_memory_bytes : int or None
        Of all its processes, page cache excluded, sampled; None where it was over before a sample.
    stdout, stderr : str
        The last lines of each; undecodable bytes replaced.
    stopped : {"time", "memory"} or None
        The limit that ended it.
    refusal : str or None
        Why the platform itself would not go on, in its words.
    faults : tuple of str
        What the streams did that the platform does not bear; each fails the case there.
    strays : tuple of str
        Files written elsewhere than in ``/output`` and ``/tmp``, which the challenge forbids.
    ready_seconds : float or None
        Of a server: from its start until it said that it was ready; None for a process a case.
    """

    exit_code: int
    seconds: float
    cpu_seconds: float
    peak_memory_bytes: int | None
    stdout: str
    stderr: str
    stopped: Literal["time", "memory"] | None = None
    refusal: str | None = None
    faults: tuple[str, ...] = ()
    strays: tuple[str, ...] = ()
    ready_seconds: float | None = None

    def to_json(self) -> str:
        """Return the run as one line."""
        return json.dumps(asdict(self))

    @property
    def message(self) -> str | None:
        """The error that the platform would show its user; None when the run succeeded."""
        if self.stopped == "memory" or self.exit_code == 137:
            return MEMORY_MESSAGE
        if self.refusal is not None:
            return self.refusal
        if self.stopped == "time":
            return TIME_MESSAGE
        if self.faults:
            return UNEXPECTED_MESSAGE
        return None if self.exit_code == 0 else last_line(self.stderr)


def run_of(line: str) -> Run:
    """Read what `Run.to_json` wrote."""
    fields = json.loads(line)
    return Run(**{**fields, "faults": tuple(fields["faults"]), "strays": tuple(fields["strays"])})


def last_line(stderr: str) -> str:
    """Return the line of stderr that the platform shows for a failure."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    return lines[-1][:LONGEST_MESSAGE] if lines else SILENT_MESSAGE
