"""The program around a case: exit code, streams and signals, each in a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from shared.entry import parse_arguments
from task1_container.inference import TASK
from tests.networks import task_weights
from tests.scans import files_in
from tests.shared.program import NARROWED, READY

ROOT = Path(__file__).parents[2]


class Folders:
    """The three folders that a program gets."""

    def __init__(self, root: Path) -> None:
        self.input, self.output, self.model = root / "input", root / "output", root / "model"
        task_weights(self.model, 1)

    def command(self, act: str, *more: str) -> list[str]:
        folders = ("--input", self.input, "--output", self.output, "--model", self.model)
        return [sys.executable, "-m", "tests.shared.program", act, *map(str, folders), *more]

    def run(self, act: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            self.command(act),
            capture_output=True,
            check=False,
            cwd=ROOT,
            env={**os.environ, **environment},
            timeout=120,
        )


@pytest.fixture
def folders(input_dir: Path, output_dir: Path, tmp_path: Path) -> Folders:
    return Folders(tmp_path)


def lines(stream: bytes) -> list[str]:
    return stream.decode("utf-8").splitlines()


def test_the_defaults_are_the_platforms_paths() -> None:
    options = parse_arguments(TASK, [])
    assert (options.input, options.output) == (Path("/input"), Path("/output"))
    assert options.model == Path("/opt/ml/model")
    assert not options.serve


def test_info_goes_to_stdout_and_warnings_to_stderr_one_line_each(folders: Folders) -> None:
    done = folders.run("logging", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    out, err = lines(done.stdout), lines(done.stderr)
    assert "INFO an info" in out
    assert all(line.startswith("INFO ") for line in out)
    assert err[-1] == "WARNING a warning"
    assert all(line.startswith("WARNING ") for line in err)
    assert out[-1].startswith("INFO step case: ")


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_vectors_are_narrowed_for_float32_alone(folders: Folders, precision: str) -> None:
    done = folders.run("logging", HECKTOR_PRECISION=precision)
    assert done.returncode == 0
    assert (f"INFO {NARROWED}" in lines(done.stdout)) is (precision == "float32")


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        ("crashing", "ERROR unexpected ValueError: first line second line: é"),
        ("out-of-memory", "ERROR out of memory"),
    ],
)
def test_the_last_line_of_stderr_is_the_reason_also_of_a_crash(
    folders: Folders, act: str, reason: str
) -> None:
    done = folders.run(act, PYTHONIOENCODING="ascii")
    assert done.returncode == 1
    assert lines(done.stderr)[-1] == reason
    assert files_in(folders.output) == []


def test_a_bad_setting_ends_the_program(folders: Folders) -> None:
    done = folders.run("logging", HECKTOR_ON_ERROR="ignore")
    assert done.returncode == 1
    (reason,) = lines(done.stderr)
    assert reason.startswith("ERROR environment HECKTOR_ON_ERROR: ")
    assert files_in(folders.output) == []


@pytest.mark.parametrize(
    ("act", "more", "ready"),
    [
        ("computing", (), READY),
        ("writing", (), READY),
        ("losing", (), READY),
        ("serving", ("--serve",), "Uvicorn running on http://0.0.0.0:"),
    ],
)
def test_sigterm_ends_the_program_at_once_and_leaves_nothing(
    folders: Folders, act: str, more: tuple[str, ...], ready: str
) -> None:
    with subprocess.Popen(
        folders.command(act, *more), stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if ready in line.decode():
                break
        assert (len(files_in(folders.output)) == 3) == (act in ("writing", "losing"))
        process.send_signal(signal.SIGTERM)
        # The computation would go on for minutes.
        _, err = process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM
    assert lines(err)[-1] == "ERROR stopped by SIGTERM before the case was done"
    assert files_in(folders.output) == []
