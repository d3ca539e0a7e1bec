"""What came of a campaign: a table a family, and every broken promise by name."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.table import Table

from harness.hostile.campaign import Outcome
from harness.hostile.draw import FAMILIES
from harness.hostile.metamorphic import Shift

_MIB = 1024**2


def table(outcomes: Sequence[Outcome]) -> Table:
    """Return a row a family of changes: how its cases ended, and the most that one took."""
    made = Table()
    for name in ("first change", "cases", "answered", "refused", "promise broken"):
        made.add_column(name, justify="left" if name == "first change" else "right")
    made.add_column("longest, s", justify="right")
    made.add_column("most memory, MiB", justify="right")
    for family in FAMILIES:
        own = [one for one in outcomes if one.plan.family == family]
        if own:
            made.add_row(family, *_row(own))
    made.add_section()
    made.add_row("all", *_row(outcomes))
    return made


def _row(outcomes: Sequence[Outcome]) -> list[str]:
    memory = [one.peak_memory_bytes for one in outcomes if one.peak_memory_bytes is not None]
    endings = [one.verdict.ending for one in outcomes]
    return [
        str(len(outcomes)),
        str(endings.count("answered")),
        str(endings.count("refused")),
        str(len(broken(outcomes))),
        f"{max(one.seconds for one in outcomes):.1f}",
        f"{max(memory) / _MIB:.0f}" if memory else "-",
    ]


def shift_table(shifts: Sequence[Shift]) -> Table:
    """Return a row a relation: the worst of its patients."""
    made = Table()
    made.add_column("the same patient", justify="left")
    for name in ("patients", "least Dice GTVp", "least Dice GTVn", "most of risk", "most of HPV"):
        made.add_column(name, justify="right")
    for relation in dict.fromkeys(shift.relation for shift in shifts):
        own = [shift for shift in shifts if shift.relation == relation]
        made.add_row(
            relation,
            str(len(own)),
            f"{min(shift.dice['GTVp'] for shift in own):.4f}",
            f"{min(shift.dice['GTVn'] for shift in own):.4f}",
            f"{max(shift.risk for shift in own):.4f}",
            f"{max(shift.hpv for shift in own):.4f}",
        )
    return made


def broken(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Return those that break the promise."""
    return [one for one in outcomes if one.verdict.wrong]


def write_json(outcomes: Sequence[Outcome], file: Path, **about: Any) -> None:
    """Write every case with its ending; `about` says how they were run."""
    rows = [
        {
            "case": str(one.plan),
            "expected": one.plan.expected,
            "ending": one.verdict.ending,
            "line": one.verdict.line,
            "wrong": list(one.verdict.wrong),
            "seconds": round(one.seconds, 3),
            "peak_memory_bytes": one.peak_memory_bytes,
        }
        for one in outcomes
    ]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({**about, "cases": rows}, indent=1) + "\n", encoding="utf-8")
