"""What is altered in a case, and what a container owes it then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from numpy.random import Generator

from harness.hostile.scene import Scene

Expected = Literal["answer", "refusal", "either"]
Apply = Callable[[Scene, Generator], Scene]


@dataclass(frozen=True)
class Change:
    """One way to make a case hostile.

    Attributes
    ----------
    name : str
        In a few words, unlike every other's.
    expected : {"answer", "refusal", "either"}
        What is owed to a case with this change alone.
    apply : callable
        Alters a scene; draws what it needs.
    touches : frozenset of str
        Two changes that touch the same are never made to one case: the second would undo the
        first, or ask for something else.
    tasks : tuple of int
        Whose containers look at it.
    """

    name: str
    expected: Expected
    apply: Apply
    touches: frozenset[str]
    tasks: tuple[int, ...] = (1, 2, 3)


def owed(changes: tuple[Change, ...]) -> Expected:
    """Return what is owed to a case with several changes."""
    expected = {change.expected for change in changes}
    if "refusal" in expected:
        return "refusal"
    return "either" if "either" in expected else "answer"
