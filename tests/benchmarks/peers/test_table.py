"""Programs timed in turn, and their table."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from benchmarks.__main__ import app
from benchmarks.peers import table
from benchmarks.peers.measure import PeerRun
from benchmarks.peers.table import Program, ProgramTimes, markdown, time_programs
from harness.sanity.cases import RunCase
from harness.tasks import TASKS


def test_programs_run_in_turn(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    order = []

    def run(name: str, case_dir: Path, *, threads: int, options: tuple[str, ...]) -> PeerRun:
        assert (case_dir, threads) == (tmp_path, 2)
        order.append((name, options))
        if options == ("-large",):
            raise ChildProcessError("a warning\nkilled by signal 9")
        seconds = 2.0 if name == "ours" else 40.0
        step = "network" if name == "ours" else "windows"
        return PeerRun(name, seconds, 3.0, 10**9, {step: seconds / 4})

    monkeypatch.setattr(table, "run_peer", run)
    monkeypatch.setattr(table, "left_out", lambda name: "not here" if name == "nnunet" else None)
    asked = [
        Program("ours", "ours"),
        Program("theirs", "official", ("-x",)),
        Program("nn", "nnunet"),
        Program("large", "official", ("-large",)),
    ]
    shown = []
    timed, left = time_programs(
        tmp_path,
        threads=2,
        repeats=2,
        progress=lambda done, total: shown.append((done, total)),
        programs=asked,
    )
    assert order == [("ours", ()), ("official", ("-x",)), ("official", ("-large",))] * 2
    assert shown == [(done, 6) for done in range(7)]
    assert left == ["not here", "large: failed (a warning\nkilled by signal 9)"]
    assert [one.title for one in timed] == ["ours", "theirs"]
    assert timed[1] == ProgramTimes(
        "theirs", (40.0, 40.0), (3.0, 3.0), (10.0, 10.0), (10**9, 10**9)
    )
    text = markdown(timed, left)
    assert "| theirs | 40.0 | 20.0 | 10.00 | 20.0 | 3.0 | 1.00 |" in text
    assert "\nnot here\n" in text


def test_the_command_times_a_neck(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    ours = ProgramTimes("ours", (2.0,), (3.0,), (0.5,), (10**9,))

    def write(folder: Path, tasks: object, scans: list[object]) -> object:
        return [(scan, RunCase("neck", TASKS[1], tmp_path)) for scan in scans]

    monkeypatch.setattr("benchmarks.commands.peers.write_cases", write)
    monkeypatch.setattr(
        "benchmarks.commands.peers.time_programs", lambda *_, **__: ([ours], ["not here"])
    )
    file = tmp_path / "figures.json"
    result = CliRunner().invoke(app, ["peers", "--json", str(file)])
    assert result.exit_code == 0, result.output
    assert "neck (512 x 512 x 130); 1 runs of each on " in result.output
    assert "| ours | 2.0 | 1.0 | 0.50 | 1.0 | 3.0 | 1.00 |" in result.output
    assert json.loads(file.read_text(encoding="utf-8"))["timed"][0]["title"] == "ours"
