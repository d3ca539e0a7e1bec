"""What containers answered: in words beside the truth, and scored on a page with pictures."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import SimpleITK as sitk
from rich.console import Console

from evaluation.metrics.overlap import dice
from harness.checks.image import read_segmentation
from harness.checks.value import read_value
from harness.sanity.cases import TRUTH, RunCase, Truth
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


def describe(case: RunCase, output_dir: Path) -> str:
    """Put a good answer beside the truth, where there is one."""
    place = output_dir / case.task.output
    if case.task.number == 1:
        return _overlap(place, case.truth)
    value = read_value(place)
    if case.task.number == 2:
        return f"risk {value:+.3f}" + (
            f" (true log risk {case.truth.log_risk:+.2f})" if case.truth else ""
        )
    true = f" (truth {str(case.truth.hpv_positive).lower()})" if case.truth else ""
    return f"{str(value).lower()}{true}"


def _overlap(place: Path, truth: Truth | None) -> str:
    image = read_segmentation(place)
    found = sitk.GetArrayFromImage(image)
    if truth is None:
        voxel_ml = image.GetSpacing()[0] * image.GetSpacing()[1] * image.GetSpacing()[2] / 1000.0
        primary, nodes = ((found == label).sum() * voxel_ml for label in (1, 2))
        return f"GTVp {primary:.1f} ml, GTVn {nodes:.1f} ml"
    true = sitk.GetArrayFromImage(sitk.ReadImage(str(truth.labels)))
    primary, nodes = (dice(found == label, true == label) for label in (1, 2))
    return f"Dice GTVp {primary:.2f}, GTVn {nodes:.2f}"
