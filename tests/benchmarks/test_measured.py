import os
import sys
import time

import pytest

from benchmarks import measured as module
from benchmarks.machine import cores
from benchmarks.measured import measured

BUSY = """
import time
held = bytearray(120_000_000)
for at in range(0, len(held), 4096):
    held[at] = 1
end = time.process_time() + 0.3
while time.process_time() < end:
    pass
"""


def test_what_a_command_and_its_children_take_is_counted() -> None:
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {BUSY!r}], check=True)"
    run = measured([sys.executable, "-c", child])
    assert run.seconds >= 0.3
    assert 0.3 <= run.cpu_seconds < 10.0
    assert 120e6 < run.peak_bytes < 500e6


def test_it_runs_on_as_many_processors_as_asked() -> None:
    before = cores()
    check = "import os, sys; sys.exit(len(os.sched_getaffinity(0)) != 1)"
    measured([sys.executable, "-c", check], processors=1)
    assert cores() == before
    with pytest.raises(ValueError, match=f"expected at most {len(before)} processors, found 4096"):
        measured([sys.executable, "-c", ""], processors=4096)


def test_a_failure_is_told_by_its_last_lines() -> None:
    lines = "import sys; sys.exit('\\n'.join(f'line {n}' for n in range(20)))"
    with pytest.raises(ChildProcessError, match=r"^line 12\n(.*\n)*line 19\nexit code 1$"):
        measured([sys.executable, "-c", lines])
    with pytest.raises(ChildProcessError, match=r"^exit code 3$"):
        measured([sys.executable, "-c", "raise SystemExit(3)"])


def test_an_interrupt_ends_the_command_too(monkeypatch: pytest.MonkeyPatch) -> None:
    running: list[int] = []

    def interrupted(pids: list[int]) -> int:
        running.append(pids[0])
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "held_bytes", interrupted)
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        measured([sys.executable, "-c", "import time; time.sleep(60)"])
    assert time.monotonic() - start < 30.0
    with pytest.raises(ProcessLookupError):
        os.kill(running[0], 0)
