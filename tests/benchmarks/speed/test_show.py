"""The tables."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from benchmarks.__main__ import app
from benchmarks.machine import Machine
from benchmarks.speed.limit import Limit
from benchmarks.speed.measure import ContainerTimes, ServerTimes
from benchmarks.speed.rates import Rates
from benchmarks.speed.run import Plan
from benchmarks.speed.show import Result, as_json, compare, markdown

MACHINE = Machine("a processor", 2, 8.0, "Linux x86_64", "3.11")
RATES = Rates({"float32": 100.0}, 250.0, 600.0, 500.0, 10_000.0)
STEPS = {"load": 0.25, "read": 0.5, "network": 0.4, "case": 1.5}
TAKEN = ContainerTimes(1, "neck", (2.0, 2.5, 9.0), (3.0, 3.0, 3.0), (10**9,), (1.0,), STEPS)
RESULT = Result(
    engine="local",
    scans={"neck": "neck (5 x 5 x 5)", "whole body": "whole body (5 x 5 x 9)"},
    taken=(TAKEN, replace(TAKEN, scan="whole body", seconds=(11.0,))),
    served=(ServerTimes(1, (1.0, 1.2, 1.1), (0.3,), (0.25,)),),
    limits={"neck": [Limit("read", "bytes", 0.25, 0.5)]},
    rates=RATES,
)


def test_the_tables_say_what_was_measured_and_asked() -> None:
    text = markdown(RESULT, MACHINE)
    assert (
        "| Task 1 | neck (5 x 5 x 5) | 2.50 (2.00 to 9.00) | 3.00 | 1.00 | 5 s, 2 GB | within |"
    ) in text
    assert "| 11.00 (11.00 to 11.00) | 3.00 | 1.00 | 10 s, 3 GB | OVER |" in text
    # 1 s around the case and 1.5 s of it, of which 0.25, 0.5 and 0.4 s have names.
    assert "| Task 1 | neck | 0.25 | 0.50 | 0.40 | 1.35 |" in text
    assert "| Task 1 | 1.10, 1.20 | 0.300 | 0.250 | 1.20 | 3 s, 1.3 | within |" in text
    assert "| read | bytes | 0.250 | 0.500 | 50% |" in text
    assert "100 G operations/s in float32" in text
    assert text.endswith(
        "Engine `local` on a processor, 2 cores, 8 GiB, Linux x86_64, Python 3.11."
    )


def test_a_run_is_held_against_an_earlier_one() -> None:
    before = json.loads(json.dumps(as_json(RESULT, MACHINE)))
    faster = replace(RESULT, taken=(replace(TAKEN, seconds=(1.0,)), replace(TAKEN, task=2)))
    text = compare(faster, before)
    assert "| Task 1 | neck | 2.50 | 1.00 | 0.40 | 1.00 | 1.00 |" in text
    assert "Task 2" not in text
    assert text.endswith(
        "Before: engine `local` on a processor, 2 cores; neck (5 x 5 x 5), whole body (5 x 5 x 9)."
    )


def test_the_command_writes_and_compares(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    plans = []

    def fake(plan: Plan, *_: object, **progress: object) -> Result:
        plans.append(plan)
        return RESULT

    monkeypatch.setattr("benchmarks.commands.speed.benchmark", fake)
    file = str(tmp_path / "figures.json")
    words = ["speed", "--engine", "local", "--task", "1", "--scan", "neck", "--json", file]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    assert [scan.name for scan in plans[0].scans] == ["neck"]
    Path(file).with_name("other.json").write_text('{"taken": [{"task": 1}]}', encoding="utf-8")
    other = CliRunner().invoke(app, [*words, "--compare", str(tmp_path / "other.json")])
    assert other.exit_code == 1
    assert "expected the figures of a run, found another file" in other.stderr
    again = CliRunner().invoke(app, [*words, "--compare", file])
    assert "| Task 1 | neck | 2.50 | 2.50 | 1.00 |" in again.output


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--scan", "knee"), "--scan knee: expected neck, large neck, whole body"),
        (("--compare", "none.json"), "--compare none.json: expected a file, found none"),
    ],
)
def test_the_command_refuses_what_it_does_not_know(words: tuple[str, ...], message: str) -> None:
    result = CliRunner().invoke(app, ["speed", *words])
    assert result.exit_code == 1
    assert result.stderr.strip() == message
