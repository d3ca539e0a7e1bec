"""The whole benchmark, in one call."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import SimpleITK as sitk

from benchmarks.speed.cases import SCANS, Scan, write_cases
from benchmarks.speed.limit import Limit, limits, work_of
from benchmarks.speed.measure import MACHINE, ContainerTimes, time_cases, time_servers
from benchmarks.speed.rates import Rates, measure_rates
from benchmarks.speed.show import Result
from harness.engines.engine import Engine
from harness.sanity.cases import RunCase
from harness.tasks import Task
from shared.limits import available_cpus
from shared.manifest import find_weights
from shared.outputs import COMPRESSION_LEVEL
from shared.runtime import ROOT

Progress = Callable[[int, int], None]
THREADS = min(MACHINE.cpus, available_cpus())
"""Processors of the rates: as many as the containers have."""


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
        Of which patients; the first for servers.
    """

    tasks: Sequence[Task]
    folder: Path
    repeats: int
    scans: Sequence[Scan] = SCANS


def benchmark(plan: Plan, engine: Engine, *, containers: Progress, servers: Progress) -> Result:
    """Render the scans, run containers and servers, and measure the machine.

    Parameters
    ----------
    plan : Plan
        What.
    engine : Engine
        Where.
    containers, servers : callable
        Called with the number of runs done and of all.

    Raises
    ------
    ChildProcessError
        If a run fails.
    """
    # What is missing is told before an hour of runs, not after.
    network = segmentation_network()
    cases = write_cases(plan.folder, plan.tasks, plan.scans)
    taken = time_cases(engine, cases, repeats=plan.repeats, progress=containers)
    first = [case for scan, case in cases if scan == plan.scans[0]]
    served = time_servers(engine, first, repeats=plan.repeats, progress=servers)
    rates = _rates(first[0])
    return Result(
        engine=engine.name,
        scans={scan.name: scan.title for scan in plan.scans},
        taken=tuple(taken),
        served=tuple(served),
        limits=_limits(cases, taken, rates, network),
        rates=rates,
    )


def _rates(case: RunCase) -> Rates:
    # A mask of a CT is almost empty; so is this one.
    ct = sitk.ReadImage(str(case.ct_file))
    labels = sitk.GetArrayFromImage(ct > 1500).tobytes()
    return measure_rates(case.ct_file, labels, level=COMPRESSION_LEVEL, threads=THREADS)


def _limits(
    cases: Sequence[tuple[Scan, RunCase]],
    taken: Sequence[ContainerTimes],
    rates: Rates,
    network: bytes,
) -> dict[str, list[Limit]]:
    return {
        scan.name: limits(
            work_of(case.input_dir, network, threads=THREADS), one.steps, rates, "float32"
        )
        for (scan, case), one in zip(cases, taken, strict=True)
        if case.task.number == 1
    }


def segmentation_network() -> bytes:
    """Return Task 1's shipped network, a whole ONNX file; an ensemble's first.

    Limits are those of one network.
    """
    weights = find_weights(ROOT / "weights/task1", Path("/none"), roles=("segmentation",))
    return weights["segmentation"].read(weights["segmentation"].files.files[0])
