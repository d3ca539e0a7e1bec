from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import training.commands.weights
from training.__main__ import app
from training.measure.evaluate import EVALUATION_PATIENTS


def evaluated(words: list[str], out: Path) -> Any:
    start = ["evaluate", "--task", "2", "--weights", "mine", "--out", str(out), "--workers", "1"]
    return CliRunner().invoke(app, [*start, *words])


def test_other_weights_are_named_on_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dict[str, Any]] = []

    def noted(task: int, weights: Path, **how: Any) -> dict[str, Any]:
        asked.append({"task": task, "weights": weights, **how})
        return {"metrics": {"c_index": 0.6}}

    monkeypatch.setattr(training.commands.weights, "evaluate", noted)
    words = ["--beside", "clinical=runs/a=b", "--beside", "icare=runs/icare"]
    result = evaluated(words, tmp_path / "evaluation.json")
    assert result.exit_code == 0, result.output
    assert asked[0]["beside"] == {"clinical": Path("runs/a=b"), "icare": Path("runs/icare")}
    assert evaluated([], tmp_path / "evaluation.json").exit_code == 0
    assert asked[1]["beside"] == {}
    # As many as are fixed in the code, of the seed that is.
    assert (asked[1]["seed"], asked[1]["patients"]) == (9000, 600)
    assert EVALUATION_PATIENTS == {1: 100, 2: 600, 3: 600}
    assert evaluated(["--patients", "7"], tmp_path / "evaluation.json").exit_code == 0
    assert asked[2]["patients"] == 7


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--beside", "clinical"], "beside 'clinical': expected NAME=FOLDER"),
        (["--beside", "=runs"], "beside '=runs': expected NAME=FOLDER"),
        (["--beside", "a="], "beside 'a=': expected NAME=FOLDER"),
        (["--beside", "a=b", "--beside", "a=c"], "beside 'a=c': expected each name once"),
    ],
)
def test_what_names_no_weights_is_refused(words: list[str], message: str, tmp_path: Path) -> None:
    result = evaluated(words, tmp_path / "evaluation.json")
    assert result.exit_code == 1
    assert message in result.stderr
    assert not (tmp_path / "evaluation.json").exists()
