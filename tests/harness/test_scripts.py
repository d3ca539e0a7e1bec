"""The three scripts say how they are used, from any folder, and refuse what they don't know."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ("build.sh", "test.sh", "export.sh")


def call(*command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(word) for word in command],
        cwd="/",
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("script", SCRIPTS)
def test_help_names_every_option(script: str) -> None:
    shown = call(ROOT / script, "--help")
    assert shown.returncode == 0
    assert shown.stdout.startswith(f"Usage: ./{script} [options]")
    text = (ROOT / script).read_text(encoding="utf-8")
    parsed = text[text.index("while [[ $# -gt 0 ]]") : text.index("unknown option")]
    words = parsed.replace("|", " ").replace(")", " ").split()
    options = {word for word in words if word.startswith("--")}
    assert len(options) >= 3
    for option in options:
        assert f"  {option}" in shown.stdout


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--tasks", "1"], "unknown option --tasks (see --help)"),
        (["--task"], "--task needs a value (see --help)"),
        (["--task", ""], "--task needs a value (see --help)"),
    ],
)
def test_what_is_not_understood_is_refused(script: str, words: list[str], message: str) -> None:
    refused = call(ROOT / script, *words)
    assert refused.returncode == 1
    assert refused.stderr == f"{script}: {message}\n"
    assert refused.stdout == ""


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """Lay the scripts into a folder of their own, with a space in its name."""
    root = tmp_path / "a clone"
    (root / "harness").mkdir(parents=True)
    for name in (*SCRIPTS, "harness/scripts.sh"):
        shutil.copy(ROOT / name, root / name)
    shutil.copytree(ROOT / "requirements", root / "requirements")
    return root


@pytest.mark.parametrize("script", ["test.sh", "export.sh"])
def test_before_the_build_the_way_is_named(fresh: Path, tmp_path: Path, script: str) -> None:
    link = tmp_path / "link.sh"
    link.symlink_to(fresh / script)
    refused = call(link)
    assert refused.returncode == 1
    assert refused.stderr == (
        "link.sh: the environment is missing or out of date: run ./build.sh first\n"
    )


def stand_in(folder: Path, name: str, body: str) -> Path:
    file = folder / name
    file.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    file.chmod(0o755)
    return file


def test_an_unfit_python_is_refused(fresh: Path, tmp_path: Path) -> None:
    old = stand_in(tmp_path, "old-python", "exit 1")
    refused = call(fresh / "build.sh", "--python", old)
    assert refused.returncode == 1
    assert refused.stderr == (
        f"build.sh: no Python 3.11, 3.12 or 3.13 found at {old}; name one with --python EXE\n"
    )


def test_a_missing_ensurepip_is_named_with_its_package(fresh: Path, tmp_path: Path) -> None:
    body = 'case "$2" in *ensurepip*) exit 1 ;; *print*) echo python3.12 ;; esac'
    bare = stand_in(tmp_path, "bare-python", body)
    refused = call(fresh / "build.sh", "--python", bare)
    assert refused.returncode == 1
    assert refused.stderr == (
        "build.sh: python3.12 has no ensurepip: "
        "install its package python3.12-venv (Debian, Ubuntu)\n"
    )


def test_a_missing_certificate_file_is_refused(tmp_path: Path) -> None:
    refused = call(ROOT / "build.sh", "--ca-bundle", tmp_path / "none.crt")
    assert refused.returncode == 1
    assert refused.stderr == f"build.sh: --ca-bundle: no file {tmp_path}/none.crt\n"
