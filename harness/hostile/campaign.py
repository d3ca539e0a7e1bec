"""Thousands of hostile cases, run by several processes; what breaks is kept."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from harness.engines.engine import Job, Places
from harness.hostile.draw import Plan
from harness.hostile.verdict import Verdict, judge
from harness.sanity.phase import Round
from harness.shim.order import Api
from harness.shim.outcome import Run
from harness.tasks import TASKS
from jobs.collect import collected

TIME_S = 60.0
"""What a case may take where a round does not say: a coarse scan is answered in two seconds."""
_A_SERVER = 25
"""Cases that one server answers before another takes over."""


@dataclass(frozen=True)
class Outcome:
    """What came of one case.

    Attributes
    ----------
    plan : Plan
        The case.
    verdict : Verdict
        Whether the promise was kept.
    seconds : float
        From start to exit, or of the call.
    peak_memory_bytes : int or None
        Of its processes, where a sample was taken.
    """

    plan: Plan
    verdict: Verdict
    seconds: float
    peak_memory_bytes: int | None


def run_campaign(plans: Iterable[Plan], how: Round, *, keep: Path, workers: int) -> list[Outcome]:
    """Run cases and judge each.

    Parameters
    ----------
    plans : iterable of Plan
        The cases.
    how : Round
        Where and how: by invoke, servers answer many, except cases that bring a model.
    keep : Path
        Receives the folder of each case that breaks the promise.
    workers : int
        Processes that make and run them.

    Returns
    -------
    list of Outcome
        In the order of the cases.

    Raises
    ------
    EngineError
        If nothing could be started.
    """
    asked = list(plans)
    batches = _batches(asked, how.api)
    found = collected(
        partial(run_batch, how=how, keep=keep), batches, workers=workers, what="batches of cases"
    )
    outcomes = {str(one.plan): one for some in found for one in some}
    return [outcomes[str(plan)] for plan in asked]


def _batches(plans: Sequence[Plan], api: Api) -> list[list[Plan]]:
    """Return cases that one server answers, and single ones for processes."""
    alone = [api == "exec" or plan.uploads for plan in plans]
    batches = [[plan] for plan, single in zip(plans, alone, strict=True) if single]
    shared = [plan for plan, single in zip(plans, alone, strict=True) if not single]
    for task in TASKS:
        own = [plan for plan in shared if plan.task == task]
        batches += [own[start : start + _A_SERVER] for start in range(0, len(own), _A_SERVER)]
    return batches


def run_batch(plans: Sequence[Plan], *, how: Round, keep: Path) -> list[Outcome]:
    """Run cases of one task, by one server or, alone, by a process; judge each."""
    with tempfile.TemporaryDirectory(prefix="hecktor-hostile-") as name:
        folders = [Path(name) / str(number) for number in range(len(plans))]
        for plan, folder in zip(plans, folders, strict=True):
            (folder / "output").mkdir(parents=True)
            plan.write(folder)
        runs = _run(plans, folders, how)
        return [
            _judged(plan, run, folder, keep)
            for plan, run, folder in zip(plans, runs, folders, strict=True)
        ]


def _run(plans: Sequence[Plan], folders: Sequence[Path], how: Round) -> list[Run]:
    uploads = plans[0].uploads
    job = Job(
        task=TASKS[plans[0].task],
        profile=how.profile,
        time_s=TIME_S if how.time_s is None else how.time_s,
        api="exec" if uploads else how.api,
        model=folders[0] / "model" if uploads else None,
    )
    cases = [Places(folder / "input", folder / "output") for folder in folders]
    return how.engine.run(job, cases)


def _judged(plan: Plan, run: Run, folder: Path, keep: Path) -> Outcome:
    verdict = judge(
        run,
        task=TASKS[plan.task],
        output_dir=folder / "output",
        ct_file=folder / "ct.mha",
        expected=plan.expected,
        blamed=plan.blamed,
    )
    if verdict.wrong:
        _keep(plan, run, folder, keep)
    return Outcome(plan, verdict, run.seconds, run.peak_memory_bytes)


def _keep(plan: Plan, run: Run, folder: Path, keep: Path) -> None:
    place = keep / str(plan).replace("/", "-")[:200]
    shutil.rmtree(place, ignore_errors=True)
    place.parent.mkdir(parents=True, exist_ok=True)
    # Links and pipes as they are: some lead to no end.
    shutil.copytree(folder, place, symlinks=True, copy_function=_copied)
    (place / "stdout.log").write_text(run.stdout, encoding="utf-8")
    (place / "stderr.log").write_text(run.stderr, encoding="utf-8")


def _copied(source: str, target: str) -> None:
    if Path(source).is_fifo():
        os.mkfifo(target)
    else:
        shutil.copy2(source, target, follow_symlinks=False)
