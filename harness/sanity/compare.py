"""Holds what a server left against what a process left."""

from __future__ import annotations

import filecmp
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from harness.checks.problem import Problem
from harness.sanity.report import Row


def compare_outputs(rows: Sequence[Row], folder: Path, other: Path) -> list[Row]:
    """Hold a server's outputs against a process's, byte by byte.

    Parameters
    ----------
    rows : sequence of Row
        Of the server's round.
    folder, other : Path
        Of the server's round and of the other, each with a folder for each case.

    Returns
    -------
    list of Row
        The same, those with a problem more whose outputs differ.
    """
    return [
        replace(row, problems=row.problems + tuple(_differences(row, folder, other)))
        for row in rows
    ]


def _differences(row: Row, folder: Path, other: Path) -> list[Problem]:
    mine, theirs = (place / row.case / "output" for place in (folder, other))
    names = [
        {path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file()}
        for place in (mine, theirs)
    ]
    if names[0] != names[1]:
        return [
            Problem(f"by invoke {sorted(names[0])}, by exec {sorted(names[1])}: not the same files")
        ]
    return [
        Problem(f"{name}: by invoke and by exec, other bytes")
        for name in sorted(names[0])
        if not filecmp.cmp(mine / name, theirs / name, shallow=False)
    ]
