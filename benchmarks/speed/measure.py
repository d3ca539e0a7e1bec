"""Run whole containers again and again, in turn, and keep what each run took."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.speed.cases import Scan
from harness.checks.outputs import check_run
from harness.engines.engine import Engine, Job, Places
from harness.engines.profile import DEFAULT, PROFILES
from harness.sanity.cases import RunCase
from harness.shim.order import Api
from harness.shim.outcome import Run
from shared.steps import seconds_of

MACHINE = PROFILES[DEFAULT]


@dataclass(frozen=True)
class ContainerTimes:
    """What the runs of one task on one scan took.

    Attributes
    ----------
    task : int
        1, 2 or 3.
    scan : str
        Name of the scan.
    seconds, cpu_seconds : tuple of float
        Of each run: wall clock from the start of the container's program to its exit, and
        processor time of all its processes.
    peak_bytes : tuple of int
        Most memory of all its processes together, page cache excluded.
    start_s : tuple of float
        Of each run: what is not the case's, so interpreter, imports, models, and the end.
    steps : dict of str to float
        Median seconds of each step that the program's log tells.
    """

    task: int
    scan: str
    seconds: tuple[float, ...]
    cpu_seconds: tuple[float, ...]
    peak_bytes: tuple[int, ...]
    start_s: tuple[float, ...]
    steps: dict[str, float]

    @property
    def median_s(self) -> float:
        """Median wall clock."""
        return median(self.seconds)

    @property
    def median_cpu_s(self) -> float:
        """Median processor time."""
        return median(self.cpu_seconds)

    @property
    def peak_gb(self) -> float:
        """Highest peak."""
        return max(self.peak_bytes) / 1e9


@dataclass(frozen=True)
class ServerTimes:
    """What a server took.

    Attributes
    ----------
    task : int
        1, 2 or 3.
    ready_s : tuple of float
        Of each start: until it said that it was ready, its models loaded.
    first_s, second_s : tuple of float
        The network's step of the first and of the second case, the same patient.
    """

    task: int
    ready_s: tuple[float, ...]
    first_s: tuple[float, ...]
    second_s: tuple[float, ...]

    @property
    def first_over_second(self) -> float:
        """How much longer a first pass takes: what is compiled or allocated only then."""
        return median(self.first_s) / max(median(self.second_s), 1e-9)


def time_cases(
    engine: Engine,
    cases: Sequence[tuple[Scan, RunCase]],
    *,
    repeats: int,
    progress: Callable[[int, int], None],
) -> list[ContainerTimes]:
    """Run each case by exec several times.

    All cases once, then all again: a slow minute of the machine falls on each of them.

    Parameters
    ----------
    engine : Engine
        Where.
    cases : sequence of (Scan, RunCase)
        What.
    repeats : int
        Runs of each.
    progress : callable
        Called with the number of runs done and of all.

    Raises
    ------
    ChildProcessError
        If a run fails: its time says nothing.
    """
    runs: list[list[Run]] = [[] for _ in cases]
    done, total = 0, repeats * len(cases)
    progress(done, total)
    for _ in range(repeats):
        for (_, case), own in zip(cases, runs, strict=True):
            own += _run(engine, [case], api="exec")
            done += 1
            progress(done, total)
    return [_taken(scan, case, own) for (scan, case), own in zip(cases, runs, strict=True)]


def time_servers(
    engine: Engine,
    cases: Sequence[RunCase],
    *,
    repeats: int,
    progress: Callable[[int, int], None],
) -> list[ServerTimes]:
    """Start a server for each case several times, and give it the case twice.

    Raises
    ------
    ChildProcessError
        If a run fails.
    """
    pairs: list[list[list[Run]]] = [[] for _ in cases]
    done, total = 0, repeats * len(cases)
    progress(done, total)
    for _ in range(repeats):
        for case, own in zip(cases, pairs, strict=True):
            own.append(_run(engine, [case, case], api="invoke"))
            done += 1
            progress(done, total)
    return [_served(case, own) for case, own in zip(cases, pairs, strict=True)]


def _run(engine: Engine, cases: Sequence[RunCase], *, api: Api) -> list[Run]:
    task = cases[0].task
    places = [_fresh(case, index) for index, case in enumerate(cases)]
    job = Job(task, MACHINE, task.time_limit_s, api)
    try:
        runs = engine.run(job, places)
    finally:
        for place in places:
            shutil.rmtree(place.output_dir)
    for case, run in zip(cases, runs, strict=True):
        if problems := check_run(run):
            raise ChildProcessError(f"task {task.number}, {case.name}: {problems[0]}")
    return runs


def _fresh(case: RunCase, index: int) -> Places:
    output_dir = Path(f"{case.input_dir}-output-{index}")
    shutil.rmtree(output_dir, ignore_errors=True)
    output_dir.mkdir()
    return Places(case.input_dir, output_dir)


def _taken(scan: Scan, case: RunCase, runs: Sequence[Run]) -> ContainerTimes:
    logs = [seconds_of(run.stdout) for run in runs]
    return ContainerTimes(
        task=case.task.number,
        scan=scan.name,
        seconds=tuple(run.seconds for run in runs),
        cpu_seconds=tuple(run.cpu_seconds for run in runs),
        peak_bytes=tuple(_peak(run) for run in runs),
        start_s=tuple(run.seconds - log["case"] for run, log in zip(runs, logs, strict=True)),
        steps={name: median(log.get(name, 0.0) for log in logs) for name in logs[0]},
    )


def _peak(run: Run) -> int:
    if run.peak_memory_bytes is None:
        raise ChildProcessError("a run was over before its memory was looked at")
    return run.peak_memory_bytes


def _served(case: RunCase, pairs: Sequence[Sequence[Run]]) -> ServerTimes:
    first, second = zip(*pairs, strict=True)
    return ServerTimes(
        task=case.task.number,
        ready_s=tuple(run.ready_seconds or 0.0 for run in first),
        first_s=tuple(seconds_of(run.stdout)["network"] for run in first),
        second_s=tuple(seconds_of(run.stdout)["network"] for run in second),
    )
