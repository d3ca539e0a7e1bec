"""The result of a round of cases: one row each, as a table and as JSON."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from shared import __version__


@dataclass(frozen=True)
class Row:
    """One case of one task on one engine.

    Attributes
    ----------
    engine, case : str
        Where it ran and what it was.
    task : int
        1, 2 or 3.
    seconds : float
        Wall clock of the whole program.
    peak_memory_bytes : int or None
        Of the process tree, page cache excluded.
    answer : str
        What it said, beside the truth where that is known. For information only.
    problems : tuple of str
        Why it failed; empty when it passed.
    """

    engine: str
    task: int
    case: str
    seconds: float
    peak_memory_bytes: int | None
    answer: str
    problems: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether nothing was wrong."""
        return not self.problems


def table(rows: Sequence[Row]) -> Table:
    """Lay the rows out for a terminal or a log."""
    sheet = Table(title="Sanity cases")
    for heading in ("engine", "task", "case"):
        sheet.add_column(heading)
    for heading in ("seconds", "peak memory"):
        sheet.add_column(heading, justify="right")
    sheet.add_column("answer")
    sheet.add_column("result")
    for row in rows:
        sheet.add_row(
            row.engine,
            str(row.task),
            row.case,
            f"{row.seconds:.1f}",
            "-" if row.peak_memory_bytes is None else f"{row.peak_memory_bytes / 1e6:.0f} MB",
            row.answer,
            "passed" if row.passed else "FAILED",
            style=None if row.passed else "red",
        )
    return sheet


def show(rows: Sequence[Row], console: Console) -> None:
    """Print the table, then every problem in full, then the count."""
    console.print(table(rows))
    for row in rows:
        for problem in row.problems:
            console.print(
                f"FAILED task {row.task}, {row.case}, {row.engine}: {problem}",
                markup=False,
                highlight=False,
                soft_wrap=True,
            )
    failed = sum(not row.passed for row in rows)
    console.print(f"{len(rows) - failed} of {len(rows)} runs passed", highlight=False)


def write_json(rows: Sequence[Row], file: Path, *, unenforced: dict[str, list[str]]) -> None:
    """Write the rows and, for each engine, what it could not enforce."""
    document = {
        "version": __version__,
        "passed": succeeded(rows),
        "unenforced": unenforced,
        "rows": [asdict(row) | {"passed": row.passed} for row in rows],
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def succeeded(rows: Sequence[Row]) -> bool:
    """Whether there were rows and all of them passed."""
    return bool(rows) and all(row.passed for row in rows)
