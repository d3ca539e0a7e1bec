from pathlib import Path

import numpy as np
import pytest

from evaluation.cases.errors import EvaluationError, Problem
from evaluation.cases.table import find_table, patient_table, text_table


def test_the_flaws_of_saved_tables_are_understood(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(
        "\ufeffPatientID , CenterID,M-stage,Relapse\nCHUM-001,1.0,M0\u00a0,1.0\n"
        "MDA-002,5.0,, \u00a0\nMDA-003,5,Mx,NaN\n,,,\n".encode()
    )
    table, problems = patient_table(path, numbers=("CenterID", "Relapse", "RFS"))
    assert problems == []
    assert list(table.index) == ["CHUM-001", "MDA-002", "MDA-003"]
    assert list(table["M-stage"]) == ["M0", "", "Mx"]
    assert table["CenterID"].tolist() == [1.0, 5.0, 5.0]
    np.testing.assert_array_equal(table["Relapse"], [1.0, np.nan, np.nan])


def test_a_row_that_is_too_short_lacks_its_last_cells(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("name, Risk,Note \na,1\nb\n", encoding="utf-8")
    table = text_table(path)
    assert table.to_dict("list") == {"name": ["a", "b"], "Risk": ["1", ""], "Note": ["", ""]}


def test_truth_values_are_numbers(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("PatientID,HPV Status\na,True\nb,false\nc,1\n", encoding="utf-8")
    assert patient_table(path, numbers=["HPV Status"])[0]["HPV Status"].tolist() == [1.0, 0.0, 1.0]


def test_a_doubled_patient_is_left_out_and_named(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("PatientID,Risk\na,1\nb,2\na,3\n", encoding="utf-8")
    table, problems = patient_table(path)
    assert list(table.index) == ["b"]
    assert problems == [Problem("a", "expected one row in t.csv, found several")]


def test_other_columns_stay_text_and_a_wrong_cell_is_named(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("PatientID,T-stage,Risk\na,T4a,1\nb,T1,high\nc,T2,n/a\n", encoding="utf-8")
    table, problems = patient_table(path, numbers=["Risk"])
    assert list(table["T-stage"]) == ["T4a", "T1", "T2"]
    np.testing.assert_array_equal(table["Risk"], [1.0, np.nan, np.nan])
    assert problems == [Problem("b", "Risk: expected a number, found 'high'")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Name,Risk\na,1\n", "expected a column PatientID"),
        ("PatientID,Risk, Risk\na,1,2\n", "expected one column Risk, found several"),
        ("PatientID,Risk\na,1,\nb,2,\n", "rows longer than the header"),
        ("PatientID,Risk\na,4\x000\n", "a zero byte"),
        ("", "expected a CSV table"),
    ],
)
def test_a_table_of_another_kind_is_refused(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(EvaluationError, match=message):
        patient_table(path)


def test_a_tasks_table_is_found_in_a_cohort(tmp_path: Path) -> None:
    for task in (1, 2):
        folder = tmp_path / f"Task {task}"
        folder.mkdir()
        (folder / f"HECKTOR_2025_Training_Task_{task}.csv").write_text("PatientID\n", "utf-8")
    found = find_table(tmp_path, task=2)
    assert found == tmp_path / "Task 2/HECKTOR_2025_Training_Task_2.csv"
    assert find_table(found, task=2) == found
    with pytest.raises(EvaluationError, match="found none"):
        find_table(tmp_path, task=3)
