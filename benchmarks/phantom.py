"""Seconds and memory of one phantom patient, on one core, with and without writing.

Every run is a process of its own, so that its peak memory is the patient's and no cache is warm.
"""

import multiprocessing
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.machine import Machine, cores
from phantom.disk.cohort import write_cohort
from phantom.patient import make_patient
from phantom.report.measure import peak_bytes
from phantom.report.published import BODY_SECONDS, NECK_SECONDS, PEAK_GB

THREADS = ("ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")


@dataclass(frozen=True)
class Case:
    """What is rendered: a patient at a centre, the neck alone or as the centre scans."""

    name: str
    centre: str
    neck_only: bool

    @property
    def limit_s(self) -> float:
        """Seconds that it may take."""
        return NECK_SECONDS if self.neck_only else BODY_SECONDS


CASES = (
    Case("neck, the commonest grid (MDA)", "MDA", neck_only=True),
    Case("neck, 1.5 mm slices (CHUM)", "CHUM", neck_only=True),
    Case("whole body, 1.5 mm slices (CHUP)", "CHUP", neck_only=False),
)


@dataclass(frozen=True)
class Job:
    """One run: a case of a seed, written to disk or kept in memory."""

    case: Case
    seed: int
    writes: bool


@dataclass(frozen=True)
class Result:
    """Median seconds and highest peak of a case's runs."""

    case: Case
    writes: bool
    seconds: tuple[float, ...]
    peak_gb: float

    @property
    def median_s(self) -> float:
        """Median of the runs."""
        return statistics.median(self.seconds)

    @property
    def within(self) -> bool:
        """Whether seconds and memory keep their limits."""
        return self.median_s <= self.case.limit_s and self.peak_gb < PEAK_GB


def run_job(job: Job) -> tuple[float, float]:
    """Render a patient on one core; return seconds and the process's peak memory in GB."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(cores())})
    case = job.case
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        if job.writes:
            write_cohort(
                Path(folder),
                patients=1,
                seed=job.seed,
                centres=(case.centre,),
                neck_only=case.neck_only,
            )
        else:
            make_patient(job.seed, 0, centre=case.centre, neck_only=case.neck_only)
        seconds = time.perf_counter() - start
    return seconds, peak_bytes() / 1e9


def benchmark(
    cases: Sequence[Case],
    *,
    seed: int,
    repeats: int,
    run: Callable[[Job], tuple[float, float]],
    progress: Callable[[int, int], None],
) -> list[Result]:
    """Time each case, without and with writing.

    Parameters
    ----------
    cases : sequence of Case
        What to render.
    seed : int
        Of the patients, the same in every run.
    repeats : int
        Runs of each, whose median counts.
    run : callable
        Does one job and returns seconds and peak GB; `isolated` in earnest.
    progress : callable
        Called with the number of runs done and of all.
    """
    results: list[Result] = []
    total, done = 2 * len(cases) * repeats, 0
    progress(done, total)
    for case in cases:
        for writes in (False, True):
            runs = []
            for _ in range(repeats):
                runs.append(run(Job(case, seed, writes)))
                done += 1
                progress(done, total)
            seconds = tuple(second for second, _ in runs)
            results.append(Result(case, writes, seconds, max(peak for _, peak in runs)))
    return results


def isolated(job: Job) -> tuple[float, float]:
    """Do a job in a process of its own, with libraries held to one thread."""
    before = {name: os.environ.get(name) for name in THREADS}
    os.environ.update(dict.fromkeys(THREADS, "1"))
    try:
        # Read as the libraries load, so it must be set before the process starts.
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            return pool.apply(run_job, (job,))
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def markdown(results: Sequence[Result], machine: Machine) -> str:
    """Return the results as a Markdown table, and the machine below."""
    lines = [
        "| patient | written | seconds (median) | limit | peak GB | limit | |",
        "|---|---|---:|---:|---:|---:|---|",
    ]
    lines += [
        f"| {result.case.name} | {'yes' if result.writes else 'no'} | {result.median_s:.1f} "
        f"| {result.case.limit_s:.0f} | {result.peak_gb:.2f} | {PEAK_GB:.0f} "
        f"| {'within' if result.within else 'OVER'} |"
        for result in results
    ]
    runs = len(results[0].seconds) if results else 0
    return "\n".join([*lines, "", f"One core of: {machine}. Median of {runs} runs."])


def as_json(results: Sequence[Result], machine: Machine) -> dict[str, Any]:
    """Return the results as plain values."""
    return {
        "machine": asdict(machine),
        "limits": {"neck_s": NECK_SECONDS, "whole_body_s": BODY_SECONDS, "peak_gb": PEAK_GB},
        "results": [
            asdict(result) | {"median_s": result.median_s, "within": result.within}
            for result in results
        ],
    }
