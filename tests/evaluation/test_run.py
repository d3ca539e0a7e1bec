import json
import re
from pathlib import Path

import pytest
from typer import Typer
from typer.testing import CliRunner

from evaluation.__main__ import BROKEN, NOTHING, WITH_PROBLEMS, main
from evaluation.result import centre_of, plain
from tests.evaluation.files import cube, write_json, write_mask

app = Typer()
app.command()(main)
PRIMARY, NODE = cube(1, z=2, y=2, x=2), cube(2, z=8, y=2, x=2)


def masks(folder: Path) -> tuple[Path, Path]:
    for patient in ("CHUM-001", "MDA-002"):
        write_mask(folder / f"truth/{patient}/{patient}.nii.gz", PRIMARY + NODE)
        write_mask(folder / f"predictions/{patient}.mha", PRIMARY)
    return folder / "predictions", folder / "truth"


def command(task: int, predictions: Path, truth: Path, out: Path, *more: str) -> list[str]:
    places = ["--predictions", str(predictions), "--truth", str(truth), "--out", str(out)]
    return ["--task", str(task), *places, "--workers", "1", *more]


def test_masks_make_all_files(tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = CliRunner().invoke(app, command(1, *masks(tmp_path), out))
    assert result.exit_code == 0, result.output
    assert sorted(path.name for path in out.iterdir()) == [
        "cases.csv",
        "metrics.json",
        "report.html",
    ]
    metrics = json.loads((out / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["aggregates"]["gtvp_dice_mean"] == 1.0
    assert metrics["aggregates"]["gtvn_dice_aggregated"] == 0.0
    assert metrics["intervals"]["gtvp_dice_mean"] == [1.0, 1.0]
    # Neither side of a missing distance is a number; JSON has no NaN.
    assert metrics["aggregates"]["gtvn_hd95_mm_median"] is None
    assert [case["patient"] for case in metrics["results"]] == ["CHUM-001", "MDA-002"]
    assert metrics["results"][0]["gtvn_fn"] == 1
    table = (out / "cases.csv").read_text(encoding="utf-8").splitlines()
    assert table[0].startswith("patient,centre,gtvp_dice")
    assert len(table) == 3
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "missed node" in page
    # Four charts, and without scans the outlines alone.
    assert page.count("data:image/png") == 4
    assert "<svg" in page
    assert not re.search(r'(src|href)="(?!data:|#)', page)


def test_risks_and_calls_make_reports_too(tmp_path: Path) -> None:
    rows = ["PatientID,Relapse,RFS,HPV Status"]
    for number in range(8):
        name = f"MDA-{number:03d}"
        rows.append(f"{name},{number % 2},{100 + 90 * number},{number % 3 > 0:d}")
        write_json(tmp_path / f"p/{name}/rfs.json", -0.1 * number)
        write_json(tmp_path / f"p/{name}/hpv-status.json", number % 3 > 0 and number != 7)
    truth = tmp_path / "truth.csv"
    truth.write_text("\n".join(rows), encoding="utf-8")
    for task, metric in ((2, "c_index"), (3, "balanced_accuracy")):
        out = tmp_path / f"out{task}"
        result = CliRunner().invoke(app, command(task, tmp_path / "p", truth, out))
        assert result.exit_code == 0, result.output
        assert re.search(rf"^{metric} \d\.\d+ \[", result.stdout, re.MULTILINE)
        metrics = json.loads((out / "metrics.json").read_text(encoding="utf-8"))
        assert len(metrics["results"]) == 8
        assert metrics["aggregates"][metric] > 0.5
        assert "MDA-007" in (out / "report.html").read_text(encoding="utf-8")


def test_problems_are_in_the_exit_code_and_the_report(tmp_path: Path) -> None:
    predictions, truth = masks(tmp_path)
    (predictions / "MDA-002.mha").unlink()
    result = CliRunner().invoke(app, command(1, predictions, truth, tmp_path / "out"))
    assert result.exit_code == WITH_PROBLEMS
    assert "problem: MDA-002: prediction: expected one mask, found none" in result.stderr
    assert "MDA-002: prediction" in (tmp_path / "out/report.html").read_text(encoding="utf-8")


def test_nothing_to_score_writes_nothing(tmp_path: Path) -> None:
    _, truth = masks(tmp_path)
    result = CliRunner().invoke(app, command(1, tmp_path / "no", truth, tmp_path / "out"))
    assert result.exit_code == NOTHING
    assert result.stderr.startswith("evaluation: expected a folder of masks at ")
    assert not (tmp_path / "out").exists()


def test_an_earlier_report_is_kept_unless_asked(tmp_path: Path) -> None:
    predictions, truth = masks(tmp_path)
    out = tmp_path / "out"
    out.mkdir()
    (out / "metrics.json").write_text("mine", encoding="utf-8")
    result = CliRunner().invoke(app, command(1, predictions, truth, out))
    assert result.exit_code == NOTHING
    assert "holds metrics.json of an earlier evaluation" in result.stderr
    assert (out / "metrics.json").read_text(encoding="utf-8") == "mine"
    result = CliRunner().invoke(app, command(1, predictions, truth, out, "--overwrite"))
    assert result.exit_code == 0, result.output
    assert json.loads((out / "metrics.json").read_text(encoding="utf-8"))["task"] == 1


@pytest.mark.parametrize(
    ("patient", "code", "centre"),
    [
        ("CHUM-001", float("nan"), "CHUM"),
        ("CHUM-001", 5.0, "MDA"),
        ("CHUM-001", 9.0, "centre 9"),
        ("CHUM-001", 1.7, "CHUM"),
        ("CHUM-001", float("inf"), "CHUM"),
        ("whole-body", float("nan"), "unknown"),
        ("12345", float("nan"), "unknown"),
    ],
)
def test_centres(patient: str, code: float, centre: str) -> None:
    assert centre_of(patient, code) == centre


def test_json_has_no_infinity() -> None:
    assert plain(float("inf")) is None
    assert plain(0.5) == 0.5


def test_no_pictures_may_be_asked_for(tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = CliRunner().invoke(app, command(1, *masks(tmp_path), out, "--pictures", "0"))
    assert result.exit_code == 0, result.output
    assert "<svg" not in (out / "report.html").read_text(encoding="utf-8")


def test_places_are_checked_before_anything_is_scored(tmp_path: Path) -> None:
    predictions, truth = masks(tmp_path)
    (tmp_path / "file").write_text("", encoding="utf-8")
    (tmp_path / "odd/report.html").mkdir(parents=True)
    for more, message in (
        (["--out", str(tmp_path / "file")], "--out: expected a folder"),
        (["--out", str(tmp_path / "odd")], "found a folder of that name"),
        (["--images", str(tmp_path / "none")], "--images: expected a folder"),
    ):
        result = CliRunner().invoke(app, command(1, predictions, truth, tmp_path / "o", *more))
        assert result.exit_code == NOTHING
        assert message in result.stderr
        assert "patients:" not in result.stderr


def test_what_nobody_foresaw_is_one_line_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("evaluation.run.write_page", full)
    result = CliRunner().invoke(app, command(1, *masks(tmp_path), tmp_path / "out"))
    assert result.exit_code == BROKEN
    assert result.stderr.splitlines()[-1].endswith("No space left on device")
    assert list((tmp_path / "out").iterdir()) == []
