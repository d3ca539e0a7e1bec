"""The command line: what each command refuses, prints and leaves."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
import SimpleITK as sitk
from typer.testing import CliRunner

from harness.__main__ import app
from tests.harness.conftest import PROGRAM, MakeImage

RUNNER = CliRunner()


def call(*words: str | Path) -> tuple[int, str, str]:
    result = RUNNER.invoke(app, [str(word) for word in words])
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    """Two cases of the tiny program: one answers, one refuses."""
    for name, what in (("good", "answer"), ("bad", "refuse")):
        folder = tmp_path / "cases" / name
        (folder / "images/ct").mkdir(parents=True)
        sitk.WriteImage(sitk.Image(3, 3, 3, sitk.sitkInt16), str(folder / "images/ct/x.mha"))
        (folder / "do").write_text(what, encoding="utf-8")
    return tmp_path / "cases"


def run(cases: Path, tmp_path: Path, *words: str) -> tuple[int, str, str]:
    program = f"{sys.executable} '{PROGRAM}'"
    places = ("--keep", tmp_path / "kept", "--reports", tmp_path / "reports")
    return call("run", "--task", "2", "--cases", cases, "--program", program, *places, *words)


def test_run_says_what_failed_and_leaves_the_reports(cases: Path, tmp_path: Path) -> None:
    code, out, _ = run(cases, tmp_path)
    assert code == 1
    assert "engine local does not enforce the size of /dev/shm" in out
    assert "FAILED task 2, bad, local-8gb-exec: exit code 1: CT socket images/ct" in out
    assert "1 of 2 runs passed" in out
    for kind in ("json", "xml", "html"):
        assert (tmp_path / f"reports/run.{kind}").is_file()
    kept = tmp_path / "kept/local-8gb-exec/task2/good/output/rfs.json"
    assert kept.read_text(encoding="utf-8") == "0.5"


def test_a_full_disk_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError("cases/ct.mha can't be written: No space left on device")

    monkeypatch.setattr("harness.sanity.cases.write_sanity_cases", full)
    code, _, err = call("sanity", "--task", "1", "--engine", "local")
    assert code == 1
    assert err == "cases/ct.mha can't be written: No space left on device\n"


def test_run_passes_on_a_good_case(cases: Path, tmp_path: Path) -> None:
    code, out, _ = run(cases / "good", tmp_path, "--profile", "16gb", "--time-limit", "20")
    assert code == 0
    document = json.loads((tmp_path / "reports/run.json").read_text(encoding="utf-8"))
    assert [row["round"] for row in document["rows"]] == ["local-16gb-exec"]
    assert "1 of 1 runs passed" in out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--profile", "4gb"), "--profile 4gb: expected 8gb or 16gb"),
        (("--api", "http"), "--api http: expected exec or invoke"),
        (("--model", "model.zip"), "model.zip: This upload is not a valid .tar.gz file"),
    ],
)
def test_run_refuses_what_it_does_not_know(
    cases: Path, tmp_path: Path, words: tuple[str, ...], message: str
) -> None:
    code, _, err = run(cases, tmp_path, *words)
    assert code == 1
    assert err.strip() == message


def test_check_looks_at_one_case_s_outputs(cases: Path, tmp_path: Path) -> None:
    output = tmp_path / "output"
    output.mkdir()
    words = ("check", "--task", "2", "--input", cases / "good", "--output", output)
    code, out, _ = call(*words)
    assert code == 1
    assert out.startswith("FAILED: rfs.json: expected a JSON number, found no file")
    (output / "rfs.json").write_text("0.5", encoding="utf-8")
    assert call(*words)[:2] == (0, "the outputs are good\n")


def test_without_a_daemon_docker_is_refused_and_auto_is_local(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for module in ("building", "options", "uploading"):
        monkeypatch.setattr(f"harness.commands.{module}.connect", lambda: None)
    anything = tmp_path / "image.tar.gz"
    anything.touch()
    for command in (
        ("build", "--engine", "docker"),
        ("sanity", "--engine", "docker"),
        ("run", "--task", "1", "--cases", tmp_path, "--image", "theirs:1"),
        ("export",),
    ):
        code, _, err = call(*command)
        assert code == 1
        assert "no Docker daemon answers" in err
    code, out, _ = call("build")
    assert code == 0
    assert "the local engine is ready" in out
    assert call("engines")[1].split() == ["local"]


def test_validate_needs_no_daemon_to_refuse(tmp_path: Path) -> None:
    file = tmp_path / "image.tar.gz"
    code, _, err = call("validate", file, "--task", "1")
    assert (code, err.strip()) == (1, f"{file}: expected a file, found none")
    file.write_bytes(b"no archive")
    code, out, _ = call("validate", file, "--task", "1")
    assert (code, out.strip()) == (1, "REFUSED: Could not decompress the container image file.")
    code, out, _ = call("validate", file, "--task", "1", "--model")
    assert code == 1
    assert "Could not set up model: Tarfile could not be extracted" in out


@pytest.mark.docker
def test_run_calls_an_image_as_its_label_says(
    cases: Path, tmp_path: Path, make_image: MakeImage
) -> None:
    places = ("--keep", tmp_path / "kept", "--reports", tmp_path / "reports")
    image = ("--image", make_image("hecktor", "invoke"))
    words = ("run", "--task", "2", "--cases", cases / "good", *image, *places)
    code, out, _ = call(*words)
    assert (code, "docker-8gb-invoke" in out) == (0, True)
    assert call(*words, "--api", "invoke")[0] == 0
    code, _, err = call(*words, "--api", "exec")
    assert code == 1
    assert "the platform would call" in err
    assert "by invoke, by its label org.grand-challenge.api-method" in err
    code, _, err = call("run", "--task", "2", "--cases", cases, "--image", "none:0", *places)
    assert (code, err.strip()) == (1, "docker engine: no image none:0; run ./build.sh first")


@pytest.mark.docker
def test_run_says_what_the_upload_would_refuse(
    cases: Path, tmp_path: Path, make_image: MakeImage
) -> None:
    places = ("--keep", tmp_path / "kept", "--reports", tmp_path / "reports")
    image = ("--image", make_image("root"))
    code, out, _ = call("run", "--task", "2", "--cases", cases / "good", *image, *places)
    assert code == 1
    assert "REFUSED at the upload: The container runs as root." in out
    assert "1 of 1 runs passed" in out
