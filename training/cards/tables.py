"""Tables in Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from training.measure.statistics import INTERVAL


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table; what is not text in a cell must have been made text before."""
    lines = [_line(head), "|" + "---|" * len(head), *(_line(row) for row in rows)]
    return "\n".join(lines) + "\n"


def two_columns(rows: Mapping[str, Any]) -> str:
    """Return names and values, one pair a row; underscores in names become spaces."""
    return table(("", ""), [(_words(name), shown(value)) for name, value in rows.items()])


def figures(metrics: Mapping[str, Any]) -> str:
    """Return figures by name, each with its 95 % interval (`NAME_95`) beside it.

    An interval whose figure goes by another name has a row of its own.
    """
    rows = []
    for name, value in metrics.items():
        of = name.removesuffix(INTERVAL)
        if of == name:
            interval = _interval(metrics.get(f"{name}{INTERVAL}"))
            rows.append((_words(name), shown(value), interval))
        elif of not in metrics:
            rows.append((_words(of), "", _interval(value)))
    return table(("figure", "value", "95 %"), rows)


def shown(value: Any, interval: Sequence[Any] | None = None, *, digits: int = 3) -> str:
    """Return a value as it stands in a cell, with an interval in brackets where there is one."""
    if value is None:
        return "not defined"
    text = f"{value:.{digits}f}" if isinstance(value, float) else str(value)
    return text if interval is None else f"{text} ({_interval(interval)})"


def _words(name: str) -> str:
    return name.replace("_", " ")


def _interval(ends: Sequence[Any] | None) -> str:
    return "" if ends is None else " to ".join(shown(end) for end in ends)


def _line(cells: Sequence[str]) -> str:
    # A bar would end the cell.
    escaped = (cell.replace("|", "\\|").replace("\n", " ") for cell in cells)
    return "| " + " | ".join(escaped) + " |"
