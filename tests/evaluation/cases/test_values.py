from pathlib import Path

import pytest

from evaluation.cases.errors import EvaluationError, Problem
from evaluation.cases.values import read_answers
from evaluation.metrics.risk import Direction
from tests.evaluation.files import write_json


def test_risks_of_containers(tmp_path: Path) -> None:
    write_json(tmp_path / "CHUM-001/rfs.json", 0.25)
    write_json(tmp_path / "MDA-002/output/rfs.json", 3)
    answers = read_answers(tmp_path, task=2)
    assert answers.values == {"CHUM-001": 0.25, "MDA-002": 3.0}
    assert answers.problems == ()


def test_calls_of_the_platforms_jobs(tmp_path: Path) -> None:
    ct = {"socket": {"slug": "ct-image"}, "image": {"name": "MDA-007.mha"}}
    write_json(tmp_path / "predictions.json", [{"pk": "ab-12", "inputs": [ct]}])
    write_json(tmp_path / "ab-12/output/hpv-status.json", True)
    assert read_answers(tmp_path, task=3).values == {"MDA-007": 1.0}


@pytest.mark.parametrize(
    ("task", "text", "message"),
    [
        (2, "NaN", "expected a finite number, found nan"),
        (2, "true", "expected a finite number, found True"),
        (2, '"1"', "expected a finite number, found '1'"),
        (2, "1" + 400 * "0", "int too large"),
        (2, 100_000 * "[", "maximum recursion depth"),
        (3, "1", "expected true or false, found 1"),
        (3, "null", "expected true or false, found None"),
        (3, "{", "Expecting property name"),
    ],
)
def test_an_answer_of_another_kind_is_named(
    task: int, text: str, message: str, tmp_path: Path
) -> None:
    name = {2: "rfs.json", 3: "hpv-status.json"}[task]
    write_json(tmp_path / "MDA-002" / name, 0.5 if task == 2 else False)
    bad = write_json(tmp_path / "CHUM-001" / name, 0)
    bad.write_text(text, encoding="utf-8")
    answers = read_answers(tmp_path, task=task)
    (problem,) = answers.problems
    assert problem.patient == "CHUM-001"
    assert f"{name}: " in problem.what
    assert message in problem.what
    assert set(answers.values) == {"MDA-002"}


def test_a_patient_who_is_answered_twice_has_no_answer(tmp_path: Path) -> None:
    write_json(tmp_path / "a/CHUM-001/rfs.json", 1.0)
    write_json(tmp_path / "b/CHUM-001/rfs.json", 2.0)
    answers = read_answers(tmp_path, task=2)
    assert answers.values == {}
    assert answers.problems == (Problem("CHUM-001", "expected one rfs.json, found several"),)


def test_a_table_of_calls_with_probabilities(tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    path.write_text(
        "PatientID,HPV Status,Probability\na,1,0.9\nb,0,1.5\nc,2,0.4\nd,,0.3\ne,0,\nf,x,1\n",
        encoding="utf-8",
    )
    for place in (path, tmp_path):
        answers = read_answers(place, task=3)
        # A probability that is wrong (b) or missing (e) takes no call away.
        assert answers.values == {"a": 1.0, "b": 0.0, "e": 0.0}
        assert answers.probabilities == {"a": 0.9, "c": 0.4, "d": 0.3, "f": 1.0}
        what = {problem.patient: problem.what for problem in answers.problems}
        assert what == {
            "b": "Probability: expected a probability from 0 to 1, found 1.5",
            "c": "HPV Status: expected 0 or 1, found 2.0",
            "d": "HPV Status: expected a finite number, found nan",
            "f": "HPV Status: expected a number, found 'x'",
        }


@pytest.mark.parametrize(
    ("column", "direction"), [("Risk", Direction.RISK), ("RFS", Direction.DAYS)]
)
def test_a_table_of_risks_or_days(column: str, direction: Direction, tmp_path: Path) -> None:
    path = tmp_path / "risks.csv"
    path.write_text(f"PatientID,{column}\na,1.5\nb,-2\n", encoding="utf-8")
    answers = read_answers(path, task=2)
    assert answers.values == {"a": 1.5, "b": -2.0}
    assert answers.direction is direction


def test_nothing_to_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match=r"expected rfs\.json of each patient"):
        read_answers(tmp_path, task=2)
    (tmp_path / "a.csv").write_text("PatientID,Score\na,1\n", encoding="utf-8")
    with pytest.raises(EvaluationError, match="expected a column Risk or RFS"):
        read_answers(tmp_path, task=2)
