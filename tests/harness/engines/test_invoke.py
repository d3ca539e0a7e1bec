"""A server is awaited, asked case by case, and ended; each way to fail has the platform's words."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.engines.engine import Job, Places
from harness.engines.local import LocalEngine, network_wrapper
from harness.shim.outcome import INVOKE_TIME_MESSAGE, UNEXPECTED_MESSAGE, Run
from harness.tasks import TASKS
from tests.harness.conftest import MACHINE, PROGRAM

# Every server has the one port, so only a network of its own keeps tests apart.
pytestmark = pytest.mark.skipif(network_wrapper() is None, reason="no network namespaces here")

Serve = Callable[..., tuple[list[Run], list[Path]]]


@pytest.fixture
def serve(tmp_path: Path) -> Serve:
    """Run acts of the tiny program as cases of one server."""

    def act(
        *acts: str, start: str = "", time_s: float = 20.0, program: tuple[str, ...] = ()
    ) -> tuple[list[Run], list[Path]]:
        places = []
        for index, what in enumerate(acts):
            place = Places(tmp_path / f"input{index}", tmp_path / f"output{index}")
            for folder in (place.input_dir, place.output_dir):
                folder.mkdir()
            (place.input_dir / "do").write_text(what, encoding="utf-8")
            places.append(place)
        words = program or (sys.executable, str(PROGRAM), f"--start={start}")
        runs = LocalEngine(program=words).run(Job(TASKS[2], MACHINE, time_s, "invoke"), places)
        return runs, [place.output_dir for place in places]

    return act


def test_each_case_finds_its_inputs_and_a_fresh_output(serve: Serve) -> None:
    runs, outputs = serve("answer", "nothing", "answer", start="slow")
    assert [run.message for run in runs] == [None] * 3
    assert [[p.name for p in output.iterdir()] for output in outputs] == [
        ["rfs.json"],
        [],
        ["rfs.json"],
    ]
    assert [run.stdout for run in runs] == ["answered\n", "", "answered\n"]
    # The start is not a case's.
    assert all(run.seconds < 5.0 for run in runs)


def test_a_refusal_is_told_by_stderr_and_the_next_case_is_answered(serve: Serve) -> None:
    runs, _ = serve("refuse", "answer", "silence")
    assert [run.message for run in runs] == [
        "CT socket images/ct: expected one image, found 0 files",
        None,
        "Invoke endpoint returned status 500, expected 201",
    ]


def test_a_server_that_ends_fails_the_case_and_those_after_it(serve: Serve) -> None:
    runs, _ = serve("answer", "crash", "answer")
    assert [run.message for run in runs] == [
        None,
        "Could not connect to invoke endpoint",
        "Could not connect to invoke endpoint",
    ]


def test_a_case_that_takes_too_long_ends_the_server(serve: Serve) -> None:
    runs, _ = serve("sleep", "answer", time_s=1.0)
    assert [run.message for run in runs] == [
        INVOKE_TIME_MESSAGE,
        "Could not connect to invoke endpoint",
    ]
    assert runs[0].stopped == "time"


def test_the_work_of_children_that_have_ended_counts(serve: Serve) -> None:
    (run, idle), _ = serve("work_in_a_child", "answer")
    assert run.message is None
    # The kernel counts in ticks of 10 ms, of each process by itself.
    assert 0.45 <= run.cpu_seconds <= 0.55 + run.seconds
    assert idle.cpu_seconds < 0.3


def test_a_redirect_from_health_is_a_failure_whatever_the_log_says(serve: Serve) -> None:
    (run,), _ = serve("answer", start="redirect")
    assert "asked for its health" in run.stderr
    assert run.message == "Health endpoint returned redirect response"


def test_a_program_that_is_no_server_is_told_by_its_last_line(serve: Serve) -> None:
    program = (sys.executable, "-c", "import sys; sys.exit('no such option: --serve')")
    (run,), _ = serve("answer", program=program)
    assert run.message == "no such option: --serve"


def test_a_fault_belongs_to_the_case_that_made_it(serve: Serve) -> None:
    runs, _ = serve("latin_answer", "answer")
    assert [run.message for run in runs] == [UNEXPECTED_MESSAGE, None]
