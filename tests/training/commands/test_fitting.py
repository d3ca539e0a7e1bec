"""Risk and HPV networks as they are asked for: who is held out, whose masks, and refusals."""

import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch
from click.testing import Result
from typer.testing import CliRunner

from tests.networks import segmenter
from tests.training.data.cohorts import write_manifest
from tests.training.data.taught import write_taught
from training.__main__ import app
from training.measure import held_out
from training.measure.crossval import CASES_FILE, SUMMARY_FILE
from training.run import load_run

# Lightning, MONAI and torch warn of each other's deprecations.
pytestmark = pytest.mark.filterwarnings("ignore")

RECIPE = """
source: a risk that the mask's volume alone decides
network: {kind: linear}
spec:
  role: risk
  spacing_mm: [4.0, 4.0, 4.0]
  region: {kind: overlap}
  channels: []
  lesions: [log_gtvp_ml]
"""
NAMES = tuple(f"p{i:02d}" for i in range(12))
RELAPSE = ("1", "0", "1", "1", "1", "0", "1", "0", "0", "1", "1", "0")


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    """Twelve patients, seven of whom relapsed, of two centres."""
    (tmp_path / "data").mkdir()
    (tmp_path / "recipe.yaml").write_text(RECIPE, encoding="utf-8")
    days = tuple(str(100 * (i + 1)) for i in range(12))
    centres = ("MDA", "HGJ") * 6
    return write_manifest(tmp_path / "data", NAMES, relapse=RELAPSE, rfs_days=days, centre=centres)


@pytest.fixture
def masks(tmp_path: Path) -> Path:
    """A cross-validation of Task 1: who held out p00, p02, ... sees no tumour, the other does."""
    blind = segmenter(bias=(0.0, -900.0, -50.0))
    write_taught(tmp_path / "cv1/fold_1/weights", NAMES[1::2], network=blind)
    write_taught(tmp_path / "cv1/fold_2/weights", NAMES[0::2])
    return tmp_path / "cv1"


def training(command: str, folder: Path, manifest: Path, masks: Path, *more: object) -> Result:
    words = (command, "--task", 2, "--recipe", folder / "recipe.yaml", "--data", manifest)
    words += ("--out", folder / "out", "--cache", folder / "cache", "--segmentation", masks)
    words += ("--folds", 2, "--workers", 1, "--accelerator", "cpu", *more)
    return CliRunner().invoke(app, [str(word) for word in words])


def test_each_patient_is_learned_from_and_measured_behind_a_mask_of_who_did_not_know_them(
    tmp_path: Path, manifest: Path, masks: Path
) -> None:
    result = training("crossval", tmp_path, manifest, masks)
    assert result.exit_code == 0, result.output
    out = tmp_path / "out"
    cases = pd.read_csv(out / CASES_FILE, index_col="patient")
    assert sorted(cases.index) == list(NAMES)
    for number, (_, held) in enumerate(cases.groupby("fold"), start=1):
        run = load_run(out / f"fold_{number}")
        assert set(run.about.validation) == set(held.index)
        assert run.about.steps == 0
        # The tumours are alike: only whose mask it is makes a difference.
        risks = {held.loc[held.index.isin(NAMES[k::2]), "risk"].round(5).nunique() for k in (0, 1)}
        assert risks == {1}
        assert held["risk"].round(5).nunique() == 2
        assert held["event"].sum() in (3, 4)
    assert '"never_held_out": 0' in (out / SUMMARY_FILE).read_text(encoding="utf-8")
    # What is exported sees what the first fold's segmentation sees.
    ours = (out / "fold_1/weights/segmentation_0.onnx").read_bytes()
    assert ours == (masks / "fold_1/weights/segmentation_0.onnx").read_bytes()


def test_a_fold_that_was_measured_is_not_measured_again(
    tmp_path: Path, manifest: Path, masks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert training("crossval", tmp_path, manifest, masks).exit_code == 0
    out = tmp_path / "out"
    before = {name: (out / name).read_bytes() for name in (CASES_FILE, SUMMARY_FILE)}
    measured = held_out.measure_prepared
    asked: list[Path] = []

    def noted(task: int, weights: Path, *arguments: Any, **named: Any) -> pd.DataFrame:
        asked.append(weights.parent)
        return measured(task, weights, *arguments, **named)

    monkeypatch.setattr(held_out, "measure_prepared", noted)
    assert training("crossval", tmp_path, manifest, masks).exit_code == 0
    assert asked == []
    # Another network, or files that are not what was measured, are.
    for change in (
        lambda fold: (fold / "measured.json").unlink(),
        lambda fold: shutil.rmtree(fold / "weights"),
        lambda fold: (fold / "weights/risk.onnx").write_bytes(b"other"),
        lambda fold: of_another_network(fold / "measured.json"),
    ):
        change(out / "fold_2")
        result = training("crossval", tmp_path, manifest, masks)
        assert result.exit_code == 0, result.output
        assert asked == [out / "fold_2"]
        asked.clear()
    assert {name: (out / name).read_bytes() for name in before} == before


def of_another_network(file: Path) -> None:
    content = json.loads(file.read_text(encoding="utf-8"))
    content["of"]["network"] = "0" * 64
    file.write_text(json.dumps(content), encoding="utf-8")


def test_a_fit_goes_on_behind_the_same_masks_only(
    tmp_path: Path, manifest: Path, masks: Path
) -> None:
    assert training("fit", tmp_path, manifest, masks).exit_code == 0
    makers = load_run(tmp_path / "out").about.masks
    assert len({maker.files for maker in makers}) == 2
    other = write_taught(tmp_path / "other", (), network=segmenter(bias=(0.0, -8.0, -50.0)))
    result = training("fit", tmp_path, manifest, other)
    assert result.exit_code == 1
    assert "expected a run of the same segmentation's masks" in result.stderr


def test_cohorts_that_measure_are_not_learned_from(tmp_path: Path, masks: Path) -> None:
    (tmp_path / "recipe.yaml").write_text(RECIPE, encoding="utf-8")
    for command in ("fit", "crossval"):
        result = training(command, tmp_path, Path("phantom:9000:20"), masks)
        assert result.exit_code == 1
        assert "phantom seed 9000: expected a seed to learn from" in result.stderr
    assert not (tmp_path / "out").exists()


def test_masks_of_who_knows_a_patient_are_refused_before_anything_is_written(
    tmp_path: Path, manifest: Path, masks: Path
) -> None:
    knowing = masks / "fold_2/weights"
    result = training("fit", tmp_path, manifest, knowing)
    assert result.exit_code == 1
    assert "learned from 6 of the patients who need a mask (p00 is one)" in result.stderr
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "cache").exists()
    told = training("fit", tmp_path, manifest, knowing, "--dry-run")
    assert told.exit_code == 1
    assert "learned from 6 of the patients" in told.stdout.replace("\n", " ")
    assert "fold-1-of-2: 6 of 12, relapse" in told.stdout


@pytest.mark.parametrize(
    ("command", "relapse", "told"),
    [
        ("fit", "0" * 12, "relapse: expected in some patient, found in none of 12"),
        ("crossval", "0" * 12, "relapse: expected in some patient, found in none of 12"),
        # Each fold holds out one of two events.
        ("fit", "100100000000", "expected 2 or more among the training patients, found 1 of 6"),
        ("crossval", "100000000000", "expected 1 or more among the held-out patients, found none"),
    ],
)
def test_events_are_needed_on_both_sides(
    command: str, relapse: str, told: str, tmp_path: Path, masks: Path
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "recipe.yaml").write_text(RECIPE, encoding="utf-8")
    path = write_manifest(tmp_path / "data", NAMES, relapse=relapse, rfs_days=("9",) * 12)
    result = training(command, tmp_path, path, masks)
    assert result.exit_code == 1
    assert told in result.stderr
    assert not (tmp_path / "out").exists()


def test_a_small_centre_is_learned_from_only(tmp_path: Path, masks: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "recipe.yaml").write_text(RECIPE, encoding="utf-8")
    centres = ("MDA",) * 5 + ("HGJ",) * 5 + ("USZ",) * 2
    path = write_manifest(
        tmp_path / "data",
        NAMES,
        relapse="110101101000",
        rfs_days=[str(50 + i) for i in range(12)],
        centre=centres,
    )
    result = training("crossval", tmp_path, path, masks, "--leave-one-centre-out")
    assert result.exit_code == 0, result.output
    cases = pd.read_csv(tmp_path / "out" / CASES_FILE, index_col="patient")
    assert set(cases["centre"]) == {"MDA", "HGJ"}
    assert '"never_held_out": 2' in (tmp_path / "out" / SUMMARY_FILE).read_text(encoding="utf-8")
    assert {"p10", "p11"} <= set(load_run(tmp_path / "out/fold_1").about.training)
    alone = training("fit", tmp_path, path, masks, "--leave-out-centre", "USZ")
    assert alone.exit_code == 1
    assert "centre-USZ: relapse: expected 1 or more among the held-out" in alone.stderr


def test_a_recipe_without_steps_takes_none(tmp_path: Path, manifest: Path, masks: Path) -> None:
    result = training("fit", tmp_path, manifest, masks, "--steps", 8)
    assert result.exit_code == 1
    assert "it makes no steps; expected no --steps" in result.stderr
