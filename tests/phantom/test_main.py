import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from phantom.__main__ import INTERRUPTED, app
from phantom.disk import cohort as cohort_module
from tests.phantom.sketches import sketch

RUN = CliRunner()
ROOT = Path(__file__).parents[2]


def test_case_writes_a_tree(tmp_path: Path) -> None:
    out = tmp_path / "case"
    arguments = "case --task 3 --seed 4 --index 2 --centre HGJ --neck-only --out"
    result = RUN.invoke(app, [*arguments.split(), str(out)])
    assert result.exit_code == 0, result.output
    assert "HGJ-003 for task 3" in result.output
    assert {path.name for path in out.iterdir()} == {"ehr.json", "inputs.json", "images"}


@pytest.fixture
def sketched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this process write sketches for scans: a cohort takes no time."""
    monkeypatch.setattr(cohort_module, "render_patient", sketch)


def _cohort(out: Path, more: str = "") -> tuple[int, str]:
    result = RUN.invoke(app, ["cohort", *more.split(), "--out", str(out)])
    return result.exit_code, " ".join(result.output.split())


@pytest.mark.usefixtures("sketched")
def test_cohort_writes_a_data_set_once(tmp_path: Path) -> None:
    code, output = _cohort(tmp_path, "--patients 2 --seed 4 --centres hgj,hmr --neck-only")
    assert code == 0, output
    assert len(list((tmp_path / "Task 1").iterdir())) == 3
    assert "patients: 0 of 2 (0 %)" in output
    assert f"2 patients in {tmp_path}, 2 of them new" in output
    code, output = _cohort(tmp_path, "--patients 3 --seed 4 --centres hmr,hgj --neck-only")
    assert f"3 patients in {tmp_path}, 1 of them new" in output
    assert code == 0
    code, output = _cohort(tmp_path, "--patients 3 --seed 5 --centres hmr,hgj --neck-only")
    assert code == 1
    assert "error:" in output
    assert "holds another cohort (seed 4, not 5)" in output
    code, output = _cohort(tmp_path, "--patients 1 --seed 5 --format grand-challenge --overwrite")
    assert code == 0, output
    assert not (tmp_path / "Task 1").exists()
    assert (tmp_path / "task1").is_dir()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ("--patients 0 --seed 1", "at least one patient and worker, got 0 and 1"),
        ("--patients 1 --seed 1 --workers 0", "at least one patient and worker, got 1 and 0"),
        ("--patients 1 --seed 1 --centres MDA,ABC", "unknown centre ABC; known are CHUM"),
        ("--patients 1 --seed 1 --centres ,", "no centre given"),
        ("--patients 1 --seed 1 --format bids", "unknown format bids; known are hecktor"),
        ("--patients 1 --seed 1", "not an empty folder and holds no cohort"),
        ("--patients 1 --seed 1 --overwrite", "not an empty folder and holds no cohort"),
    ],
)
def test_a_bad_cohort_gets_its_reason_and_exit_code_1(
    tmp_path: Path, arguments: str, reason: str
) -> None:
    (tmp_path / "taken").touch()
    code, output = _cohort(tmp_path, arguments)
    assert code == 1
    assert output.startswith("error: ")
    assert reason in output
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ("case --task 4 --seed 1 --index 0", "less than or equal to 3"),
        ("case --task 1 --seed 1 --index 0 --centre CHB", "unknown centre CHB"),
    ],
)
def test_a_bad_case_gets_its_reason(tmp_path: Path, arguments: str, reason: str) -> None:
    (tmp_path / "taken").touch()
    result = RUN.invoke(app, [*arguments.split(), "--out", str(tmp_path)])
    assert result.exit_code != 0
    assert reason in " ".join(result.output.replace("│", " ").split())
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


@pytest.mark.parametrize("workers", [1, 2])
def test_an_interrupt_stops_at_once_and_says_how_to_go_on(tmp_path: Path, workers: int) -> None:
    out = tmp_path / "cohort"
    arguments = f"cohort --patients 9 --seed 4 --neck-only --workers {workers} --out".split()
    # Jobs in the background of a script are started deaf to interrupts, and their children too.
    listening = (
        "import runpy, signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "runpy.run_module('phantom', run_name='__main__', alter_sys=True)"
    )
    command = subprocess.Popen(
        [sys.executable, "-c", listening, *arguments, str(out)],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert command.stderr is not None
    assert command.stderr.readline().startswith("patients: 0 of 9")
    time.sleep(2.0)
    # As a terminal does: to the command and to its workers alike.
    os.killpg(command.pid, signal.SIGINT)
    _, said = command.communicate(timeout=30)
    assert command.returncode == INTERRUPTED
    assert "the same command goes on" in said
    assert "Traceback" not in said
    assert {path.name for path in out.iterdir()} <= {"cohort.json", "Task 1", "Task 2", "Task 3"}
    assert (out / "cohort.json").is_file()
