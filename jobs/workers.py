"""Running jobs in processes that end with whoever asked for them."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import Connection
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def run(
    job: Callable[[Item], Result],
    items: Sequence[Item],
    *,
    workers: int,
    done: Callable[[Result], None],
) -> None:
    """Do a job for each item, in this process or in several others.

    Whatever ends it early (an error, an interrupt, even a kill of this process) ends the
    workers at once, wherever they are; a job must leave nothing that half of it would spoil.

    Parameters
    ----------
    job : callable
        A function of one item, of a module where there are several workers.
    items : sequence
        What to do, in any order.
    workers : int
        Processes; 1 is this one.
    done : callable
        Called here with each item's result, in the order in which they finish.

    Raises
    ------
    ChildProcessError
        A worker died, as when the system took it for want of memory.
    """
    if workers == 1 or len(items) < 2:
        for item in items:
            done(job(item))
        return
    # Read as numpy is imported; each worker has a processor, not all of them.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    context = multiprocessing.get_context("spawn")
    # No worker holds the second end: when it closes, by hand or with this process, all see it.
    lifeline, held = context.Pipe(duplex=False)
    pool = ProcessPoolExecutor(
        min(workers, len(items)), context, initializer=_follow, initargs=(lifeline,)
    )
    try:
        for future in as_completed([pool.submit(job, item) for item in items]):
            done(future.result())
        pool.shutdown()
    except BrokenProcessPool as error:
        raise ChildProcessError(
            "a worker process died, perhaps for want of memory; what was finished stays"
        ) from error
    finally:
        held.close()
        pool.shutdown(cancel_futures=True)
        lifeline.close()


def _follow(lifeline: Connection) -> None:
    # An interrupt from the keyboard reaches the whole group; the process that asked decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(lifeline,), daemon=True).start()


def _end_with(lifeline: Connection) -> None:
    try:
        lifeline.recv()
    except (EOFError, OSError):
        os._exit(1)
