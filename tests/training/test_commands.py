"""The commands as they are typed: every recipe's smoke run, the way to `weights/`, and refusals."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from click.testing import Result
from typer.testing import CliRunner

from shared.manifest import read_manifest
from training.__main__ import app
from training.measure.crossval import CASES_FILE, SUMMARY_FILE
from training.recipe.read import read_recipe, recipe_names
from training.run import Run, load_run

# Lightning, MONAI and torch warn of each other's deprecations.
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def training(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def smoke(cohort: Path, cache: Path, out: Path, *more: object) -> Result:
    return training(
        *("fit", "--task", 1, "--smoke", "--data", cohort, "--out", out, "--cache", cache),
        *("--folds", 2, "--workers", 1, "--accelerator", "cpu", *more),
    )


@pytest.mark.parametrize("recipe", [name for name in recipe_names(1) if name[:8] != "default:"])
def test_a_smoke_run_of_each_recipe(recipe: str, cohort: Path, cache: Path, tmp_path: Path) -> None:
    data = one_label(cohort, tmp_path) if recipe == "sts" else cohort
    result = smoke(data, cache, tmp_path / "run", "--recipe", recipe)
    assert result.exit_code == 0, result.output
    run = load_run(tmp_path / "run")
    assert run.about.steps == 4
    assert run.about.recipe == recipe
    assert all(torch.isfinite(tensor).all() for tensor in run.network.state_dict().values())


def one_label(cohort: Path, folder: Path) -> Path:
    """Name a cohort's scans in a manifest, with labels that tell no primary from a node."""
    import SimpleITK as sitk

    rows = ["patient,ct,pet,label"]
    for patient in sorted((cohort / "Task 1").iterdir()):
        if patient.is_dir():
            name, label = patient.name, folder / f"{patient.name}.nii.gz"
            image = sitk.ReadImage(str(patient / f"{name}.nii.gz"))
            sitk.WriteImage(sitk.Cast(image > 0, sitk.sitkUInt8), str(label))
            rows.append(f"{name},{patient}/{name}__CT.nii.gz,{patient}/{name}__PT.nii.gz,{label}")
    (folder / "manifest.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder / "manifest.csv"


def test_from_a_folder_of_patients_to_weights_with_a_card(
    cohort: Path, cache: Path, tmp_path: Path
) -> None:
    run, weights = tmp_path / "run", tmp_path / "task1"
    assert smoke(cohort, cache, run).exit_code == 0
    result = training("export", run, "--data", cohort, "--to", weights, "--cache", cache)
    assert result.exit_code == 0, result.output
    assert [f.name for f in read_manifest(weights).roles["segmentation"].files] == [
        "segmentation.onnx"
    ]
    about = json.loads((weights / "training/about.json").read_text(encoding="utf-8"))
    assert about["data"].startswith("phantom, generator version")
    assert str(tmp_path) not in json.dumps(about)
    file = weights / "evaluation.json"
    result = training(
        *("evaluate", "--task", 1, "--weights", weights, "--out", file),
        *("--seed", 77, "--patients", 2, "--workers", 1),
    )
    assert result.exit_code == 0, result.output
    assert training("card", weights).exit_code == 0
    card = (weights / "README.md").read_text(encoding="utf-8")
    measured = json.loads(file.read_text(encoding="utf-8"))["metrics"]["gtvp_dice_mean"]
    assert f"{measured:.3f}" in card
    assert "curves.png" in card
    words = ("evaluate", "--task", 1, "--weights", weights, "--data", cohort, "--workers", 1)
    own = tmp_path / "own.json"
    result = training(*words, "--out", own)
    assert result.exit_code == 0, result.output
    assert json.loads(own.read_text(encoding="utf-8"))["data"]["patients"] == len(
        about["validation"]
    )
    result = training(*words, "--out", own, "--of", "all")
    assert result.exit_code == 1
    assert "of 'all': expected unseen or learned" in result.output


def test_each_fold_is_held_out_once_and_measured(cohort: Path, cache: Path, tmp_path: Path) -> None:
    words = ("crossval", "--task", 1, "--smoke", "--data", cohort, "--out", tmp_path / "cv")
    result = training(*words, "--cache", cache, "--folds", 2, "--workers", 1)
    assert result.exit_code == 0, result.output
    lines = (tmp_path / "cv" / CASES_FILE).read_text(encoding="utf-8").splitlines()
    assert len(lines) == 5
    summary = json.loads((tmp_path / "cv" / SUMMARY_FILE).read_text(encoding="utf-8"))
    assert 0.0 <= summary["metrics"]["gtvp_dice_mean"] <= 1.0
    assert summary["baselines"]
    assert sum(group["patients"] for group in summary["volumes"]) == 4
    held = [load_run(tmp_path / f"cv/fold_{n}").about.validation for n in (1, 2)]
    assert not set(held[0]) & set(held[1])
    assert len(held[0]) + len(held[1]) == 4


def test_a_dry_run_says_what_there_is_and_writes_nothing(
    cohort: Path, cache: Path, tmp_path: Path
) -> None:
    result = smoke(cohort, cache, tmp_path / "run", "--dry-run")
    assert result.exit_code == 0, result.output
    assert "HGJ" in result.output
    assert "GTVp" in result.output
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--recipe", "best"], "recipe 'best': expected one of cds, default, default:fine, "),
        (["--fold", "3"], "fold 3: expected 1 to 2"),
        (["--folds", "9"], "folds: expected at most one a patient (4), found 9"),
        (["--leave-out-centre", "MDA"], "centre 'MDA': expected one of HGJ"),
        (
            ["--leave-out-centre", "HGJ"],
            "leave one centre out: expected 2 centres or more, found HGJ",
        ),
        (["--precision", "half"], "precision 'half': expected 32-true, bf16-mixed or 16-mixed"),
        (["--data", "nowhere"], "nowhere: expected a folder in HECKTOR's layout"),
        (["--data", "phantom:1"], "phantom:1: expected phantom:SEED:PATIENTS, two whole numbers"),
    ],
)
def test_what_can_t_be_is_refused_before_anything_is_prepared(
    words: list[str], message: str, cohort: Path, cache: Path, tmp_path: Path
) -> None:
    before = sorted(cache.iterdir())
    result = smoke(cohort, cache, tmp_path / "run", *words)
    assert result.exit_code == 1
    assert message in result.stderr
    assert "Traceback" not in result.output
    assert sorted(cache.iterdir()) == before
    assert not (tmp_path / "run").exists()


def test_a_run_of_another_recipe_is_refused_by_name(
    cohort: Path, cache: Path, tmp_path: Path
) -> None:
    assert smoke(cohort, cache, tmp_path / "run").exit_code == 0
    result = smoke(cohort, cache, tmp_path / "run", "--recipe", "default:wide")
    assert result.exit_code == 1
    assert "another recipe (they differ in network)" in result.stderr


def test_two_devices_learn_as_one_with_a_batch_twice_as_large(
    cohort: Path, cache: Path, tmp_path: Path
) -> None:
    """Draws 2 s and 2 s + 1 make step s: a patch on each device, or both on one.

    So both ways have the same gradient, the mean of the patches'. What one device learns from a
    patch a step shows how far apart weights are that saw something else.
    """
    words = [sys.executable, "-W", "ignore", "-m", "training", "fit", "--task", "1", "--smoke"]
    words += ["--data", str(cohort), "--out", str(tmp_path / "two"), "--cache", str(cache)]
    words += ["--folds", "2", "--workers", "1", "--accelerator", "cpu", "--devices", "2"]
    words += ["--recipe", str(mean_over_patches(1, tmp_path))]
    result = subprocess.run(words, capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stderr
    for name, batch_size in (("large", 2), ("small", 1)):
        recipe = mean_over_patches(batch_size, tmp_path)
        one = smoke(cohort, cache, tmp_path / name, "--recipe", recipe)
        assert one.exit_code == 0, one.output
    two, large, small = (load_run(tmp_path / name) for name in ("two", "large", "small"))
    assert two.about.steps == large.about.steps == small.about.steps == 4
    assert "x 2" in two.about.device
    assert apart(two, small) > 1e-4
    assert apart(two, large) < 0.05 * apart(two, small)
    # The mean over the held-out patients of both devices, one on each.
    assert two.about.score == pytest.approx(large.about.score, rel=0.01)


def mean_over_patches(batch_size: int, folder: Path) -> Path:
    """Write a recipe in which patches meet nowhere but in the mean of their losses.

    Neither a batch's norm nor a batch's Dice; and an optimiser that does not blow up rounding.
    """
    recipe = read_recipe("default:fine", task=1).model_dump(mode="json")
    changes = {
        "network": {"kind": "dynunet", "filters": [8, 8, 8], "norm": "instance"},
        "optimiser": {"kind": "sgd", "learning_rate": 0.1},
        "batch_size": batch_size,
    }
    file = folder / f"batch_of_{batch_size}.yaml"
    file.write_text(json.dumps({**recipe, **changes}), encoding="utf-8")
    return file


def apart(one: Run, other: Run) -> float:
    """Return the largest difference between two networks' weights."""
    theirs = other.network.state_dict()
    return max(
        float((tensor - theirs[name]).abs().max())
        for name, tensor in one.network.state_dict().items()
    )


def test_recipes_are_listed_with_their_sources() -> None:
    result = training("recipes")
    assert result.exit_code == 0
    assert all(name in result.output for name in recipe_names(1))
