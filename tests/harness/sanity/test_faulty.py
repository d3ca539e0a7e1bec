"""A dozen faulty containers, each refused for its own fault, in the platform's words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import SimpleITK as sitk

from harness.checks.problem import Problem
from harness.engines.docker import DockerEngine
from harness.engines.engine import Engine
from harness.sanity.cases import RunCase
from harness.sanity.phase import Round, run_round
from harness.sanity.report import Row
from harness.shim.outcome import MEMORY_MESSAGE, TIME_MESSAGE, UNEXPECTED_MESSAGE
from harness.tasks import TASKS
from harness.upload.image import check_built
from tests.harness.conftest import MACHINE, MakeImage

SOCKET = TASKS[1].output
MB = 1_000_000

RunAct = Callable[..., Row]


@pytest.fixture
def run_act(tmp_path: Path) -> RunAct:
    """Run one act of the tiny program as a task's case, and judge it."""

    def act(
        engine: Engine, what: str, *, task: int = 2, time_s: float = 30.0, strict: bool = False
    ) -> Row:
        input_dir = tmp_path / "input"
        (input_dir / "images/ct").mkdir(parents=True)
        (input_dir / "do").write_text(what, encoding="utf-8")
        ct = sitk.Image(6, 5, 4, sitk.sitkInt16)
        ct.SetSpacing((0.977, 0.977, 3.27))
        ct.SetOrigin((-249.5, -400.25, -812.0))
        sitk.WriteImage(ct, str(input_dir / "images/ct/ct.mha"))
        how = Round(engine, replace(MACHINE, strict=strict), time_s=time_s)
        (row,) = run_round(how, [RunCase(what, TASKS[task], input_dir)], tmp_path / "runs")
        return row

    return act


def the_problem(row: Row) -> Problem:
    (problem,) = row.problems
    assert not row.passed
    return problem


@pytest.mark.parametrize(
    ("what", "task"),
    [("answer", 2), ("mask", 1), ("header_and_voxels", 1), ("mask_and_note", 1)],
)
def test_a_sound_container_passes(engine: Engine, run_act: RunAct, what: str, task: int) -> None:
    row = run_act(engine, what, task=task)
    assert row.problems == ()
    assert row.answer == {1: "GTVp 0.0 ml, GTVn 0.0 ml", 2: "risk +0.500"}[task]


@pytest.mark.parametrize(
    ("what", "task", "why", "shown"),
    [
        (
            "nothing",
            2,
            "rfs.json: expected a JSON number, found no file",
            "Output file 'rfs.json' was not produced",
        ),
        (
            "nothing",
            1,
            f"{SOCKET}: expected one image, found 0 files",
            f"Output directory '{SOCKET}' is empty",
        ),
        (
            "label_three",
            1,
            f"{SOCKET}: expected labels {{0, 1, 2}}, found {{3}}",
            "voxel values: {3}",
        ),
        (
            "floats",
            1,
            f"{SOCKET}: expected one 8-bit integer a voxel, found 32-bit float",
            "Image segments could not be determined",
        ),
        (
            "two",
            1,
            f"{SOCKET}: expected one image, found 2: output.mha, second.mha",
            f"Only 1 image should be produced in '{SOCKET}', we found 2",
        ),
        ("nifti", 1, "output.nii.gz", f"No output images could be imported from '{SOCKET}'"),
        (
            "not_a_number",
            2,
            "expected a JSON number, found NaN",
            "instance is not of type 'number'",
        ),
        ("zero", 3, "expected a JSON boolean, found 0", "instance is not of type 'boolean'"),
        ("latin", 2, "stderr: line 1 is not UTF-8", UNEXPECTED_MESSAGE),
        ("long_line", 2, "stdout: line 1 is longer than 65536 bytes", UNEXPECTED_MESSAGE),
        ("template", 1, "exit code 1: ValueError", "ValueError: could not broadcast input array"),
        ("allocate", 2, "exit code 1: MemoryError", "MemoryError"),
        ("refuse", 2, "exit code 1: CT socket", "CT socket images/ct: expected one image"),
    ],
)
def test_a_faulty_container_is_refused(
    engine: Engine, run_act: RunAct, what: str, task: int, why: str, shown: str
) -> None:
    problem = the_problem(run_act(engine, what, task=task))
    assert why in problem.why
    assert problem.shown is not None
    assert shown in problem.shown


@pytest.mark.parametrize(
    ("what", "task", "why"),
    [
        ("extra", 2, "log.txt: expected nothing beside rfs.json in the output"),
        ("grid", 1, "the image is not on the CT's grid: spacing"),
    ],
)
def test_what_the_platform_accepts_is_refused_too(
    engine: Engine, run_act: RunAct, what: str, task: int, why: str
) -> None:
    problem = run_act(engine, what, task=task).problems[0]
    assert problem.why.startswith(why)
    assert problem.shown is None


def test_a_child_that_keeps_the_pipes_is_refused(engine: Engine, run_act: RunAct) -> None:
    problems = run_act(engine, "orphan").problems
    assert len(problems) == 2
    assert {problem.shown for problem in problems} == {TIME_MESSAGE}
    assert "a child that was left behind keeps it open" in problems[0].why


def test_a_container_that_sleeps_too_long_is_ended(engine: Engine, run_act: RunAct) -> None:
    problem = the_problem(run_act(engine, "sleep", time_s=1.0))
    assert problem.shown == TIME_MESSAGE


def test_a_container_that_calls_the_network_fails(engine: Engine, run_act: RunAct) -> None:
    problem = the_problem(run_act(engine, "reach_out"))
    assert problem.shown is not None
    assert "unreachable" in problem.shown or "timed out" in problem.shown


@pytest.mark.docker
@pytest.mark.parametrize("strict", [False, True])
def test_a_container_that_writes_outside_is_refused(
    docker_engine: DockerEngine, run_act: RunAct, strict: bool
) -> None:
    problem = the_problem(run_act(docker_engine, "home", strict=strict))
    if strict:
        assert problem.shown is not None
        assert "Read-only file system: '/var/tmp/note'" in problem.shown
    else:
        assert problem.why.startswith("/var/tmp/note: expected nothing written")  # noqa: S108
        assert problem.shown is None


@pytest.mark.docker
def test_a_container_that_runs_as_root_is_refused(
    docker_engine: DockerEngine, make_image: MakeImage
) -> None:
    (problem,) = check_built(docker_engine.client, make_image("root"))
    assert problem.startswith("The container runs as root.")


@pytest.mark.docker
def test_a_user_without_an_entry_may_be_a_number(
    docker_engine: DockerEngine, make_image: MakeImage, run_act: RunAct
) -> None:
    good = DockerEngine(docker_engine.client, image=make_image("12345"))
    assert run_act(good, "answer").problems == ()


def test_memory_of_all_processes_counts(engine: Engine, run_act: RunAct, tmp_path: Path) -> None:
    case_dir = tmp_path / "small"
    (case_dir / "images/ct").mkdir(parents=True)
    (case_dir / "do").write_text("crowd", encoding="utf-8")
    small = replace(MACHINE, memory_bytes=400 * MB)
    (row,) = run_round(
        Round(engine, small), [RunCase("crowd", TASKS[2], case_dir)], tmp_path / "runs"
    )
    assert the_problem(row).shown == MEMORY_MESSAGE
