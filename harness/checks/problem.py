"""What is wrong with a run or its outputs, and what the platform would show of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong.

    Attributes
    ----------
    why : str
        Where, what was expected and what was found.
    shown : str or None
        The platform's own words; None where it says nothing, and the score or the challenge's
        rules suffer.
    """

    why: str
    shown: str | None = None

    def __str__(self) -> str:
        """Return one line for a log."""
        if self.shown is None:
            return f"{self.why} (the platform accepts it)"
        # Not twice, where the reason is in the platform's own words.
        return self.why if self.shown in self.why else f"{self.why} (the platform: {self.shown})"
