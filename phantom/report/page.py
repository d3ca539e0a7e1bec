"""The report as one page that needs nothing else: figures inside, no script."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from evaluation.report.page import environment
from evaluation.report.picture import Picture
from phantom.report.checks import CONFIDENCE, Check


@dataclass(frozen=True)
class Part:
    """Drawn or rendered patients: how many, their checks and figures."""

    name: str
    patients: int
    checks: tuple[Check, ...]
    pictures: list[Picture]

    @property
    def good(self) -> int:
        """Number of checks within their limits."""
        return sum(check.passed is True for check in self.checks)

    @property
    def judged(self) -> int:
        """Number of checks that could be measured."""
        return sum(check.passed is not None for check in self.checks)

    @property
    def groups(self) -> list[tuple[str, list[Check]]]:
        """Return the checks by group, in the order of the groups' first checks."""
        order = list(dict.fromkeys(check.group for check in self.checks))
        ranked = sorted(self.checks, key=lambda check: order.index(check.group))
        return [(name, list(checks)) for name, checks in groupby(ranked, lambda c: c.group)]

    @property
    def by_chance(self) -> float:
        """Return how many right figures chance alone puts outside a 99 % interval."""
        return (1 - CONFIDENCE) * sum("99 %" in check.rule for check in self.checks)


def render_page(parts: Sequence[Part], montage: Sequence[Picture], *, seed: int) -> str:
    """Return the HTML."""
    return (
        environment(Path(__file__).parent)
        .get_template("page.html.j2")
        .render(parts=parts, montage=montage, seed=seed)
    )
