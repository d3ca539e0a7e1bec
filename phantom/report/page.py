"""The report as one page that needs nothing else: figures inside, no script."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from phantom.report.checks import CONFIDENCE, Check
from phantom.report.figures import Picture


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
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"shown": shown, "embedded": _embedded}
    return environment.get_template("page.html.j2").render(
        parts=parts, montage=montage, seed=seed, good=sum(part.good for part in parts)
    )


def shown(value: float | None, unit: str) -> str:
    """Return a figure for a reader: three digits, a share as a percentage, a dash for none."""
    if value is None or np.isnan(value):
        return "–"
    if unit == "%":
        return f"{100 * value:.1f} %"
    digits = f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return f"{digits} {unit}".strip()


def _embedded(picture: Picture) -> Markup:
    data = base64.b64encode(picture.png).decode("ascii")
    return Markup('<img alt="{}" src="data:image/png;base64,{}">').format(picture.title, data)
