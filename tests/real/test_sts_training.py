"""Real FDG-PET/CT as data to learn from: a manifest, a survey, and a trial of the folds."""

import json
import os
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from training.__main__ import app

pytestmark = [pytest.mark.sts, pytest.mark.filterwarnings("ignore")]

FOLDER = Path(os.environ.get("HECKTOR_STS_DIR", "unset"))
PATIENTS = sorted(path.name for path in FOLDER.glob("STS_*"))


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("sts") / "manifest.csv"
    scans = ("CT_image", "PET_image", "CT_mask")
    rows = [
        ",".join([name, *(f"{FOLDER.resolve()}/{name}/{scan}.nii.gz" for scan in scans)])
        for name in PATIENTS
    ]
    file.write_text("\n".join(["patient,ct,pet,label", *rows]) + "\n", encoding="utf-8")
    return file


def test_every_real_patient_can_be_learned_from(manifest: Path, tmp_path: Path) -> None:
    words = f"fit --task 1 --recipe sts --data {manifest} --out {tmp_path}/run --dry-run"
    result = CliRunner().invoke(app, [*words.split(), "--cache", str(tmp_path / "cache")])
    assert result.exit_code == 0, result.output
    assert str(len(PATIENTS)) in result.output


def test_folds_of_real_patients_are_fitted_and_measured(manifest: Path, tmp_path: Path) -> None:
    torch.set_num_threads(1)
    words = (
        f"crossval --task 1 --recipe sts --smoke --folds 2 --data {manifest} --out {tmp_path}/cv"
    )
    result = CliRunner().invoke(
        app, [*words.split(), "--cache", str(tmp_path / "cache"), "--workers", "1"]
    )
    assert result.exit_code == 0, result.output
    summary = json.loads((tmp_path / "cv/summary.json").read_text(encoding="utf-8"))
    # Without a head nothing is taken for a brain: SUV 4 alone finds much of a sarcoma.
    rules = {row["rule"]: row for row in summary["baselines"]}
    assert rules["SUV 4, no location"]["patients"] == len(PATIENTS)
    assert rules["SUV 4, no location"]["dice"] > 0.2
