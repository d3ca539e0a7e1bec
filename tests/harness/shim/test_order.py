"""An order arrives as it was sent; a run is told in the platform's words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.shim.order import Case, Order, order_of
from harness.shim.outcome import (
    MEMORY_MESSAGE,
    SILENT_MESSAGE,
    TIME_MESSAGE,
    UNEXPECTED_MESSAGE,
    Run,
)

GOOD = Run(0, 1.0, 0.5, None, "", "a warning\n")


def test_an_order_survives_its_way() -> None:
    order = Order(
        command=("python", "-m", "x"),
        user="hecktor",
        api="invoke",
        cases=(Case("/a", "/b"), Case("/c", "/d")),
        input_place="/input",
        output_place="/output",
        linked=False,
        time_s=600.0,
        data_bytes=7,
        emptied=("/tmp",),  # noqa: S108
    )
    assert order_of(order.to_json()) == order


@pytest.mark.parametrize(
    ("run", "message"),
    [
        (GOOD, None),
        (replace(GOOD, exit_code=137, stderr="Traceback\n"), MEMORY_MESSAGE),
        (replace(GOOD, exit_code=1, stderr="x" * 2000), "x" * 1024),
        (replace(GOOD, exit_code=-9, stderr="one\ntwo\n \n"), "two"),
        (replace(GOOD, exit_code=1, stderr=" \n\n"), SILENT_MESSAGE),
        (replace(GOOD, stopped="time"), TIME_MESSAGE),
        (replace(GOOD, exit_code=-9, stopped="memory"), MEMORY_MESSAGE),
        (replace(GOOD, exit_code=1, refusal="no user"), "no user"),
        (replace(GOOD, faults=("not UTF-8",)), UNEXPECTED_MESSAGE),
    ],
)
def test_the_message_is_the_platforms(run: Run, message: str | None) -> None:
    assert run.message == message
