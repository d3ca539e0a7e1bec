"""The sanity check: every case through every task, as the challenge's first phase does."""

import logging
import shutil
import tempfile
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

import SimpleITK as sitk
from rich.console import Console

from evaluation.metrics.overlap import dice
from harness.cases import TRUTH, SanityCase, write_sanity_cases
from harness.checks import check_outputs, read_json
from harness.engine import Engine, Limits, Run
from harness.report import Row
from harness.tasks import Task

SEED = 2025

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Round:
    """What came of the sanity cases.

    Attributes
    ----------
    rows : tuple of Row
        One a run.
    pages : tuple of Path
        A report of each engine and task on its answers beside the truth.
    """

    rows: tuple[Row, ...]
    pages: tuple[Path, ...] = ()


def run_sanity(
    engines: Sequence[Engine],
    tasks: Sequence[Task],
    *,
    keep: Path | None,
    reports: Path | None = None,
) -> Round:
    """Make the sanity cases, run each of them on each engine, and score the answers.

    Parameters
    ----------
    engines : sequence of Engine
        Where to run.
    tasks : sequence of Task
        What to run.
    keep : Path or None
        Folder that keeps inputs, outputs and logs; None to keep nothing.
    reports : Path or None
        Folder for an evaluation of each engine and task; None for none.
    """
    place: AbstractContextManager[str] = (
        nullcontext(str(keep)) if keep else tempfile.TemporaryDirectory(prefix="hecktor-sanity-")
    )
    with place as folder:
        log.info("making the sanity cases (seed %d)", SEED)
        cases_dir, runs = Path(folder) / "cases", Path(folder) / "runs"
        cases = write_sanity_cases(cases_dir, tasks, seed=SEED)
        rows = [run_case(engine, case, runs / engine.name) for engine in engines for case in cases]
        pages: list[Path] = []
        if reports is not None:
            log.info("scoring the answers")
            for engine in engines:
                pages += evaluate_runs(
                    runs / engine.name, cases_dir, tasks, out=reports / engine.name
                )
        return Round(tuple(rows), tuple(pages))


def evaluate_runs(runs: Path, cases_dir: Path, tasks: Sequence[Task], *, out: Path) -> list[Path]:
    """Score one engine's answers and return the page of each task that has any.

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


def run_case(engine: Engine, case: SanityCase, folder: Path) -> Row:
    """Run one case on one engine and check what it wrote."""
    runs = folder / f"task{case.task.number}" / case.name
    if runs.exists():
        shutil.rmtree(runs)
    output_dir = runs / "output"
    output_dir.mkdir(parents=True)
    output_dir.chmod(0o777)
    run = engine.run(
        case.task,
        input_dir=case.input_dir,
        output_dir=output_dir,
        limits=Limits(time_s=case.task.time_limit_s),
    )
    (runs / "stdout.log").write_text(run.stdout, encoding="utf-8")
    (runs / "stderr.log").write_text(run.stderr, encoding="utf-8")
    row = judge(engine.name, case, run, output_dir)
    log.info(
        "%s task %d %s: %s in %.1f s",
        engine.name,
        case.task.number,
        case.name,
        "passed" if row.passed else "FAILED",
        run.seconds,
    )
    return row


def judge(engine: str, case: SanityCase, run: Run, output_dir: Path) -> Row:
    """Turn a run and its outputs into a row of the report."""
    row = Row(
        engine=engine,
        task=case.task.number,
        case=case.name,
        seconds=run.seconds,
        peak_memory_bytes=run.peak_memory_bytes,
        answer="-",
        problems=(),
    )
    if run.message is not None:
        return replace(row, problems=(f"exit code {run.exit_code}: {run.message}",))
    problems = check_outputs(
        case.task, output_dir, ct_file=case.ct_file, image_name=case.image_name
    )
    if problems:
        return replace(row, problems=tuple(problems))
    return replace(row, answer=describe(case, output_dir))


def describe(case: SanityCase, output_dir: Path) -> str:
    """Put a good answer beside the truth."""
    place = output_dir / case.task.output
    if case.task.number == 1:
        found = sitk.GetArrayFromImage(sitk.ReadImage(str(place / case.image_name)))
        true = sitk.GetArrayFromImage(sitk.ReadImage(str(case.truth_file)))
        primary, nodes = (dice(found == label, true == label) for label in (1, 2))
        return f"Dice GTVp {primary:.2f}, GTVn {nodes:.2f}"
    value = read_json(place)
    if case.task.number == 2:
        return f"risk {value:+.3f} (true log risk {case.log_risk:+.2f})"
    return f"{str(value).lower()} (truth {str(case.hpv_positive).lower()})"
