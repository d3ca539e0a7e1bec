import math
from pathlib import Path

import pytest

from evaluation.cases.errors import EvaluationError, Problem
from evaluation.metrics.calls import Counts
from evaluation.task3.evaluate import evaluate
from tests.evaluation.files import write_json

TRUTH = """PatientID,CenterID,HPV Status
CHUM-001,1,1
CHUM-002,1,1
MDA-003,5,1
MDA-004,5,0
MDA-005,5,0
"""
CALLS = {"CHUM-001": True, "CHUM-002": True, "MDA-003": False, "MDA-004": False, "MDA-005": True}


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    path = tmp_path / "HECKTOR_2025_Training_Task_3.csv"
    path.write_text(TRUTH, encoding="utf-8")
    return path


@pytest.fixture
def predictions(tmp_path: Path) -> Path:
    for name, call in CALLS.items():
        write_json(tmp_path / "p" / name / "hpv-status.json", call)
    return tmp_path / "p"


def test_figures_by_hand(predictions: Path, truth: Path) -> None:
    found = evaluate(predictions, truth)
    values = {name: figure.value for name, figure in found.figures.items()}
    # Two of three positives, one of two negatives.
    assert values["sensitivity"] == pytest.approx(2 / 3)
    assert values["specificity"] == pytest.approx(1 / 2)
    assert values["balanced_accuracy"] == pytest.approx(7 / 12)
    assert set(values) == {"sensitivity", "specificity", "balanced_accuracy"}
    assert found.curves["calls"].counts == Counts(tp=2, fp=1, tn=1, fn=1)
    assert found.curves["calls"].roc is None
    assert found.problems == ()
    assert list(found.cases.index[:2]) == ["MDA-003", "MDA-005"]
    assert list(found.cases["reason"][:3]) == ["missed positive", "false positive", "agrees"]
    # CHUM has no negative: no balanced accuracy there.
    assert math.isnan(found.centres.loc["CHUM", "balanced_accuracy"])
    assert found.centres.loc["MDA", "balanced_accuracy"] == pytest.approx(1 / 4)


def test_probabilities_add_auc_and_calibration(truth: Path, tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    path.write_text(
        "PatientID,HPV Status,Probability\nCHUM-001,1,0.9\nCHUM-002,1,0.8\nMDA-003,0,0.3\n"
        "MDA-004,0,0.2\nMDA-005,1,0.6\n",
        encoding="utf-8",
    )
    found = evaluate(path, truth)
    # Of six pairs of positive and negative all but (0.3, 0.6) are right.
    assert found.figures["auc"].value == pytest.approx(5 / 6)
    squares = (0.1**2 + 0.2**2 + 0.7**2 + 0.2**2 + 0.6**2) / 5
    assert found.figures["brier_score"].value == pytest.approx(squares)
    assert found.curves["calls"].roc.sensitivity[-1] == 1.0


def test_patients_without_a_usable_call(predictions: Path, truth: Path) -> None:
    (predictions / "CHUM-001/hpv-status.json").unlink()
    (predictions / "MDA-004/hpv-status.json").write_text("0", encoding="utf-8")
    found = evaluate(predictions, truth)
    assert found.problems == (
        Problem("CHUM-001", "expected a prediction, found none"),
        Problem("MDA-004", "hpv-status.json: expected true or false, found 0"),
    )
    assert found.curves["calls"].counts == Counts(tp=1, fp=1, tn=0, fn=1)
    wrong = evaluate(predictions, truth, missing="zero")
    assert wrong.curves["calls"].counts == Counts(tp=1, fp=2, tn=0, fn=2)


def test_one_class_only_is_named(predictions: Path, truth: Path) -> None:
    truth.write_text(TRUTH.replace(",5,0", ",5,1"), encoding="utf-8")
    found = evaluate(predictions, truth)
    assert found.problems == (Problem("truth", "expected an HPV negative patient, found none"),)
    assert math.isnan(found.figures["balanced_accuracy"].value)
    assert found.figures["sensitivity"].value == pytest.approx(3 / 5)


def test_what_can_not_be_scored_is_refused(predictions: Path, truth: Path) -> None:
    truth.write_text("PatientID,HPV\nCHUM-001,1\n", encoding="utf-8")
    with pytest.raises(EvaluationError, match="expected a column HPV Status"):
        evaluate(predictions, truth)
    truth.write_text("PatientID,HPV Status\nHMR-001,1\n", encoding="utf-8")
    with pytest.raises(EvaluationError, match="expected predictions of the patients"):
        evaluate(predictions, truth)


def test_an_unknown_status_is_named(predictions: Path, truth: Path) -> None:
    truth.write_text(TRUTH + "USZ-001,8,\n", encoding="utf-8")
    assert evaluate(predictions, truth).problems == (
        Problem("USZ-001", "truth without HPV Status"),
    )


def test_absent_patients_have_the_worst_probability(truth: Path, tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    path.write_text(
        "PatientID,HPV Status,Probability\nCHUM-001,1,0.9\nMDA-004,0,0.1\n", encoding="utf-8"
    )
    assert evaluate(path, truth).figures["auc"].value == 1.0
    zero = evaluate(path, truth, missing="zero")
    # Two positives at 0 and a negative at 1 are added: of six pairs only (0.9, 0.1) is right.
    assert zero.figures["auc"].value == pytest.approx(1 / 6)
    assert zero.figures["balanced_accuracy"].value == pytest.approx((1 / 3 + 1 / 2) / 2)
