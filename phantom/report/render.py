"""Rendering in worker processes, which hand back measurements and let go of the scans."""

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool

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
    progress(0, patients)
    for index, measured in _measured(jobs, workers):
        found[index] = measured
        progress(len(found), patients)
    return [found[index] for index in range(patients)]


def _measured(jobs: list[Job], workers: int) -> Iterator[tuple[int, Measured]]:
    if workers == 1:
        for job in jobs:
            yield job.index, measure(job)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(workers, len(jobs)), mp_context=context) as pool:
        futures = {pool.submit(measure, job): job.index for job in jobs}
        try:
            for future in as_completed(futures):
                yield futures[future], future.result()
        except BrokenProcessPool as error:
            raise ChildProcessError("a worker died, perhaps for want of memory") from error
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
