"""The result of rounds of cases, on one page: for a terminal, as JSON, as JUnit XML, as HTML."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from xml.etree import ElementTree

from rich.console import Console
from rich.table import Table

from harness.checks.problem import Problem
from shared import __version__


@dataclass(frozen=True)
class Row:
    """One case of one task in one round.

    Attributes
    ----------
    round, case : str
        Where and how it ran, and what it was.
    task : int
        1, 2 or 3.
    seconds, cpu_seconds : float
        Wall clock of the whole program, or of the call, and processor time of all its processes.
    peak_memory_bytes : int or None
        Of all its processes, page cache excluded.
    answer : str
        What it said, beside the truth where that is known. For information only.
    problems : tuple of Problem
        Why it failed; empty when it passed.
    """

    round: str
    task: int
    case: str
    seconds: float
    cpu_seconds: float
    peak_memory_bytes: int | None
    answer: str
    problems: tuple[Problem, ...]

    @property
    def passed(self) -> bool:
        """Whether nothing was wrong."""
        return not self.problems

    @property
    def memory(self) -> str:
        """The peak in words."""
        held = self.peak_memory_bytes
        return "-" if held is None else f"{held / 1e6:.0f} MB"


def table(rows: Sequence[Row]) -> Table:
    """Lay the rows out for a terminal or a log."""
    sheet = Table(title="Cases")
    for heading in ("round", "task", "case"):
        sheet.add_column(heading)
    for heading in ("s", "CPU s", "peak"):
        sheet.add_column(heading, justify="right")
    sheet.add_column("answer")
    sheet.add_column("result")
    for row in rows:
        sheet.add_row(
            row.round,
            str(row.task),
            row.case,
            f"{row.seconds:.1f}",
            f"{row.cpu_seconds:.1f}",
            row.memory,
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
                f"FAILED task {row.task}, {row.case}, {row.round}: {problem}",
                markup=False,
                highlight=False,
                soft_wrap=True,
            )
    failed = sum(not row.passed for row in rows)
    console.print(f"{len(rows) - failed} of {len(rows)} runs passed", highlight=False)


def write_json(rows: Sequence[Row], file: Path, *, unenforced: Mapping[str, Sequence[str]]) -> None:
    """Write the rows and, for each round, what its engine could not enforce."""
    document = {
        "version": __version__,
        "passed": succeeded(rows),
        "unenforced": {name: list(missing) for name, missing in unenforced.items()},
        "rows": [asdict(row) | {"passed": row.passed} for row in rows],
    }
    _write(file, json.dumps(document, indent=2) + "\n")


def write_junit(rows: Sequence[Row], file: Path) -> None:
    """Write the rows as JUnit XML, a suite a round, for what shows test results."""
    suites = ElementTree.Element("testsuites", name="containers")
    for name in dict.fromkeys(row.round for row in rows):
        own = [row for row in rows if row.round == name]
        suite = ElementTree.SubElement(
            suites,
            "testsuite",
            name=name,
            tests=str(len(own)),
            failures=str(sum(not row.passed for row in own)),
            time=f"{sum(row.seconds for row in own):.3f}",
        )
        for row in own:
            case = ElementTree.SubElement(
                suite,
                "testcase",
                classname=f"task{row.task}",
                name=row.case,
                time=f"{row.seconds:.3f}",
            )
            if not row.passed:
                failure = ElementTree.SubElement(
                    case, "failure", message=_printable(str(row.problems[0]))
                )
                failure.text = _printable("\n".join(map(str, row.problems)))
    ElementTree.indent(suites)
    text = ElementTree.tostring(suites, encoding="unicode", xml_declaration=True)
    _write(file, text + "\n")


def _printable(text: str) -> str:
    """Leave out control characters, which XML can't hold."""
    return "".join(sign for sign in text if sign.isprintable() or sign in "\n\t")


def write_html(rows: Sequence[Row], file: Path, *, unenforced: Mapping[str, Sequence[str]]) -> None:
    """Write one page that stands alone: the rows, and of each failure what the platform shows."""
    # Here: not every command draws a page.
    from evaluation.report.page import environment

    template = environment(Path(__file__).parent).get_template("page.html.j2")
    page = template.render(
        rows=rows, passed=succeeded(rows), unenforced=unenforced, version=__version__
    )
    _write(file, page)


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def succeeded(rows: Sequence[Row]) -> bool:
    """Whether there were rows and all of them passed."""
    return bool(rows) and all(row.passed for row in rows)
