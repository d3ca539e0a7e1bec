"""What each step of a case took: one line of the log, and back from it to seconds."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import Literal

Name = Literal[
    "load",
    "read",
    "locate",
    "resample",
    "network",
    "post-process",
    "describe",
    "score",
    "write",
    "case",
]
"""`load` is of the models; `case` is all from the first header to the written answer."""
_LINE = re.compile(r"\bstep ([a-z-]+): (\d+\.\d+) s\b")


@dataclass
class Step:
    """A step under way.

    Attributes
    ----------
    note : str
        What the log says beside the seconds; filled in as it gets known.
    """

    note: str = ""


@contextmanager
def step(log: logging.Logger, name: Name) -> Iterator[Step]:
    """Time a step and write one line about it; one that fails has its own line."""
    started, current = perf_counter(), Step()
    yield current
    seconds = perf_counter() - started
    log.info("step %s: %.3f s%s", name, seconds, f" ({current.note})" if current.note else "")


def seconds_of(text: str) -> dict[str, float]:
    """Read a log: seconds by step, in the order of their first lines; repeated ones are summed."""
    seconds: dict[str, float] = {}
    for name, value in _LINE.findall(text):
        seconds[name] = round(seconds.get(name, 0.0) + float(value), 3)
    return seconds
