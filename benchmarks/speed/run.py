"""The whole benchmark, in one call."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import SimpleITK as sitk

from benchmarks.speed.cases import SCANS, Scan, write_cases
from benchmarks.speed.limit import Limit, limits, work_of
from benchmarks.speed.measure import MACHINE, Taken, time_cases, time_servers
from benchmarks.speed.rates import Rates, measure_rates
from benchmarks.speed.rivals import Raced, race
from benchmarks.speed.show import Result
from harness.engines.engine import Engine
from harness.sanity.cases import RunCase
from harness.tasks import TASKS, Task
from shared.limits import available_cpus
from shared.manifest import find_weights
from shared.outputs import COMPRESSION_LEVEL
from shared.runtime import ROOT

Progress = Callable[[int, int], None]
THREADS = min(MACHINE.cpus, available_cpus())
"""Processors of the rates and of the peers: as many as the containers have."""


@dataclass(frozen=True)
class Plan:
    """What to measure.

    Attributes
    ----------
    tasks : sequence of Task
        Whose containers.
    folder : Path
        Keeps the rendered scans for the next run.
    repeats : int
        Runs of each, whose median counts.
    scans : sequence of Scan
        Of which patients; the first for servers and peers.
    peers : int
        Runs of each other pipeline.
    """

    tasks: Sequence[Task]
    folder: Path
    repeats: int
    scans: Sequence[Scan] = SCANS
    peers: int = 0


@dataclass(frozen=True)
class Shows:
    """Who is told of progress, each with the number of runs done and of all."""

    containers: Progress
    servers: Progress
    peers: Progress


def benchmark(plan: Plan, engine: Engine, shows: Shows) -> Result:
    """Render the scans, run containers, servers and peers, and measure the machine.

    Parameters
    ----------
    plan : Plan
        What.
    engine : Engine
        Where.
    shows : Shows
        Who is told of progress.

    Raises
    ------
    ChildProcessError
        If a run fails.
    """
    # What is missing is told before an hour of runs, not after.
    network = segmentation_network()
    cases = write_cases(plan.folder, plan.tasks, plan.scans)
    taken = time_cases(engine, cases, repeats=plan.repeats, progress=shows.containers)
    first = [case for scan, case in cases if scan == plan.scans[0]]
    served = time_servers(engine, first, repeats=plan.repeats, progress=shows.servers)
    raced, left = _race(plan, shows)
    rates = _rates(first[0])
    return Result(
        engine=engine.name,
        scans={scan.name: scan.title for scan in plan.scans},
        taken=tuple(taken),
        served=tuple(served),
        limits=_limits(cases, taken, rates, network),
        rates=rates,
        raced=tuple(raced),
        left_out=tuple(left),
    )


def _race(plan: Plan, shows: Shows) -> tuple[list[Raced], list[str]]:
    if not plan.peers:
        return [], []
    ((_, case),) = write_cases(plan.folder, [TASKS[1]], plan.scans[:1])
    return race(case.input_dir, threads=THREADS, repeats=plan.peers, progress=shows.peers)


def _rates(case: RunCase) -> Rates:
    # A mask of a CT is almost empty; so is this one.
    ct = sitk.ReadImage(str(case.ct_file))
    labels = sitk.GetArrayFromImage(ct > 1500).tobytes()
    return measure_rates(case.ct_file, labels, level=COMPRESSION_LEVEL, threads=THREADS)


def _limits(
    cases: Sequence[tuple[Scan, RunCase]],
    taken: Sequence[Taken],
    rates: Rates,
    network: bytes,
) -> dict[str, list[Limit]]:
    return {
        scan.name: limits(work_of(case.input_dir, network), one.steps, rates, "float32")
        for (scan, case), one in zip(cases, taken, strict=True)
        if case.task.number == 1
    }


def segmentation_network() -> bytes:
    """Return Task 1's shipped network, a whole ONNX file; an ensemble's first.

    Limits are those of one network.
    """
    weights = find_weights(ROOT / "weights/task1", Path("/none"), roles=("segmentation",))
    return weights["segmentation"].read(weights["segmentation"].files.files[0])
