"""Time and memory of a peer, or of our container's program, for one case."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measured import measured
from benchmarks.peers.absent import PACKAGE, PYTHON_VARIABLE, reason
from shared.steps import seconds_of

OURS = "ours"
NNUNET = "nnunet"
PEERS = ("official", "monai_windows", NNUNET)
NAMES = (OURS, *PEERS)
_STEPS_FILE = "steps.json"


@dataclass(frozen=True)
class PeerRun:
    """What one program took for one case.

    Attributes
    ----------
    name : str
        Of `NAMES`.
    seconds, cpu_seconds : float
        Wall clock from start to exit; processor time.
    peak_bytes : int
        Most memory of all its processes together, page cache excluded.
    steps : dict of str to float
        Seconds by step, in their order.
    """

    name: str
    seconds: float
    cpu_seconds: float
    peak_bytes: int
    steps: dict[str, float]


def run_peer(name: str, case_dir: Path, *, threads: int, options: Sequence[str] = ()) -> PeerRun:
    """Run a program for a case in a process of its own.

    Parameters
    ----------
    name : str
        Of `NAMES`.
    case_dir : Path
        The case's /input tree.
    threads : int
        Threads, and the processors that it is held to.
    options : sequence of str
        The program's own, such as ``--region overlap``.

    Raises
    ------
    ChildProcessError
        It failed; the last lines of its stderr.
    ValueError
        If there is none of that name, or there are fewer processors than threads.
    """
    if name not in NAMES:
        raise ValueError(f"expected one of {', '.join(NAMES)}, found {name}")
    module = "task1_container.inference" if name == OURS else f"benchmarks.peers.{name}"
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        command = [_python(name), "-m", module, "--input", str(case_dir.resolve())]
        command += ["--output", str(folder / "output"), *options]
        if name != OURS:
            # Ours takes as many threads as it has processors.
            command += ["--threads", str(threads), "--steps", str(folder / _STEPS_FILE)]
        run = measured(command, processors=threads)
        steps = seconds_of(run.stdout) if name == OURS else _steps(folder)
        return PeerRun(name, run.seconds, run.cpu_seconds, run.peak_bytes, steps)


def left_out(name: str) -> str | None:
    """Return why a peer can't run here and what would help, None if it can."""
    if name != NNUNET:
        return None
    python = _python(name)
    # Asked of the Python that would run it.
    question = f"import importlib.util as u, sys; sys.exit(u.find_spec({PACKAGE!r}) is None)"
    try:
        found = subprocess.run([python, "-c", question], check=False)  # noqa: S603 (our own)
    except OSError:
        return reason(python)
    return reason(python) if found.returncode else None


def _python(name: str) -> str:
    return (name == NNUNET and os.environ.get(PYTHON_VARIABLE)) or sys.executable


def _steps(folder: Path) -> dict[str, float]:
    text = (folder / _STEPS_FILE).read_text(encoding="utf-8")
    steps: dict[str, float] = json.loads(text)
    return steps
