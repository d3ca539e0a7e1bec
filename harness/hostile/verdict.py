"""Whether a container did what it owes to a case, however hostile: answer it well, or refuse."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from harness.checks.outputs import check_outputs, check_run
from harness.hostile.change import Expected
from harness.shim.outcome import Run, last_line
from harness.tasks import Task

# What a program says that did not see something coming.
_UNCLEAR = ("traceback", "unexpected ")


@dataclass(frozen=True)
class Verdict:
    """What came of a case.

    Attributes
    ----------
    ending : {"answered", "refused", "broken"}
        An output on the CT's grid; exit code 1, a clear line and an empty output; or neither.
    line : str
        The refusal's reason, or what is broken.
    wrong : tuple of str
        What breaks the promise; empty where it is kept.
    """

    ending: Literal["answered", "refused", "broken"]
    line: str
    wrong: tuple[str, ...]


def judge(
    run: Run,
    *,
    task: Task,
    output_dir: Path,
    ct_file: Path,
    expected: Expected,
    blamed: str = "",
) -> Verdict:
    """Judge one run.

    Parameters
    ----------
    run : Run
        How it ended.
    task : Task
        Whose container.
    output_dir : Path
        What it left.
    ct_file : Path
        The CT whose grid an answer has.
    expected : {"answer", "refusal", "either"}
        What is owed to the case.
    blamed : str
        A pattern that a refusal's reason begins with.
    """
    if run.message is None:
        problems = check_outputs(task, output_dir, ct_file=ct_file)
        wrong = [str(problem) for problem in (*check_run(run), *problems)]
        ending: Literal["answered", "refused"] = "answered"
    else:
        wrong = _refused_badly(run, output_dir, blamed)
        ending = "refused"
    line = "" if run.message is None else last_line(run.stderr)
    if wrong:
        return Verdict("broken", line, tuple(wrong))
    if expected not in ("either", {"answered": "answer", "refused": "refusal"}[ending]):
        return Verdict(ending, line, (f"expected {_NOUNS[expected]}, found it {ending}: {line}",))
    return Verdict(ending, line, ())


_NOUNS = {"answer": "an answer", "refusal": "a refusal"}


def _refused_badly(run: Run, output_dir: Path, blamed: str) -> list[str]:
    """Say what keeps a run without an answer from being a clean refusal."""
    line = last_line(run.stderr)
    wrong = [f"stopped by the limit of {run.stopped}"] if run.stopped else []
    if run.exit_code != 1:
        wrong.append(f"expected exit code 1, found {run.exit_code}: {line}")
    wrong += [str(fault) for fault in (*run.faults, *run.strays)]
    reason = line.removeprefix("ERROR ")
    if reason == line or any(reason.lower().startswith(word) for word in _UNCLEAR):
        wrong.append(f"expected a clear reason as the last line, found {line!r}")
    elif not re.match(blamed, reason):
        wrong.append(f"expected a reason that begins as {blamed}, found {line!r}")
    left = sorted(str(path.relative_to(output_dir)) for path in output_dir.rglob("*"))
    if left:
        wrong.append(f"expected an empty output, found {', '.join(left)}")
    return wrong
