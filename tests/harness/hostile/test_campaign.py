"""Hostile cases through the containers' programs: two hundred by seed, and all that ever broke."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from harness.__main__ import app
from harness.engines.local import LocalEngine, network_wrapper
from harness.engines.profile import PROFILES
from harness.hostile.campaign import Outcome, run_campaign
from harness.hostile.draw import Plan, draw
from harness.hostile.summary import broken
from harness.sanity.phase import Round

CASES, SEED = 200, 2025
# One a line; what follows a # is a remark.
BROKEN = [
    Plan.parse(line)
    for line in Path(__file__).with_name("broken.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]
serves = pytest.mark.skipif(network_wrapper() is None, reason="no network namespaces here")


def told(outcomes: list[Outcome]) -> dict[str, tuple[str, ...]]:
    return {str(one.plan): one.verdict.wrong for one in broken(outcomes)}


@serves
def test_two_hundred_cases_are_answered_or_refused(tmp_path: Path) -> None:
    how = Round(LocalEngine(), PROFILES["8gb"], "invoke")
    outcomes = run_campaign(draw(CASES, seed=SEED), how, keep=tmp_path, workers=1)
    assert len(outcomes) == CASES
    assert told(outcomes) == {}
    endings = [one.verdict.ending for one in outcomes]
    # Neither a container that refuses everything nor one that takes everything would do.
    assert endings.count("answered") > CASES // 5
    assert endings.count("refused") > CASES // 5


@pytest.mark.parametrize("plan", BROKEN, ids=str)
def test_what_once_broke_breaks_no_more(plan: Plan, tmp_path: Path) -> None:
    how = Round(LocalEngine(), PROFILES["8gb"])
    assert told(run_campaign([plan], how, keep=tmp_path, workers=1)) == {}


@serves
def test_what_once_broke_breaks_no_more_on_servers(tmp_path: Path) -> None:
    how = Round(LocalEngine(), PROFILES["8gb"], "invoke")
    assert told(run_campaign(BROKEN, how, keep=tmp_path, workers=1)) == {}


def test_what_breaks_is_kept_and_told(tmp_path: Path) -> None:
    engine = LocalEngine(program=("false",))
    plans = [Plan(1, 5, ("feet first",)), Plan(2, 6, ("record a pipe",))]
    outcomes = run_campaign(plans, Round(engine, PROFILES["8gb"]), keep=tmp_path, workers=1)
    assert [one.plan for one in broken(outcomes)] == plans
    assert (tmp_path / "1:5:feet first/input/images/ct/ct.mha").is_file()
    assert (tmp_path / "2:6:record a pipe/input/ehr.json").is_fifo()
    assert (tmp_path / "2:6:record a pipe/stderr.log").read_text(encoding="utf-8") == ""


def test_the_command_runs_one_named_case(tmp_path: Path) -> None:
    words = ["hostile", "--keep", str(tmp_path / "kept"), "--reports", str(tmp_path)]
    result = CliRunner().invoke(app, [*words, "--case", "1:7:record a number"])
    assert result.exit_code == 0, result.output
    found = json.loads((tmp_path / "hostile.json").read_text(encoding="utf-8"))
    (case,) = found["cases"]
    assert case["ending"] == "refused"
    assert "expected a JSON object, found a int" in case["line"]
    assert not (tmp_path / "kept").exists()
    bad = CliRunner().invoke(app, [*words, "--case", "1:7:nothing known"])
    assert bad.exit_code == 1
    assert "expected TASK:SEED:CHANGE" in bad.stderr
