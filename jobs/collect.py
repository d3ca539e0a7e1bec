"""Results of many jobs in the order they were asked for, with the progress on stderr."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from rich.console import Console

from jobs.progress import shown
from jobs.workers import run

Item = TypeVar("Item")
Result = TypeVar("Result")


def collected(
    job: Callable[[Item], Result], items: Sequence[Item], *, workers: int, what: str
) -> list[Result]:
    """Do a job for each item as `jobs.workers.run` does, and return what came of each.

    Parameters
    ----------
    job : callable
        A function of one item, of a module where there are several workers.
    items : sequence
        What to do.
    workers : int
        Processes; 1 is this one.
    what : str
        What is counted, as ``patients prepared``.

    Returns
    -------
    list
        Results in the order of the items.

    Raises
    ------
    ChildProcessError
        A worker died; an error of a job comes out as it is.
    """
    found: dict[int, Result] = {}
    with shown(Console(stderr=True), what) as progress:

        def done(numbered: tuple[int, Result]) -> None:
            number, result = numbered
            found[number] = result
            progress(len(found), len(items))

        progress(0, len(items))
        run(partial(_numbered, job=job), list(enumerate(items)), workers=workers, done=done)
    return [found[number] for number in range(len(items))]


def _numbered(item: tuple[int, Item], *, job: Callable[[Item], Result]) -> tuple[int, Result]:
    # Workers hand back in the order in which they finish.
    number, what = item
    return number, job(what)
