"""From a run to a row, from rows to the exit code; the cases themselves."""

import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from rich.console import Console
from typer.testing import CliRunner

from harness import cli
from harness.cases import RECIPES, Recipe, SanityCase, write_sanity_cases
from harness.engine import Limits, Run
from harness.report import Row, show, succeeded, write_json
from harness.sanity import Round, describe, run_case, run_sanity
from harness.tasks import TASKS, Task

GOOD = Row("local", 2, "neck", 12.34, 350_000_000, "risk +0.5", ())
BAD = replace(GOOD, case="whole-body", peak_memory_bytes=None, problems=("first", "second"))


class Scripted:
    """An engine that writes what it is told to."""

    name = "scripted"

    def __init__(self, exit_code: int, **files: str) -> None:
        self.exit_code = exit_code
        self.files = files

    def unenforced(self) -> tuple[str, ...]:
        return ("anything",)

    def run(self, task: Task, *, input_dir: Path, output_dir: Path, limits: Limits) -> Run:
        assert limits == Limits(time_s=task.time_limit_s, memory_bytes=16 * 1024**3, cpus=2)
        assert (input_dir / "ehr.json").is_file()
        for name, content in self.files.items():
            (output_dir / f"{name}.json").write_text(content, encoding="utf-8")
        return Run(self.exit_code, 1.5, 42, "said", "a warning\nthe reason\n")


@pytest.fixture
def case(tmp_path: Path) -> SanityCase:
    input_dir = tmp_path / "input"
    (input_dir / "images/ct").mkdir(parents=True)
    (input_dir / "ehr.json").write_text("{}", encoding="utf-8")
    ct = sitk.Image(3, 3, 3, sitk.sitkInt16)
    sitk.WriteImage(ct, str(input_dir / "images/ct/x.mha"))
    return SanityCase("neck", TASKS[2], input_dir, "output.mha", tmp_path / "truth", True, 0.25)


def test_a_good_run_makes_a_passed_row(case: SanityCase, tmp_path: Path) -> None:
    row = run_case(Scripted(0, rfs="0.5"), case, tmp_path / "runs")
    assert row == Row("scripted", 2, "neck", 1.5, 42, "risk +0.500 (true log risk +0.25)", ())
    kept = tmp_path / "runs/task2/neck"
    assert (kept / "stderr.log").read_text(encoding="utf-8") == "a warning\nthe reason\n"
    assert (kept / "output/rfs.json").read_text(encoding="utf-8") == "0.5"


def test_a_failed_run_makes_a_failed_row_with_the_last_line(
    case: SanityCase, tmp_path: Path
) -> None:
    row = run_case(Scripted(1), case, tmp_path / "runs")
    assert row.problems == ("exit code 1: the reason",)
    assert not row.passed


def test_bad_outputs_make_a_failed_row(case: SanityCase, tmp_path: Path) -> None:
    row = run_case(Scripted(0, rfs="NaN", extra="1"), case, tmp_path / "runs")
    assert [problem.split(" ")[0] for problem in row.problems] == ["unexpected", "The"]
    assert row.answer == "-"


def test_outputs_of_an_earlier_run_do_not_count(case: SanityCase, tmp_path: Path) -> None:
    run_case(Scripted(0, rfs="0.5"), case, tmp_path / "runs")
    row = run_case(Scripted(0), case, tmp_path / "runs")
    assert row.problems == ("Output file 'rfs.json' was not produced",)


def test_a_segmentation_is_described_by_its_overlap_with_the_truth(tmp_path: Path) -> None:
    true = np.zeros((2, 2, 4), dtype=np.uint8)
    true[0, 0, :3] = 1
    found = np.zeros_like(true)
    found[0, 0, 1:4] = 1
    place = tmp_path / TASKS[1].output
    place.mkdir(parents=True)
    sitk.WriteImage(sitk.GetImageFromArray(true), str(tmp_path / "truth.mha"))
    sitk.WriteImage(sitk.GetImageFromArray(found), str(place / "output.mha"))
    case = SanityCase("neck", TASKS[1], tmp_path, "output.mha", tmp_path / "truth.mha", True, 0.25)
    # Primary: 2 of 3 and 3 voxels in common, 2 * 2 / 6. Nodes: none and none found.
    assert describe(case, tmp_path) == "Dice GTVp 0.67, GTVn 1.00"


@pytest.mark.parametrize(("rows", "good"), [([GOOD], True), ([GOOD, BAD], False), ([], False)])
def test_all_rows_have_to_pass_and_there_have_to_be_some(rows: list[Row], good: bool) -> None:
    assert succeeded(rows) is good


def test_the_table_shows_every_row_and_every_problem() -> None:
    text = io.StringIO()
    show([GOOD, BAD], Console(file=text, width=120))
    lines = text.getvalue().splitlines()
    assert any("12.3" in line and "350 MB" in line and "passed" in line for line in lines)
    assert "FAILED task 2, whole-body, local: first" in lines
    assert "FAILED task 2, whole-body, local: second" in lines
    assert lines[-1] == "1 of 2 runs passed"


def test_the_json_holds_the_rows(tmp_path: Path) -> None:
    file = tmp_path / "reports/sanity.json"
    write_json([GOOD, BAD], file, unenforced={"local": ["no network"]})
    document = json.loads(file.read_text(encoding="utf-8"))
    assert document["passed"] is False
    assert document["unenforced"] == {"local": ["no network"]}
    assert [row["passed"] for row in document["rows"]] == [True, False]
    assert document["rows"][0]["peak_memory_bytes"] == 350_000_000


@pytest.mark.parametrize(("rows", "code"), [([GOOD], 0), ([GOOD, BAD], 1), ([], 1)])
def test_the_exit_code_is_the_result(
    rows: list[Row], code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = Round(tuple(rows), (Path("reports/local/task1/report.html"),))
    monkeypatch.setattr("harness.sanity.run_sanity", lambda *_, **__: done)
    report = tmp_path / "sanity.json"
    result = CliRunner().invoke(
        cli.app, ["sanity", "--engine", "local", "--report", str(report)], catch_exceptions=False
    )
    assert result.exit_code == code
    assert "engine local does not enforce" in result.output
    assert result.stdout.splitlines()[-1].endswith("reports/local/task1/report.html")
    assert report.is_file()


def test_without_a_daemon_docker_is_refused_and_auto_is_local(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("harness.docker_engine.connect", lambda: None)
    runner = CliRunner()
    for command in (["build", "--engine", "docker"], ["sanity", "--engine", "docker"], ["export"]):
        refused = runner.invoke(cli.app, command)
        assert refused.exit_code == 1
        assert "no Docker daemon answers" in refused.stderr
    built = runner.invoke(cli.app, ["build"])
    assert built.exit_code == 0
    assert "the local engine is ready" in built.stdout
    assert runner.invoke(cli.app, ["engines"]).stdout.split() == ["local"]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, SanityCase]:
    """Write the two recipes with small scans."""
    folder = tmp_path_factory.mktemp("cases")
    small = tuple(recipe for recipe in RECIPES if recipe.neck_only)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("harness.cases.RECIPES", small)
        cases = write_sanity_cases(folder, [TASKS[2]], seed=5)
    return {case.name: case for case in cases}


def test_the_neck_case_tells_its_patients_name(written: dict[str, SanityCase]) -> None:
    case = written["neck"]
    entries = json.loads((case.input_dir / "inputs.json").read_text(encoding="utf-8"))
    names = [entry["image"]["name"] for entry in entries if entry["image"]]
    assert f"{case.image_name.removesuffix('.mha')}__CT.nii.gz" in names
    assert all("socket" in entry for entry in entries)
    ct, truth = (sitk.ReadImage(str(file)) for file in (case.ct_file, case.truth_file))
    assert ct.GetSize() == truth.GetSize()


def test_the_degraded_case_lacks_what_it_should(written: dict[str, SanityCase]) -> None:
    case = written["bqml-missing-values"]
    assert not (case.input_dir / "inputs.json").exists()
    assert case.image_name == "output.mha"
    record = json.loads((case.input_dir / "ehr.json").read_text(encoding="utf-8"))
    assert {name for name, value in record.items() if value is not None} <= {"Age", "Gender"}
    assert record["Age"] is not None
    (pet_file,) = (case.input_dir / "images/pet").iterdir()
    pet = sitk.GetArrayFromImage(sitk.ReadImage(str(pet_file)))
    assert pet.max() > 5_000


def test_the_three_cases_differ_where_containers_break() -> None:
    assert len({recipe.centre for recipe in RECIPES}) == 3
    assert {recipe.inputs for recipe in RECIPES} == {"current", "interface", None}
    assert {recipe.neck_only for recipe in RECIPES} == {True, False}


def test_run_sanity_runs_every_case_on_every_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = (Recipe("neck", centre="HGJ", neck_only=True, inputs="current"),)
    monkeypatch.setattr("harness.cases.RECIPES", one)
    engines = [Scripted(0, rfs="0.5"), Scripted(1)]
    done = run_sanity(engines, [TASKS[2]], keep=tmp_path / "kept")
    assert [row.passed for row in done.rows] == [True, False]
    assert done.pages == ()
    assert (tmp_path / "kept/cases/task2/neck/images/pet").is_dir()


def test_answers_are_scored_beside_the_truth(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = (Recipe("neck", centre="HGJ", neck_only=True, inputs="current"),)
    monkeypatch.setattr("harness.cases.RECIPES", one)
    done = run_sanity([Scripted(0, rfs="0.5")], [TASKS[2]], keep=None, reports=tmp_path / "r")
    assert done.pages == (tmp_path / "r/scripted/task2/report.html",)
    metrics = json.loads((done.pages[0].parent / "metrics.json").read_text(encoding="utf-8"))
    assert [case["patient"] for case in metrics["results"]] == ["neck"]
    assert metrics["results"][0]["risk"] == 0.5
    # An engine whose runs all failed has nothing to show, and that is no error of its own.
    assert run_sanity([Scripted(1)], [TASKS[2]], keep=None, reports=tmp_path / "none").pages == ()
