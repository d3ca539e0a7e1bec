import json
import time
from pathlib import Path

import pytest

from benchmarks.peers import program
from benchmarks.peers.program import Steps


def test_steps_are_kept_in_their_order_from_where_the_first_began(tmp_path: Path) -> None:
    steps = Steps(ago=5.0)
    for name in ("start", "read"):
        steps.done(name)
    assert list(steps.seconds) == ["start", "read"]
    assert steps.seconds["start"] >= 5.0
    assert 0.0 <= steps.seconds["read"] < 1.0
    file = tmp_path / "steps.json"
    steps.write(file)
    assert json.loads(file.read_text(encoding="utf-8")) == steps.seconds
    steps.write(None)


def test_a_process_knows_its_age(tmp_path: Path) -> None:
    age = program._age_s()
    time.sleep(0.05)
    assert 0.03 < program._age_s() - age < 1.0
    # Its name may hold brackets and spaces; started 1 tick after the machine, 100 a second.
    stat = tmp_path / "stat"
    fields = ["S", *["0"] * 18, "1", "0"]
    stat.write_text(f"7 (a) b) {' '.join(fields)}\n", encoding="utf-8")
    assert program._age_s(stat) == pytest.approx(time.clock_gettime(time.CLOCK_BOOTTIME), abs=1.0)
    assert program._age_s(tmp_path / "none") == 0.0
