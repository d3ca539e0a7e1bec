"""Progress of a long command: a bar with the time left on a terminal, plain lines in a log."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


@contextmanager
def shown(console: Console, what: str) -> Iterator[Callable[[int, int], None]]:
    """Show how many things are done.

    Parameters
    ----------
    console : Console
        A terminal gets a bar, anything else a line every 10 %.
    what : str
        What is counted.

    Yields
    ------
    callable
        To be called with the number done and the number in all, at first and after each.
    """
    if not console.is_terminal:
        yield _Lines(console, what)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    # Single things take up to a minute: the rate is that of the last ten.
    with Progress(*columns, console=console, speed_estimate_period=600) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


class _Lines:
    def __init__(self, console: Console, what: str) -> None:
        self._console, self._what = console, what
        self._start: tuple[float, int] | None = None
        self._tenth = 0

    def __call__(self, done: int, total: int) -> None:
        if total == 0:
            return
        tenth = 10 * done // total
        if self._start is None:
            self._start = (time.monotonic(), done)
        elif tenth == self._tenth:
            return
        self._tenth = tenth
        began, at_first = self._start
        line = f"{self._what}: {done} of {total} ({100 * done // total} %)"
        if at_first < done < total:
            seconds = (time.monotonic() - began) / (done - at_first) * (total - done)
            line += f", about {max(round(seconds / 60), 1)} min left"
        self._console.print(line, highlight=False, soft_wrap=True)
