"""The three programs as processes, on a phantom patient."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from phantom.disk.case import write_case
from phantom.patient import Patient, make_patient

ROOT = Path(__file__).parents[2]

RunTask = Callable[..., subprocess.CompletedProcess[str]]


def environment(**more: str) -> dict[str, str]:
    """Return this process's environment without our own settings, and more."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("HECKTOR_")}
    return {**clean, **more}


@pytest.fixture(scope="session")
def patient() -> Patient:
    """A phantom patient, scanned from the head to the shoulders."""
    return make_patient(2025, 3, neck_only=True, centre="CHUM")


@pytest.fixture(scope="session")
def phantom_input(
    tmp_path_factory: pytest.TempPathFactory, patient: Patient
) -> Callable[[int], Path]:
    """The phantom patient's input folder for a task, written once."""

    @cache
    def write(task: int) -> Path:
        folder = tmp_path_factory.mktemp(f"task{task}") / "input"
        write_case(patient, folder, task=task)
        return folder

    return write


@pytest.fixture
def run_task(output_dir: Path) -> RunTask:
    """Run a task's program, into `output_dir` unless another folder is given."""

    def run(
        task: int,
        *,
        input_dir: Path,
        output: Path = output_dir,
        model: Path | None = None,
        **settings: str,
    ) -> subprocess.CompletedProcess[str]:
        folders = ["--input", str(input_dir), "--output", str(output)]
        if model is not None:
            folders += ["--model", str(model)]
        return subprocess.run(
            [sys.executable, "-m", f"task{task}_container.inference", *folders],
            capture_output=True,
            check=False,
            cwd=ROOT,
            encoding="utf-8",
            env=environment(**settings),
            timeout=300,
        )

    return run
