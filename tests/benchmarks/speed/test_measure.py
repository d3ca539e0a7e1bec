"""Runs of a scripted engine, and one true run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
import SimpleITK as sitk

from benchmarks.speed.cases import SCANS, Scan, render, write_cases
from benchmarks.speed.measure import ServerTimes, time_cases, time_servers
from harness.engines.engine import Job, Places
from harness.engines.local import LocalEngine
from harness.engines.profile import Profile
from harness.sanity.cases import RunCase
from harness.shim.outcome import Run
from harness.tasks import TASKS

SMALL = Scan("small", "HGJ", neck_only=True, ct_size_xyz=(64, 64, 40))


class Scripted:
    """An engine whose runs take what they are told to."""

    name = "scripted"

    def __init__(self, *seconds: float, exit_code: int = 0) -> None:
        self.seconds, self.exit_code = list(seconds), exit_code
        self.jobs: list[tuple[str, list[str]]] = []

    def unenforced(self, profile: Profile) -> tuple[str, ...]:
        return ()

    def run(self, job: Job, cases: Sequence[Places]) -> list[Run]:
        self.jobs.append((job.api, [case.input_dir.name for case in cases]))
        runs = []
        for case in cases:
            assert list(case.output_dir.iterdir()) == []
            taken = self.seconds.pop(0)
            log = f"step network: {taken / 10:.3f} s\nstep case: {taken / 2:.3f} s\n"
            runs.append(
                Run(self.exit_code, taken, 1.5 * taken, 1000, log, "why", ready_seconds=0.75)
            )
        return runs


def case(folder: Path, name: str) -> RunCase:
    (folder / name).mkdir()
    return RunCase(name, TASKS[1], folder / name)


def nobody(done: int, total: int) -> None:
    assert 0 <= done <= total


def test_cases_are_run_in_turn(tmp_path: Path) -> None:
    engine = Scripted(1.0, 5.0, 3.0, 7.0, 2.0, 6.0)
    cases = [(SCANS[0], case(tmp_path, "a")), (SCANS[1], case(tmp_path, "b"))]
    first, second = time_cases(engine, cases, repeats=3, progress=nobody)
    assert engine.jobs == [("exec", ["a"]), ("exec", ["b"])] * 3
    assert (first.seconds, second.seconds) == ((1.0, 3.0, 2.0), (5.0, 7.0, 6.0))
    assert (first.scan, first.median_s, first.median_cpu_s) == ("neck", 2.0, 3.0)
    assert first.steps == {"network": 0.2, "case": 1.0}
    # Of 1, 3 and 2 s half was the case's.
    assert first.start_s == (0.5, 1.5, 1.0)
    assert first.peak_gb == 1e-6
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_servers_get_each_case_twice(tmp_path: Path) -> None:
    engine = Scripted(3.0, 2.0, 4.0, 2.0)
    (served,) = time_servers(engine, [case(tmp_path, "a")], repeats=2, progress=nobody)
    assert engine.jobs == [("invoke", ["a", "a"])] * 2
    assert served == ServerTimes(1, (0.75, 0.75), (0.3, 0.4), (0.2, 0.2))
    assert served.first_over_second == pytest.approx(1.75)


def test_a_failed_run_has_no_time(tmp_path: Path) -> None:
    cases = [(SCANS[0], case(tmp_path, "a"))]
    with pytest.raises(ChildProcessError, match="task 1, a: exit code 1: why"):
        time_cases(Scripted(1.0, exit_code=1), cases, repeats=1, progress=nobody)
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_the_scans_have_the_voxels_and_the_field_that_they_should() -> None:
    patient = render(SMALL)
    assert patient.ct_hu.GetSize() == (64, 64, 40)
    assert 300.0 < 40 * patient.ct_hu.GetSpacing()[2] < 352.0
    assert [scan.ct_size_xyz[2] for scan in SCANS] == [130, 240, 650]


def test_a_true_run_tells_its_steps(tmp_path: Path) -> None:
    cases = write_cases(tmp_path, [TASKS[1]], [SMALL])
    ct = sitk.ReadImage(str(cases[0][1].ct_file))
    assert ct.GetSize() == (64, 64, 40)
    # What is there is kept; what was interrupted is made again.
    (cases[0][1].input_dir / "inputs.json").unlink()
    assert write_cases(tmp_path, [TASKS[1]], [SMALL]) == cases
    (taken,) = time_cases(LocalEngine(), cases, repeats=1, progress=nobody)
    names = ["load", "read", "locate", "resample", "network", "post-process", "write", "case"]
    assert list(taken.steps) == names
    inner = sum(taken.steps[name] for name in names[1:-1])
    assert 0.9 * taken.steps["case"] < inner <= taken.steps["case"] + 0.01
    assert taken.start_s[0] > taken.steps["load"]
