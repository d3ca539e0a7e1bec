import math
from pathlib import Path

import numpy as np
import pytest

from evaluation.cases.errors import EvaluationError, Problem
from evaluation.task1.evaluate import evaluate
from tests.evaluation.files import blank, cube, write_mask

# Four patients with 4 x 4 x 2 voxels (64 mm³) a cube.
PRIMARY = cube(1, z=2, y=2, x=2)
NODE = cube(2, z=8, y=2, x=2)
OTHER_NODE = cube(2, z=8, y=14, x=14)
HALF = np.where(np.arange(24) < 4, PRIMARY, 0)
HALF_PRIMARY = HALF.astype(np.uint8)


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    folder = tmp_path / "truth"
    write_mask(folder / "CHUM-001/CHUM-001.nii.gz", PRIMARY + NODE)
    write_mask(folder / "CHUM-002/CHUM-002.nii.gz", PRIMARY + NODE + OTHER_NODE)
    write_mask(folder / "MDA-003/MDA-003.nii.gz", NODE)
    write_mask(folder / "MDA-004/MDA-004.nii.gz", PRIMARY)
    return folder


@pytest.fixture
def predictions(tmp_path: Path) -> Path:
    folder = tmp_path / "predictions"
    write_mask(folder / "CHUM-001.mha", PRIMARY + NODE)
    write_mask(folder / "CHUM-002.mha", HALF_PRIMARY + NODE)
    write_mask(folder / "MDA-003.mha", NODE)
    write_mask(folder / "MDA-004.mha", PRIMARY + OTHER_NODE)
    return folder


def test_figures_by_hand(predictions: Path, truth: Path) -> None:
    found = evaluate(predictions, truth)
    values = {name: figure.value for name, figure in found.figures.items()}
    # GTVp: 1, 2 x 16 / (16 + 32), 1 (none, none), 1.
    assert values["gtvp_dice_mean"] == pytest.approx((1 + 2 / 3 + 1 + 1) / 4)
    assert values["gtvp_dice_mean_where_present"] == pytest.approx((1 + 2 / 3 + 1) / 3)
    assert values["gtvp_dice_aggregated"] == pytest.approx(2 * (32 + 16 + 32) / (80 + 96))
    # GTVn: common 1 + 1 + 1 + 0 cubes, predicted 1 + 1 + 1 + 1, true 1 + 2 + 1 + 0.
    assert values["gtvn_dice_aggregated"] == pytest.approx(2 * 3 / (4 + 4))
    # Nodes: 3 found, 1 false (MDA-004), 1 missed (CHUM-002).
    assert values["gtvn_f1_aggregated"] == pytest.approx(6 / 8)
    # Each primary found: half a cube has an IoU of 0.5.
    assert values["gtvp_f1_aggregated"] == 1.0
    # -16 voxels of 2 mm³ in one of four patients.
    assert values["gtvp_volume_difference_ml_mean"] == pytest.approx(-0.032 / 4)
    assert found.problems == ()


def test_the_worst_patient_comes_first_with_a_reason(predictions: Path, truth: Path) -> None:
    cases = evaluate(predictions, truth).cases
    # Mean of both Dices: MDA-004 (1 + 0) / 2, CHUM-002 (2/3 + 2/3) / 2, the others 1.
    assert list(cases.index) == ["MDA-004", "CHUM-002", "CHUM-001", "MDA-003"]
    assert "node" in cases.loc["MDA-004", "reason"]
    assert "missed" in cases.loc["CHUM-002", "reason"]
    assert math.isnan(cases.loc["MDA-003", "gtvp_hd95_mm"])
    assert cases.loc["CHUM-001", "gtvp_hd95_mm"] == 0.0


def test_centres_have_their_own_figures(predictions: Path, truth: Path) -> None:
    centres = evaluate(predictions, truth).centres
    assert centres.loc["CHUM", "patients"] == 2
    assert centres.loc["CHUM", "gtvp_dice_mean"] == pytest.approx((1 + 2 / 3) / 2)
    assert centres.loc["MDA", "gtvn_dice_aggregated"] == pytest.approx(2 / 3)


def test_the_tables_code_names_the_centre(predictions: Path, truth: Path) -> None:
    table = truth / "HECKTOR_2025_Training_Task_1.csv"
    table.write_text("PatientID,CenterID\nCHUM-001,2\n", encoding="utf-8")
    cases = evaluate(predictions, truth).cases
    assert cases.loc["CHUM-001", "centre"] == "CHUP"
    assert cases.loc["CHUM-002", "centre"] == "CHUM"


def test_workers_change_nothing(predictions: Path, truth: Path) -> None:
    seen: list[tuple[int, int]] = []
    alone = evaluate(predictions, truth)
    both = evaluate(predictions, truth, workers=2, progress=lambda n, of: seen.append((n, of)))
    assert alone.cases.equals(both.cases)
    assert seen == [(n, 4) for n in range(5)]


def test_problems_are_named_and_left_out(predictions: Path, truth: Path) -> None:
    (predictions / "CHUM-001.mha").unlink()
    write_mask(predictions / "MDA-003.nii.gz", blank())
    write_mask(predictions / "MDA-004.mha", PRIMARY, origin_mm=(0.0, 1.0, 0.0))
    write_mask(predictions / "HGJ-009.mha", blank())
    found = evaluate(predictions, truth)
    assert list(found.cases.index) == ["CHUM-002"]
    assert found.figures["gtvp_dice_mean"].value == pytest.approx(2 / 3)
    what = {problem.patient: problem.what for problem in found.problems}
    assert what["CHUM-001"] == "prediction: expected one mask, found none"
    assert what["MDA-003"] == "prediction: expected one mask, found 2"
    assert what["MDA-004"].startswith("prediction: expected the CT's grid, found origin")
    assert what["HGJ-009"] == "prediction of a patient not in the truth"


def test_what_is_missing_scores_zero_when_asked(predictions: Path, truth: Path) -> None:
    (predictions / "CHUM-001.mha").unlink()
    (predictions / "MDA-003.mha").unlink()
    found = evaluate(predictions, truth, missing="zero")
    values = {name: figure.value for name, figure in found.figures.items()}
    # MDA-003 has no primary: who predicts nothing at all gets no point for that.
    assert values["gtvp_dice_mean"] == pytest.approx((0 + 2 / 3 + 0 + 1) / 4)
    # 1 found (CHUM-002), 1 false (MDA-004), 3 missed.
    assert values["gtvn_f1_aggregated"] == pytest.approx(2 / (2 + 1 + 3))
    assert Problem("CHUM-001", "prediction: expected one mask, found none") in found.problems
    assert found.cases.loc["CHUM-001", "reason"].startswith("prediction: expected one mask")


def test_a_broken_truth_is_no_patient(predictions: Path, truth: Path) -> None:
    (truth / "CHUM-001/CHUM-001.nii.gz").write_bytes(b"no image")
    found = evaluate(predictions, truth, missing="zero")
    assert "CHUM-001" not in found.cases.index
    (problem,) = found.problems
    assert problem.what.startswith("truth: expected an image")


def test_nothing_to_score_is_refused(predictions: Path, truth: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    write_mask(other / "USZ-001.mha", blank())
    with pytest.raises(EvaluationError, match="found none"):
        evaluate(other, truth)
    with pytest.raises(EvaluationError, match="expected a folder of masks"):
        evaluate(predictions, tmp_path / "nowhere")
