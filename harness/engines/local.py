"""Runs a task's entry point in the project's own environment, no daemon needed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from harness.engines.engine import PLATFORM_ENVIRONMENT, EngineError, Job, Places
from harness.engines.profile import Profile
from harness.shim.order import Case, Order
from harness.shim.outcome import Run, run_of

ROOT = Path(__file__).resolve().parents[2]
_IMAGES_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1"}
"""What our images set beside the paths; see shared/Dockerfile."""
_PASSED_ON = (
    "PATH",
    "LANG",
    "LD_LIBRARY_PATH",
    "HECKTOR_ON_ERROR",
    "HECKTOR_TIME_LIMIT_S",
    "HECKTOR_PRECISION",
)


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
        Command to run in place of the task's own entry point; ``--input`` and ``--output`` follow,
        ``--model`` where there is a model, and ``--serve`` where it is to be a server.
    """

    program: Sequence[str] | None = None

    @property
    def name(self) -> str:
        """``local``."""
        return "local"

    def unenforced(self, profile: Profile) -> tuple[str, ...]:
        """List what of the platform this engine cannot impose here; see `Engine.unenforced`."""
        missing = [
            "the image's user, root file system and capabilities (it runs as you, in your files)",
            "a read-only /input and an empty /tmp (TMPDIR is fresh, /tmp is yours)",
            "the size of /dev/shm",
        ]
        if network_wrapper() is None:
            missing.append("no network (this system lets nobody make a network namespace)")
        if shutil.which("taskset") is None:
            missing.append(f"{profile.cpus} CPUs (no taskset)")
        if sys.platform != "linux":
            missing.append("the memory of all processes together (only Linux tells it)")
        return tuple(missing)

    def run(self, job: Job, cases: Sequence[Places]) -> list[Run]:
        """Run the cases; see `Engine.run`."""
        rounds = [cases] if job.api == "invoke" else [[case] for case in cases]
        return [run for some in rounds for run in self._run(job, some)]

    def _run(self, job: Job, cases: Sequence[Places]) -> list[Run]:
        with tempfile.TemporaryDirectory(prefix="hecktor-run-") as name:
            scratch = Path(name)
            order, result = scratch / "order.json", scratch / "result.json"
            for folder in ("output", "tmp"):
                (scratch / folder).mkdir()
            order.write_text(self._order(job, cases, scratch).to_json(), encoding="utf-8")
            words = [sys.executable, "-m", "harness.shim", str(order), str(result)]
            shim = subprocess.run(  # noqa: S603
                [*(network_wrapper() or ()), *_pinned(job.profile), *words],
                cwd=ROOT,
                env=_environment(scratch / "tmp"),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                check=False,
            )
            lines = result.read_text(encoding="utf-8").splitlines() if result.exists() else []
        if shim.returncode != 0 or len(lines) != len(cases):
            reason = shim.stderr.strip().splitlines()[-1:]
            raise EngineError(f"local engine: the supervisor ended early: {' '.join(reason)}")
        return [run_of(line) for line in lines]

    def _order(self, job: Job, cases: Sequence[Places], scratch: Path) -> Order:
        place, output = scratch / "input", scratch / "output"
        program = self.program or (sys.executable, "-m", job.task.program)
        command = [*program, "--input", str(place), "--output", str(output)]
        if job.model is not None:
            command += ["--model", str(job.model.resolve())]
        if job.api == "invoke":
            command.append("--serve")
        return Order(
            command=tuple(command),
            user=None,
            api=job.api,
            cases=tuple(
                Case(str(case.input_dir.resolve()), str(case.output_dir.resolve()))
                for case in cases
            ),
            input_place=str(place),
            output_place=str(output),
            linked=True,
            time_s=job.time_s,
            memory_bytes=job.profile.memory_bytes,
            data_bytes=job.profile.data_bytes,
        )


def _pinned(profile: Profile) -> list[str]:
    """Return the command that keeps a program on some processors and then becomes it."""
    if shutil.which("taskset") is None:
        return []
    cpus = sorted(os.sched_getaffinity(0))[: profile.cpus]
    return ["taskset", "--cpu-list", ",".join(map(str, cpus))]


def _environment(scratch: Path) -> dict[str, str]:
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    places = {"TMPDIR": str(scratch), "HOME": str(scratch)}
    return environment | PLATFORM_ENVIRONMENT | _IMAGES_ENVIRONMENT | places
