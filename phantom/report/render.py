"""Rendering in worker processes, which hand back measurements and let go of the scans."""

from collections.abc import Callable

from jobs.workers import run
from phantom.report.measure import Job, Measured, measure

PICTURED = 24
"""The first patients of the cohort go into the montage, none chosen, none left out."""


def measure_many(
    seed: int, patients: int, *, workers: int, progress: Callable[[int, int], None]
) -> list[Measured]:
    """Render and measure patients ``0 .. patients - 1``, in their order.

    Parameters
    ----------
    seed, patients : int
        Seed of the cohort and how many of it.
    workers : int
        Processes; their number changes no measurement but the seconds.
    progress : callable
        Called with the number done and the number in all, at first and after each patient.

    Raises
    ------
    ChildProcessError
        A worker died, as when the system took it for want of memory.
    """
    jobs = [Job(seed, index, thumbnail=index < PICTURED) for index in range(patients)]
    found: dict[int, Measured] = {}

    def done(result: tuple[int, Measured]) -> None:
        index, measured = result
        found[index] = measured
        progress(len(found), patients)

    progress(0, patients)
    run(_measured, jobs, workers=workers, done=done)
    return [found[index] for index in range(patients)]


def _measured(job: Job) -> tuple[int, Measured]:
    return job.index, measure(job)
