"""From runs to rows: how each is judged, and how servers are held against processes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from harness.engines.engine import Job, Places
from harness.engines.profile import PROFILES, Profile
from harness.sanity.answers import describe, score_answers
from harness.sanity.cases import (
    RECIPES,
    CasesError,
    Recipe,
    RunCase,
    Truth,
    read_cases,
    write_sanity_cases,
)
from harness.sanity.compare import compare_outputs
from harness.sanity.phase import Round, run_round, run_rounds
from harness.shim.outcome import Run
from harness.tasks import TASKS

MACHINE = PROFILES["8gb"]


class Scripted:
    """An engine that writes what it is told to, by a server something else."""

    name = "scripted"

    def __init__(self, exit_code: int, *, served: str | None = None, **files: str) -> None:
        self.exit_code = exit_code
        self.served = served
        self.files = files
        self.jobs: list[tuple[Job, int]] = []

    def unenforced(self, profile: Profile) -> tuple[str, ...]:
        return (f"anything on {profile.name}",)

    def run(self, job: Job, cases: Sequence[Places]) -> list[Run]:
        self.jobs.append((job, len(cases)))
        for case in cases:
            assert (case.input_dir / "ehr.json").is_file()
            assert list(case.output_dir.iterdir()) == []
            for name, content in self.files.items():
                text = content if job.api == "exec" or self.served is None else self.served
                (case.output_dir / f"{name}.json").write_text(text, encoding="utf-8")
        return [Run(self.exit_code, 1.5, 2.5, 42, "said", "a warning\nthe reason\n")] * len(cases)


@pytest.fixture
def case(tmp_path: Path) -> RunCase:
    input_dir = tmp_path / "cases/neck"
    (input_dir / "images/ct").mkdir(parents=True)
    (input_dir / "ehr.json").write_text("{}", encoding="utf-8")
    ct = sitk.Image(3, 3, 3, sitk.sitkInt16)
    sitk.WriteImage(ct, str(input_dir / "images/ct/x.mha"))
    return RunCase("neck", TASKS[2], input_dir, Truth(tmp_path / "truth", True, 0.25))


def test_a_good_run_makes_a_passed_row(case: RunCase, tmp_path: Path) -> None:
    engine = Scripted(0, rfs="0.5")
    (row,) = run_round(Round(engine, MACHINE), [case], tmp_path / "runs")
    assert engine.jobs == [(Job(TASKS[2], MACHINE, 900.0, "exec"), 1)]
    assert (row.round, row.task, row.case) == ("scripted-8gb-exec", 2, "neck")
    assert (row.seconds, row.cpu_seconds, row.peak_memory_bytes) == (1.5, 2.5, 42)
    assert (row.answer, row.problems) == ("risk +0.500 (true log risk +0.25)", ())
    kept = tmp_path / "runs/neck"
    assert (kept / "stderr.log").read_text(encoding="utf-8") == "a warning\nthe reason\n"
    assert (kept / "output/rfs.json").read_text(encoding="utf-8") == "0.5"


def test_a_failed_run_is_told_by_its_last_line_alone(case: RunCase, tmp_path: Path) -> None:
    (row,) = run_round(Round(Scripted(1, rfs="NaN"), MACHINE), [case], tmp_path / "runs")
    assert [str(problem) for problem in row.problems] == ["exit code 1: the reason"]


def test_bad_outputs_make_a_failed_row(case: RunCase, tmp_path: Path) -> None:
    engine = Scripted(0, rfs="NaN", extra="1")
    (row,) = run_round(Round(engine, MACHINE), [case], tmp_path / "runs")
    assert [problem.why.split(":")[0] for problem in row.problems] == ["extra.json", "rfs.json"]
    assert row.answer == "-"


def test_outputs_of_an_earlier_run_do_not_count(case: RunCase, tmp_path: Path) -> None:
    for engine, passed in ((Scripted(0, rfs="0.5"), True), (Scripted(0), False)):
        (row,) = run_round(Round(engine, MACHINE), [case], tmp_path / "runs")
        assert row.passed is passed


def test_a_server_gets_all_cases_and_is_held_against_the_processes(
    case: RunCase, tmp_path: Path
) -> None:
    cases = [case, replace(case, name="other")]
    for served, same in (("0.5", True), ("0.6", False)):
        engine = Scripted(0, rfs="0.5", served=served)
        rounds = [Round(engine, MACHINE, "exec"), Round(engine, MACHINE, "invoke")]
        result = run_rounds(rounds, cases, tmp_path / served)
        assert [(job.api, count) for job, count in engine.jobs] == [
            ("exec", 1),
            ("exec", 1),
            ("invoke", 2),
        ]
        assert [row.passed for row in result.rows] == [True, True, same, same]
    assert str(result.rows[-1].problems[0]).startswith("rfs.json: by invoke and by exec, other")
    assert result.unenforced == {
        f"scripted-8gb-{api}": ("anything on 8gb",) for api in ("exec", "invoke")
    }


def test_a_server_that_leaves_other_files_is_told(case: RunCase, tmp_path: Path) -> None:
    how = Round(Scripted(0, rfs="0.5"), MACHINE)
    rows = run_round(how, [case], tmp_path / "served")
    (tmp_path / "other/neck/output").mkdir(parents=True)
    (row,) = compare_outputs(rows, tmp_path / "served", tmp_path / "other")
    assert row.problems[0].why == "by invoke ['rfs.json'], by exec []: not the same files"


@pytest.mark.parametrize("known", [True, False])
def test_a_segmentation_is_described_by_its_overlap_or_its_volumes(
    tmp_path: Path, known: bool
) -> None:
    true = np.zeros((2, 2, 4), dtype=np.uint8)
    true[0, 0, :3] = 1
    found = np.zeros_like(true)
    found[0, 0, 1:4] = 1
    place = tmp_path / TASKS[1].output
    place.mkdir(parents=True)
    image = sitk.GetImageFromArray(found)
    image.SetSpacing((10.0, 10.0, 10.0))
    sitk.WriteImage(sitk.GetImageFromArray(true), str(tmp_path / "truth.mha"))
    sitk.WriteImage(image, str(place / "output.mha"))
    truth = Truth(tmp_path / "truth.mha", True, 0.25) if known else None
    # Primary: 2 of 3 and 3 voxels in common, 2 * 2 / 6. Nodes: none and none found.
    expected = "Dice GTVp 0.67, GTVn 1.00" if known else "GTVp 3.0 ml, GTVn 0.0 ml"
    assert describe(RunCase("neck", TASKS[1], tmp_path, truth), tmp_path) == expected


@pytest.mark.parametrize(("value", "said"), [("true", "true (truth false)"), ("false", "false")])
def test_a_call_is_described(tmp_path: Path, value: str, said: str) -> None:
    (tmp_path / "hpv-status.json").write_text(value, encoding="utf-8")
    truth = Truth(tmp_path, False, 0.0) if "truth" in said else None
    assert describe(RunCase("neck", TASKS[3], tmp_path, truth), tmp_path) == said


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, RunCase]:
    """Write the two recipes with small scans."""
    folder = tmp_path_factory.mktemp("cases")
    small = tuple(recipe for recipe in RECIPES if recipe.neck_only)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("harness.sanity.cases.RECIPES", small)
        cases = write_sanity_cases(folder, [TASKS[2]], seed=5)
    return {case.name: case for case in cases}


def test_the_neck_case_is_of_today(written: dict[str, RunCase]) -> None:
    case = written["neck"]
    entries = json.loads((case.input_dir / "inputs.json").read_text(encoding="utf-8"))
    assert all("socket" in entry for entry in entries)
    assert case.truth is not None
    ct, truth = (sitk.ReadImage(str(file)) for file in (case.ct_file, case.truth.labels))
    assert ct.GetSize() == truth.GetSize()


def test_the_degraded_case_lacks_what_it_should(written: dict[str, RunCase]) -> None:
    case = written["bqml-missing-values"]
    assert not (case.input_dir / "inputs.json").exists()
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


def test_one_s_own_cases_are_found(case: RunCase) -> None:
    folder = case.input_dir.parent
    (one,) = read_cases(folder, TASKS[2])
    assert (one.name, one.input_dir, one.truth) == ("neck", case.input_dir, None)
    assert read_cases(case.input_dir, TASKS[2]) == [one]


def test_a_folder_without_cases_is_refused(case: RunCase, tmp_path: Path) -> None:
    with pytest.raises(CasesError, match="nowhere: expected a folder a case, found none"):
        read_cases(tmp_path / "nowhere", TASKS[2])
    case.ct_file.unlink()
    with pytest.raises(CasesError, match="expected one image in images/ct, found 0 files"):
        read_cases(case.input_dir.parent, TASKS[2])


def test_answers_are_scored_beside_the_truth(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = (Recipe("neck", centre="HGJ", neck_only=True, inputs="current"),)
    monkeypatch.setattr("harness.sanity.cases.RECIPES", one)
    cases = write_sanity_cases(tmp_path / "cases", [TASKS[2]], seed=5)
    for engine, name in ((Scripted(0, rfs="0.5"), "good"), (Scripted(1), "bad")):
        run_round(Round(engine, MACHINE), cases, tmp_path / name / "task2")
    pages = score_answers(tmp_path / "good", tmp_path / "cases", [TASKS[2]], out=tmp_path / "r")
    assert pages == [tmp_path / "r/task2/report.html"]
    metrics = json.loads((pages[0].parent / "metrics.json").read_text(encoding="utf-8"))
    assert [case["patient"] for case in metrics["results"]] == ["neck"]
    assert metrics["results"][0]["risk"] == 0.5
    # An engine whose runs all failed has nothing to show, and that is no error of its own.
    assert score_answers(tmp_path / "bad", tmp_path / "cases", [TASKS[2]], out=tmp_path / "n") == []
