"""A program that is stopped, starved of memory or time, or out of disk: nothing half written."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.checks.outputs import check_outputs
from harness.hostile.scene import base_scene, write_scene
from harness.tasks import TASKS
from shared.runtime import ROOT
from tests.containers.conftest import environment

STEPS = {
    1: ("load", "read", "locate", "resample", "network", "post-process"),
    2: ("load", "network", "describe", "score"),
    3: ("load", "network", "describe", "score"),
}
GIB = 1 << 30

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture(scope="session")
def case_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A phantom patient, scanned coarsely: `input`, and the CT once more."""
    folder = tmp_path_factory.mktemp("faults")
    write_scene(base_scene("neck"), folder)
    return folder


@pytest.fixture
def start(case_dir: Path, output_dir: Path) -> Start:
    """Start a task's program on the case."""

    def begin(
        task: int, *more: str, before: Callable[[], None] | None = None, **settings: str
    ) -> subprocess.Popen[str]:
        words = ["--input", str(case_dir / "input"), "--output", str(output_dir), *more]
        return subprocess.Popen(
            [sys.executable, "-m", TASKS[task].program, *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=ROOT,
            encoding="utf-8",
            env=environment(**settings),
            preexec_fn=before,
        )

    return begin


def limited(what: int, value: int) -> Callable[[], None]:
    """Return what lowers a limit of the process that begins, on two processors."""

    def lower() -> None:
        # Each thread has a stack, and each processor its threads.
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])
        resource.setrlimit(what, (value, value))

    return lower


def left_in(folder: Path) -> list[str]:
    """Return the files below a folder."""
    return sorted(path.name for path in folder.rglob("*") if not path.is_dir())


def good(task: int, output_dir: Path, case_dir: Path) -> bool:
    """Tell whether an output would be taken by the platform and lies on the CT's grid."""
    return not check_outputs(TASKS[task], output_dir, ct_file=case_dir / "ct.mha")


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["SIGTERM", "SIGKILL"])
@pytest.mark.parametrize(("task", "step"), [(task, step) for task in STEPS for step in STEPS[task]])
def test_a_signal_after_any_step_leaves_nothing_or_all(
    start: Start, case_dir: Path, output_dir: Path, task: int, step: str, how: signal.Signals
) -> None:
    with start(task) as process:
        assert process.stdout is not None
        assert any(f"step {step}:" in line for line in process.stdout)
        process.send_signal(how)
        _, err = process.communicate(timeout=60)
    if process.returncode == 0:
        # It was done before the signal came.
        assert good(task, output_dir, case_dir)
        return
    assert process.returncode == {signal.SIGTERM: 143, signal.SIGKILL: -9}[how]
    left = left_in(output_dir)
    if how == signal.SIGTERM:
        assert err.splitlines()[-1] == "ERROR stopped by SIGTERM before the case was done"
    if any(not name.startswith(".") for name in left):
        assert good(task, output_dir, case_dir)
    else:
        assert len(left) <= (0 if how == signal.SIGTERM else 1)


@pytest.mark.parametrize("task", [1, 2, 3])
def test_a_full_disk_is_refused_and_nothing_stays(
    start: Start, output_dir: Path, task: int
) -> None:
    # No file may grow beyond a byte: a quota, or a full disk.
    with start(task, before=limited(resource.RLIMIT_FSIZE, 1)) as process:
        _, err = process.communicate(timeout=120)
    assert process.returncode == 1, err
    assert "can't be written" in err.splitlines()[-1]
    assert list(output_dir.rglob("*")) == []


@pytest.mark.parametrize("task", [1, 2, 3])
def test_no_folder_for_temporary_files_is_needed(
    start: Start, case_dir: Path, output_dir: Path, task: int
) -> None:
    with start(task, TMPDIR="/proc", TMP="/proc", TEMP="/proc") as process:
        _, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert good(task, output_dir, case_dir)


@pytest.mark.parametrize("gib", [0.25, 0.35, 0.5, 1.0, 2.0])
@pytest.mark.parametrize("task", [1, 3])
def test_too_little_memory_is_refused_in_one_line_and_enough_is_enough(
    start: Start, case_dir: Path, output_dir: Path, task: int, gib: float
) -> None:
    with start(task, before=limited(resource.RLIMIT_DATA, int(gib * GIB))) as process:
        _, err = process.communicate(timeout=120)
    if process.returncode == 0:
        assert good(task, output_dir, case_dir)
        return
    assert gib < 2.0
    assert process.returncode == 1, err
    assert err.splitlines()[-1] == "ERROR out of memory"
    assert list(output_dir.rglob("*")) == []


@pytest.mark.parametrize("task", [1, 2, 3])
def test_one_processor_and_no_time_still_give_an_answer(
    start: Start, case_dir: Path, output_dir: Path, task: int
) -> None:
    def one_cpu() -> None:
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})

    with start(task, before=one_cpu, HECKTOR_TIME_LIMIT_S="0.001") as process:
        _, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert good(task, output_dir, case_dir)


def test_the_output_of_a_limited_program_is_that_of_a_free_one(
    start: Start, output_dir: Path
) -> None:
    found = []
    for gib in (2.0, 7.0):
        with start(1, before=limited(resource.RLIMIT_DATA, int(gib * GIB))) as process:
            _, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        (file,) = (path for path in output_dir.rglob("*") if path.is_file())
        found.append(file.read_bytes())
        file.unlink()
    assert found[0] == found[1]
