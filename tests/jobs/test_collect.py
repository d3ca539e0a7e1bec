import os
import time
from functools import partial

import pytest

from jobs.collect import collected


def _slow_first(number: int, *, slowest: int) -> tuple[int, int]:
    time.sleep(0.5 if number == slowest else 0.0)
    return number, os.getpid()


def _fail_on(number: int, *, bad: int) -> int:
    if number == bad:
        raise ValueError(f"item {number} is bad")
    return number


def _die(number: int) -> None:
    os._exit(number)


@pytest.mark.parametrize("workers", [1, 2])
def test_results_come_in_the_order_of_the_items(
    workers: int, capsys: pytest.CaptureFixture[str]
) -> None:
    # The first is finished last; one item may come twice.
    items = (7, 3, 9, 3)
    found = collected(partial(_slow_first, slowest=7), items, workers=workers, what="things done")
    assert [number for number, _ in found] == [7, 3, 9, 3]
    assert {pid == os.getpid() for _, pid in found} == {workers == 1}
    out, lines = capsys.readouterr()
    assert out == ""
    assert lines.splitlines()[0] == "things done: 0 of 4 (0 %)"
    assert lines.splitlines()[-1] == "things done: 4 of 4 (100 %)"


def test_nothing_to_do_gives_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert collected(_die, (), workers=2, what="things") == []
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_of_a_job_comes_out_as_it_is(workers: int) -> None:
    with pytest.raises(ValueError, match=r"^item 4 is bad$"):
        collected(partial(_fail_on, bad=4), [3, 4, 5], workers=workers, what="things")


def test_a_dead_worker_is_told() -> None:
    with pytest.raises(ChildProcessError, match="worker process died, perhaps for want of memory"):
        collected(_die, [3, 3], workers=2, what="things")
