"""The promise: an answer that the platform takes, or exit code 1, a clear line and no output."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.hostile.change import Expected
from harness.hostile.verdict import Verdict, judge
from harness.shim.outcome import Run
from harness.tasks import TASKS

CLEAR = "WARNING something\nERROR CT socket images/ct: expected one image, found 0 files\n"


def run(exit_code: int, stderr: str = "", **more: object) -> Run:
    return Run(exit_code, 1.0, 1.0, None, "", stderr, **more)  # type: ignore[arg-type]


def judged(made: Run, output: Path, expected: Expected = "either") -> Verdict:
    # Task 3's answer is a value: no CT is looked at.
    return judge(made, task=TASKS[3], output_dir=output, ct_file=output / "none", expected=expected)


def answered(output: Path) -> Path:
    (output / "hpv-status.json").write_text("true", encoding="utf-8")
    return output


def test_a_good_answer_and_a_clear_refusal_keep_the_promise(output_dir: Path) -> None:
    refused = judged(run(1, CLEAR), output_dir)
    assert (refused.ending, refused.wrong) == ("refused", ())
    assert refused.line == "ERROR CT socket images/ct: expected one image, found 0 files"
    good = judged(run(0), answered(output_dir))
    assert (good.ending, good.wrong) == ("answered", ())


@pytest.mark.parametrize(
    ("made", "wrong"),
    [
        (run(-11, CLEAR), "expected exit code 1, found -11"),
        (run(2, CLEAR), "expected exit code 1, found 2"),
        (run(143, CLEAR, stopped="time"), "stopped by the limit of time"),
        (run(137, CLEAR, stopped="memory"), "stopped by the limit of memory"),
        (run(1, ""), "expected a clear reason"),
        (run(1, "ERROR unexpected KeyError: 'x'"), "expected a clear reason"),
        (run(1, "KeyError: 'x'"), "expected a clear reason"),
        (run(1, CLEAR, strays=("/home/x",)), "/home/x"),
    ],
)
def test_whatever_else_happens_breaks_it(made: Run, wrong: str, output_dir: Path) -> None:
    verdict = judged(made, output_dir)
    assert verdict.ending == "broken"
    assert any(wrong in one for one in verdict.wrong)


def test_a_refusal_that_leaves_a_file_breaks_it(output_dir: Path) -> None:
    verdict = judged(run(1, CLEAR), answered(output_dir))
    assert verdict.wrong == ("expected an empty output, found hpv-status.json",)


def test_no_answer_and_a_bad_answer_break_it(output_dir: Path) -> None:
    assert judged(run(0), output_dir).ending == "broken"
    (output_dir / "hpv-status.json").write_text("1", encoding="utf-8")
    assert judged(run(0), output_dir).ending == "broken"


def test_what_is_owed_counts(output_dir: Path) -> None:
    refused = judged(run(1, CLEAR), output_dir, "answer")
    assert refused.wrong[0].startswith("expected an answer, found it refused: ERROR CT socket")
    assert judged(run(1, CLEAR), output_dir, "refusal").wrong == ()
    assert judged(run(0), answered(output_dir), "answer").wrong == ()
    (wrong,) = judged(run(0), output_dir, "refusal").wrong
    assert wrong.startswith("expected a refusal, found it answered")


def test_a_refusal_for_another_reason_breaks_it(output_dir: Path) -> None:
    def wrong(blamed: str) -> tuple[str, ...]:
        return judge(
            run(1, CLEAR),
            task=TASKS[3],
            output_dir=output_dir,
            ct_file=output_dir / "none",
            expected="refusal",
            blamed=blamed,
        ).wrong

    assert wrong("(CT|PET) socket") == ()
    (reason,) = wrong("EHR socket")
    assert reason.startswith("expected a reason that begins as EHR socket, found 'ERROR CT socket")
