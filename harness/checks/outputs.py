"""Everything that is asked of a run: how it ended, what it said, what it left."""

from __future__ import annotations

from pathlib import Path

from harness.checks.image import check_segmentation
from harness.checks.listing import check_listing
from harness.checks.problem import Problem
from harness.checks.value import Kind, check_value
from harness.shim.outcome import Run
from harness.tasks import Task

KINDS: dict[int, Kind] = {2: "number", 3: "boolean"}


def check_outputs(task: Task, output_dir: Path, *, ct_file: Path) -> list[Problem]:
    """Check everything that a container left in ``/output``.

    Parameters
    ----------
    task : Task
        Whose outputs.
    output_dir : Path
        What was ``/output``.
    ct_file : Path
        The case's CT, whose geometry an image has to share.

    Returns
    -------
    list of Problem
        Empty when the outputs are good.
    """
    place = output_dir / task.output
    problems = check_listing(output_dir, task.output)
    if place.is_symlink():
        return problems
    if task.number == 1:
        return problems + check_segmentation(place, task.output, ct_file=ct_file)
    return problems + check_value(place, KINDS[task.number])


def check_run(run: Run) -> list[Problem]:
    """Check how a run ended, what it said, and where it wrote."""
    problems = []
    if run.message is not None and not run.faults:
        problems.append(Problem(f"exit code {run.exit_code}: {run.message}", run.message))
    problems += [Problem(fault, run.message) for fault in run.faults]
    problems += [
        Problem(f"{path}: expected nothing written but /output and /tmp") for path in run.strays
    ]
    return problems
