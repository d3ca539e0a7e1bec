from pathlib import Path

import pytest
from typer.testing import CliRunner

from phantom.__main__ import app

RUN = CliRunner()


def test_case_writes_a_tree(tmp_path: Path) -> None:
    out = tmp_path / "case"
    arguments = "case --task 3 --seed 4 --index 2 --centre HGJ --neck-only --out"
    result = RUN.invoke(app, [*arguments.split(), str(out)])
    assert result.exit_code == 0, result.output
    assert "HGJ-0002 for task 3" in result.output
    assert {path.name for path in out.iterdir()} == {"ehr.json", "inputs.json", "images"}


def test_cohort_writes_a_data_set(tmp_path: Path) -> None:
    out = tmp_path / "cohort"
    arguments = "cohort --patients 1 --seed 4 --centres hgj,hmr --neck-only --out"
    result = RUN.invoke(app, [*arguments.split(), str(out)])
    assert result.exit_code == 0, result.output
    assert len(list((out / "Task 1").iterdir())) == 2


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ("cohort --patients 0 --seed 1", "greater than or equal to 1"),
        ("cohort --patients 1 --seed 1 --centres MDA,ABC", "unknown centre ABC"),
        ("cohort --patients 1 --seed 1", "not an empty folder"),
        ("case --task 4 --seed 1 --index 0", "less than or equal to 3"),
        ("case --task 1 --seed 1 --index 0 --centre CHB", "unknown centre CHB"),
    ],
)
def test_a_bad_order_gets_its_reason(tmp_path: Path, arguments: str, reason: str) -> None:
    (tmp_path / "taken").touch()
    result = RUN.invoke(app, [*arguments.split(), "--out", str(tmp_path)])
    assert result.exit_code != 0
    assert reason in " ".join(result.output.replace("│", " ").split())
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]
