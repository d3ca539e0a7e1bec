import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from benchmarks.__main__ import app
from benchmarks.machine import Machine, cpu_model, this_machine
from benchmarks.phantom import CASES, Case, Job, as_json, benchmark, isolated, markdown

NECK = Case("neck", "HGJ", neck_only=True)
BODY = Case("body", "CHUP", neck_only=False)
MACHINE = Machine("a processor", 2, 24.0, "Linux x86_64", "3.11.7")


def slow_third(job: Job) -> tuple[float, float]:
    return (31.0, 2.0) if job.writes else (5.0, 1.0)


def test_each_case_is_run_as_often_as_asked_and_reported_as_its_median() -> None:
    seconds = iter([3.0, 1.0, 2.0, 9.0, 12.0, 11.0])
    calls: list[tuple[int, int]] = []
    results = benchmark(
        [NECK],
        seed=1,
        repeats=3,
        run=lambda _: (next(seconds), 0.5),
        progress=lambda *at: calls.append(at),
    )
    assert [(r.writes, r.median_s, r.within) for r in results] == [
        (False, 2.0, True),
        (True, 11.0, False),
    ]
    assert calls == [(i, 6) for i in range(7)]


def test_memory_counts_by_its_highest_run() -> None:
    peaks = iter([0.5, 3.5, 0.5, 0.5])
    results = benchmark(
        [BODY], seed=1, repeats=2, run=lambda _: (1.0, next(peaks)), progress=lambda *_: None
    )
    assert [(r.peak_gb, r.within) for r in results] == [(3.5, False), (0.5, True)]


def test_the_table_names_limits_and_machine() -> None:
    results = benchmark([NECK, BODY], seed=1, repeats=1, run=slow_third, progress=lambda *_: None)
    lines = markdown(results, MACHINE).splitlines()
    assert lines[2] == "| neck | no | 5.0 | 10 | 1.00 | 3 | within |"
    assert lines[5] == "| body | yes | 31.0 | 30 | 2.00 | 3 | OVER |"
    assert lines[-1] == (
        "One core of: a processor, 2 cores, 24 GiB, Linux x86_64, Python 3.11.7. Median of 1 runs."
    )
    plain = json.loads(json.dumps(as_json(results, MACHINE)))
    assert plain["machine"]["cores"] == 2
    assert [row["within"] for row in plain["results"]] == [True, False, True, False]


def test_a_run_is_a_process_of_its_own_on_one_thread() -> None:
    before = dict(os.environ)
    seconds, peak_gb = isolated(Job(NECK, 1, writes=True))
    assert 0.2 < seconds < 60
    assert 0.2 < peak_gb < 3
    assert dict(os.environ) == before


def test_the_processor_is_named() -> None:
    assert cpu_model("processor\t: 0\nmodel name\t: Some  CPU @ 2 GHz\n") == "Some CPU @ 2 GHz"
    assert cpu_model("") != ""
    machine = this_machine()
    assert machine.cores >= 1
    assert machine.memory_gib > 0


def test_the_cases_cover_necks_and_a_whole_body() -> None:
    assert {case.limit_s for case in CASES} == {10.0, 30.0}


def test_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("benchmarks.commands.phantom.isolated", slow_third)
    file = tmp_path / "figures.json"
    result = CliRunner().invoke(app, ["phantom", "--repeats", "1", "--json", str(file)])
    assert result.exit_code == 0, result.output
    assert "| patient | written |" in result.output
    assert len(json.loads(file.read_text(encoding="utf-8"))["results"]) == 2 * len(CASES)
