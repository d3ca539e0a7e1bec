"""Scores what came of a round by the truth: a page that shows what the answers look like."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from harness.sanity.cases import TRUTH
from harness.tasks import Task

log = logging.getLogger(__name__)


def score_answers(runs: Path, cases_dir: Path, tasks: Sequence[Task], *, out: Path) -> list[Path]:
    """Score one round's answers and return the page of each task that has any.

    Three patients say nothing about a model: the pages show what its answers look like.
    """
    # Here, since it brings pandas and matplotlib.
    from evaluation.cases.errors import EvaluationError
    from evaluation.run import Request, run_evaluation

    pages = []
    for task in tasks:
        request = Request(
            task=task.number,
            predictions=runs / f"task{task.number}",
            truth=cases_dir / TRUTH,
            images=cases_dir / "task1" if task.number == 1 else None,
            out=out / f"task{task.number}",
            overwrite=True,
        )
        # No page of an earlier round may stand for this one.
        (request.out / "report.html").unlink(missing_ok=True)
        try:
            run_evaluation(request, Console(quiet=True))
        except EvaluationError as error:
            log.warning("task %d: nothing scored (%s)", task.number, error)
            continue
        pages.append(request.out / "report.html")
    return pages
