"""Runs cases on engines, checks what came of each, and holds servers against processes."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.checks.outputs import check_outputs, check_run
from harness.engines.engine import Engine, Job, Places
from harness.engines.profile import Profile
from harness.sanity.answers import describe
from harness.sanity.cases import RunCase
from harness.sanity.compare import compare_outputs
from harness.sanity.report import Row
from harness.shim.order import Api
from harness.shim.outcome import Run

SEED = 2025
"""Of the phantom patients that every sanity check makes anew."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Round:
    """How all cases of a task are run.

    Attributes
    ----------
    engine : Engine
        Where.
    profile : Profile
        On what machine.
    api : {"exec", "invoke"}
        A process a case, or one server.
    time_s : float or None
        Limit; None for the task's own.
    model : Path or None
        Extracted model tarball.
    """

    engine: Engine
    profile: Profile
    api: Api = "exec"
    time_s: float | None = None
    model: Path | None = None

    @property
    def name(self) -> str:
        """Engine, machine and manner, for a folder and a table."""
        strict = "-strict" if self.profile.strict else ""
        return f"{self.engine.name}-{self.profile.name}{strict}-{self.api}"


@dataclass(frozen=True)
class Result:
    """What came of some rounds.

    Attributes
    ----------
    rows : tuple of Row
        One a case, task, and round.
    unenforced : mapping of str to tuple of str
        By round, what of the platform its engine could not impose.
    """

    rows: tuple[Row, ...]
    unenforced: Mapping[str, tuple[str, ...]]


def run_rounds(rounds: Sequence[Round], cases: Sequence[RunCase], folder: Path) -> Result:
    """Run all cases in every round; what a server leaves is held against what a process left.

    Parameters
    ----------
    rounds : sequence of Round
        On each engine `exec` before `invoke`.
    cases : sequence of RunCase
        Of one task or several.
    folder : Path
        Receives a folder for each round, in it one for each task, in it one for each case.

    Raises
    ------
    EngineError
        If nothing could be started.
    """
    rows: list[Row] = []
    for how in rounds:
        twin = replace(how, api="exec")
        for number in sorted({case.task.number for case in cases}):
            own = [case for case in cases if case.task.number == number]
            place = folder / how.name / f"task{number}"
            new = run_round(how, own, place)
            if how.api == "invoke" and twin in rounds:
                new = compare_outputs(new, place, folder / twin.name / f"task{number}")
            rows += new
    return Result(tuple(rows), {how.name: how.engine.unenforced(how.profile) for how in rounds})


def run_round(how: Round, cases: Sequence[RunCase], folder: Path) -> list[Row]:
    """Run one task's cases and check what each left.

    Parameters
    ----------
    how : Round
        Where and how.
    cases : sequence of RunCase
        Of one task.
    folder : Path
        Receives a folder for each case: ``output``, ``stdout.log``, ``stderr.log``.

    Raises
    ------
    EngineError
        If nothing could be started.
    """
    if not cases:
        return []
    task = cases[0].task
    places = [_fresh(folder / case.name, case) for case in cases]
    time_s = task.time_limit_s if how.time_s is None else how.time_s
    job = Job(task, how.profile, time_s, how.api, how.model)
    rows = []
    # A process a case is a job a case, so that each is told of as it ends.
    rounds = [range(len(cases))] if how.api == "invoke" else [[i] for i in range(len(cases))]
    for some in rounds:
        runs = how.engine.run(job, [places[index] for index in some])
        for index, run in zip(some, runs, strict=True):
            rows.append(_row(how, cases[index], run, places[index].output_dir))
    return rows


def _fresh(folder: Path, case: RunCase) -> Places:
    if folder.exists():
        shutil.rmtree(folder)
    output_dir = folder / "output"
    output_dir.mkdir(parents=True)
    return Places(case.input_dir, output_dir)


def _row(how: Round, case: RunCase, run: Run, output_dir: Path) -> Row:
    for name, text in (("stdout", run.stdout), ("stderr", run.stderr)):
        (output_dir.parent / f"{name}.log").write_text(text, encoding="utf-8")
    row = judge(how, case, run, output_dir)
    log.info(
        "%s task %d %s: %s in %.1f s",
        how.name,
        case.task.number,
        case.name,
        "passed" if row.passed else "FAILED",
        run.seconds,
    )
    return row


def judge(how: Round, case: RunCase, run: Run, output_dir: Path) -> Row:
    """Turn a run and its outputs into a row of the report."""
    row = Row(
        round=how.name,
        task=case.task.number,
        case=case.name,
        seconds=run.seconds,
        cpu_seconds=run.cpu_seconds,
        peak_memory_bytes=run.peak_memory_bytes,
        answer="-",
        problems=tuple(check_run(run)),
    )
    if run.message is not None:
        # Outputs are not even looked at.
        return row
    problems = check_outputs(case.task, output_dir, ct_file=case.ct_file)
    row = replace(row, problems=row.problems + tuple(problems))
    return row if problems else replace(row, answer=describe(case, output_dir))
