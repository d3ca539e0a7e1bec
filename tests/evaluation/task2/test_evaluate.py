import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.cases.errors import EvaluationError, Problem
from evaluation.metrics.risk import Direction
from evaluation.task2.evaluate import evaluate
from evaluation.task2.summary import c_index
from tests.evaluation.files import write_json

TRUTH = """PatientID,CenterID,Relapse,RFS
CHUM-001,1,1,100
CHUM-002,1,1,200
CHUM-003,1,0,300
MDA-004,5,1,400
MDA-005,5,0,400
"""
RISKS = {"CHUM-001": 5.0, "CHUM-002": 3.0, "CHUM-003": 4.0, "MDA-004": 2.0, "MDA-005": 1.0}


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    path = tmp_path / "HECKTOR_2025_Training_Task_2.csv"
    path.write_text(TRUTH, encoding="utf-8")
    return path


def write_risks(folder: Path, risks: dict[str, float]) -> Path:
    for name, risk in risks.items():
        write_json(folder / name / "rfs.json", risk)
    return folder


def test_c_index_by_hand(truth: Path, tmp_path: Path) -> None:
    found = evaluate(write_risks(tmp_path / "p", RISKS), truth)
    # 001 before four others: all right. 002 before 003 (wrong), 004, 005. 004 before 005 (tied
    # time, one recurrence). 4 + 2 + 1 of 8 pairs.
    assert found.figures["c_index"].value == pytest.approx(7 / 8)
    assert found.problems == ()
    assert list(found.cases.index) == ["CHUM-001", "CHUM-003", "CHUM-002", "MDA-004", "MDA-005"]
    assert found.centres.loc["CHUM", "c_index"] == pytest.approx(2 / 3)
    assert found.centres.loc["MDA", "c_index"] == 1.0
    assert found.centres.loc["CHUM", "recurrences"] == 2


def test_days_point_the_other_way(truth: Path, tmp_path: Path) -> None:
    days = write_risks(tmp_path / "p", {name: 1000 - risk for name, risk in RISKS.items()})
    turned = evaluate(days, truth, direction=Direction.DAYS)
    assert turned.figures["c_index"].value == pytest.approx(7 / 8)
    assert evaluate(days, truth).figures["c_index"].value == pytest.approx(1 / 8)
    assert turned.cases.loc["CHUM-001", "submitted"] == 995.0


def test_a_tables_column_says_which_way_it_points(truth: Path, tmp_path: Path) -> None:
    table = tmp_path / "days.csv"
    rows = [f"{name},{1000 - risk}" for name, risk in RISKS.items()]
    table.write_text("\n".join(["PatientID,RFS", *rows]), encoding="utf-8")
    for direction in (None, Direction.DAYS):
        found = evaluate(table, truth, direction=direction)
        assert found.figures["c_index"].value == pytest.approx(7 / 8)
    with pytest.raises(EvaluationError, match="expected risk, found a column of days"):
        evaluate(table, truth, direction=Direction.RISK)


def test_tertiles_and_their_curves(truth: Path, tmp_path: Path) -> None:
    risks = write_risks(tmp_path / "p", RISKS)
    (truth.parent / "six.csv").write_text(TRUTH + "USZ-006,8,0,500\n", encoding="utf-8")
    write_json(risks / "USZ-006/rfs.json", 0.0)
    found = evaluate(risks, truth.parent / "six.csv")
    groups = found.cases["group"]
    assert groups["CHUM-001"] == groups["CHUM-003"] == "high risk"
    assert groups["CHUM-002"] == groups["MDA-004"] == "middle risk"
    assert groups["MDA-005"] == groups["USZ-006"] == "low risk"
    curves = found.curves["survival"]
    assert list(curves.groups) == ["low risk", "middle risk", "high risk"]
    # High risk: one of two recurs on day 100. Middle: 200, then 400. Low: nobody.
    assert curves.groups["high risk"].survival_at(150) == 0.5
    assert curves.groups["middle risk"].survival_at(400) == 0.0
    assert curves.groups["low risk"].survival_at(400) == 1.0
    assert found.figures["log_rank_p"].value == curves.test.p_value


def test_patients_without_a_usable_risk(truth: Path, tmp_path: Path) -> None:
    risks = write_risks(tmp_path / "p", RISKS | {"HMR-009": 1.0})
    (risks / "CHUM-001/rfs.json").unlink()
    (risks / "CHUM-003/rfs.json").write_text("NaN", encoding="utf-8")
    out = evaluate(risks, truth)
    # Left: 002 before 004 and 005, 004 before 005; all right.
    assert out.figures["c_index"].value == 1.0
    assert set(out.cases.index) == {"CHUM-002", "MDA-004", "MDA-005"}
    assert out.problems == (
        Problem("CHUM-001", "expected a prediction, found none"),
        Problem("CHUM-003", "rfs.json: expected a finite number, found nan"),
        Problem("HMR-009", "prediction of a patient not in the truth"),
    )
    # Scored 0: the same 3 of all 8 pairs.
    zero = evaluate(risks, truth, missing="zero")
    assert zero.figures["c_index"].value == pytest.approx(3 / 8)
    assert len(zero.cases) == 5


def test_a_truth_without_recurrence_is_named(truth: Path, tmp_path: Path) -> None:
    truth.write_text(TRUTH.replace(",1,100", ",0,100").replace(",1,2", ",0,2"), "utf-8")
    truth.write_text(truth.read_text("utf-8").replace("5,1,400", "5,0,400"), "utf-8")
    found = evaluate(write_risks(tmp_path / "p", RISKS), truth)
    assert found.problems == (Problem("truth", "expected a recurrence, found none: no C-index"),)
    assert math.isnan(found.figures["c_index"].value)
    assert "log_rank_p" not in found.figures


def test_a_truth_without_a_pair_is_named(truth: Path, tmp_path: Path) -> None:
    truth.write_text("PatientID,Relapse,RFS\nCHUM-001,1,5\nCHUM-002,1,5\n", encoding="utf-8")
    found = evaluate(write_risks(tmp_path / "p", {"CHUM-001": 1.0, "CHUM-002": 2.0}), truth)
    (problem,) = found.problems
    assert problem.what == "expected pairs to compare, found none: no C-index"


@pytest.mark.parametrize("outcome", [",", "-1,300", "2,300", "1,-5", "0,inf", "1,1e10"])
def test_a_patient_whose_outcome_is_none_is_named(
    outcome: str, truth: Path, tmp_path: Path
) -> None:
    truth.write_text(f"{TRUTH}USZ-006,8,{outcome}\n", encoding="utf-8")
    # Once: who is in the table is not also a patient that nobody knows.
    found = evaluate(write_risks(tmp_path / "p", RISKS | {"USZ-006": 1.0}), truth)
    (problem,) = found.problems
    assert problem.patient == "USZ-006"
    assert problem.what.startswith("truth: expected Relapse 0 or 1 and RFS in days, found ")
    assert len(found.cases) == 5


def test_what_can_not_be_scored_is_refused(truth: Path, tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="expected predictions of the patients"):
        evaluate(write_risks(tmp_path / "p", {"HMR-009": 1.0}), truth)
    truth.write_text("PatientID,Relapse\nCHUM-001,1\n", encoding="utf-8")
    with pytest.raises(EvaluationError, match="expected the columns Relapse and RFS, found no"):
        evaluate(tmp_path / "p", truth)


@given(st.data())
def test_missing_patients_lose_each_of_their_pairs(data: st.DataObject) -> None:
    n = data.draw(st.integers(3, 12))
    lists = st.lists(st.integers(0, 4), min_size=n, max_size=n)
    time, event, there = (np.array(data.draw(lists)) for _ in range(3))
    cases = pd.DataFrame(
        {
            "risk": np.where(there > 0, np.arange(n, dtype=float), np.nan),
            "time_days": time.astype(float),
            "event": event > 1,
        }
    )
    value = c_index(cases)
    # Counted pair by pair: who is missing is discordant.
    right = pairs = 0.0
    risk = cases["risk"].to_numpy()
    for i in range(n):
        for j in range(n):
            first = time[i] < time[j] or (time[i] == time[j] and not event[j] > 1)
            if i != j and event[i] > 1 and first:
                pairs += 1
                right += float(risk[i] > risk[j])
    assert math.isnan(value) == (pairs == 0)
    if pairs:
        assert value == pytest.approx(right / pairs)
