from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import training.commands.weights
from training.__main__ import app


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
