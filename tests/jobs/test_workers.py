import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from jobs.workers import run

ROOT = Path(__file__).parents[2]


def _note(number: int, *, folder: Path) -> int:
    (folder / str(number)).write_text(str(os.getpid()), encoding="utf-8")
    return number


def _note_and_sleep(number: int, *, folder: Path) -> None:
    _note(number, folder=folder)
    time.sleep(120 if number else 0)


def _fail(number: int) -> None:
    raise ValueError(f"item {number} is bad")


def _die(number: int) -> None:
    os._exit(number)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not state.exists() or state.read_text(encoding="utf-8").split()[2] != "Z"


def _wait_until(condition: object, *, seconds: float = 30.0) -> None:
    assert callable(condition)
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def _pids(folder: Path) -> list[int]:
    texts = [path.read_text(encoding="utf-8") for path in folder.iterdir()]
    return [int(text) for text in texts if text]


@pytest.mark.parametrize("workers", [1, 2])
def test_every_item_is_done_and_counted(tmp_path: Path, workers: int) -> None:
    count: list[int] = []
    run(partial(_note, folder=tmp_path), [3, 1, 4], workers=workers, done=count.append)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1", "3", "4"]
    assert sorted(count) == [1, 3, 4]
    assert (os.getpid() in _pids(tmp_path)) == (workers == 1)


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_of_a_job_comes_out(workers: int) -> None:
    with pytest.raises(ValueError, match="item 1 is bad"):
        run(_fail, [1, 1], workers=workers, done=lambda _: None)


def test_a_dead_worker_is_told() -> None:
    with pytest.raises(ChildProcessError, match="worker process died, perhaps for want of memory"):
        run(_die, [3, 3], workers=2, done=lambda _: None)


def test_whatever_stops_the_counting_stops_the_workers(tmp_path: Path) -> None:
    def stop(_: object) -> None:
        _wait_until(lambda: (tmp_path / "1").exists())
        raise KeyboardInterrupt

    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        run(partial(_note_and_sleep, folder=tmp_path), [0, 1, 2, 3], workers=2, done=stop)
    assert time.monotonic() - start < 60
    _wait_until(lambda: not any(map(_alive, _pids(tmp_path))), seconds=5)


def test_workers_end_with_a_killed_parent(tmp_path: Path) -> None:
    program = (
        "from functools import partial; from pathlib import Path\n"
        "from jobs.workers import run\n"
        "from tests.jobs.test_workers import _note_and_sleep\n"
        f"job = partial(_note_and_sleep, folder=Path({str(tmp_path)!r}))\n"
        "if __name__ == '__main__': run(job, [1, 2, 3], workers=2, done=lambda _: None)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT)
    try:
        _wait_until(lambda: len(_pids(tmp_path)) == 2)
    finally:
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    _wait_until(lambda: not any(map(_alive, _pids(tmp_path))), seconds=10)
