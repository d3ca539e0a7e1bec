import sys
from pathlib import Path

import pytest

from benchmarks.peers.absent import PYTHON_VARIABLE
from benchmarks.peers.measure import OURS, left_out, run_peer

# What a peer does with its command line, and nothing else.
STAND_IN = f"""#!{sys.executable}
import json, os, pathlib, sys
if sys.argv[1] == "-c":
    sys.exit({{answer}})
module, *given = sys.argv[2:]
options = dict(zip(given[::2], given[1::2]))
assert module == "benchmarks.peers.nnunet", module
assert pathlib.Path(options["--input"]).is_dir(), options
assert options["--window"] == "32", options
assert len(os.sched_getaffinity(0)) == int(options["--threads"]) == 1, options
pathlib.Path(options["--steps"]).write_text(json.dumps({{{{"start": 0.5, "read": 0.25}}}}))
"""


def stand_in(folder: Path, *, answer: int = 0) -> str:
    script = folder / "python"
    script.write_text(STAND_IN.format(answer=answer), encoding="utf-8")
    script.chmod(0o755)
    return str(script)


def test_ours_is_measured_as_it_is(input_dir: Path) -> None:
    run = run_peer(OURS, input_dir, threads=1)
    assert run.name == OURS
    assert list(run.steps)[:2] == ["load", "read"]
    assert 0.0 < run.steps["case"] < run.seconds
    assert 0.2 < run.cpu_seconds < run.seconds * 1.1
    assert 50e6 < run.peak_bytes < 4e9


def test_a_peer_is_told_threads_and_options_and_tells_its_steps(
    monkeypatch: pytest.MonkeyPatch, input_dir: Path, tmp_path: Path
) -> None:
    monkeypatch.setenv(PYTHON_VARIABLE, stand_in(tmp_path))
    run = run_peer("nnunet", input_dir, threads=1, options=("--window", "32"))
    assert list(run.steps.items()) == [("start", 0.5), ("read", 0.25)]


def test_a_failing_program_gives_its_reason(tmp_path: Path) -> None:
    with pytest.raises(ChildProcessError, match="CT socket images/ct: expected one image"):
        run_peer(OURS, tmp_path, threads=1)


def test_a_name_of_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="expected one of ours, official, monai_windows, nnunet"):
        run_peer("totalsegmentator", tmp_path, threads=1)


def test_a_peer_that_can_not_run_says_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert left_out("official") is None
    monkeypatch.setenv(PYTHON_VARIABLE, stand_in(tmp_path))
    assert left_out("nnunet") is None
    monkeypatch.setenv(PYTHON_VARIABLE, stand_in(tmp_path, answer=1))
    assert str(left_out("nnunet")).startswith("nnunet: left out, nnunetv2 is not installed for ")
