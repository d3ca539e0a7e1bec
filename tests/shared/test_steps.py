"""One line a step, written and read."""

from __future__ import annotations

import logging

import pytest

import shared.steps
from shared.steps import seconds_of, step

log = logging.getLogger(__name__)


def test_what_is_written_is_read(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = iter([1.0, 1.25, 2.0, 5.0])
    monkeypatch.setattr(shared.steps, "perf_counter", lambda: next(times))
    with caplog.at_level(logging.INFO):
        with step(log, "read"):
            pass
        with step(log, "network") as current:
            current.note = "a.onnx, passes: 2"
    assert [record.getMessage() for record in caplog.records] == [
        "step read: 0.250 s",
        "step network: 3.000 s (a.onnx, passes: 2)",
    ]
    assert seconds_of(caplog.text) == {"read": 0.25, "network": 3.0}


def test_repeated_steps_are_summed_in_the_order_they_came() -> None:
    text = (
        "INFO step load: 0.250 s (segmentation.onnx, passes: 1)\n"
        "INFO a step to the left: 3 s\nINFO step read: 1.125 s\nINFO step load: 0.500 s\n"
    )
    assert list(seconds_of(text).items()) == [("load", 0.75), ("read", 1.125)]


def test_a_step_that_fails_has_no_line(caplog: pytest.LogCaptureFixture) -> None:
    with (
        caplog.at_level(logging.INFO),
        pytest.raises(ValueError, match="broken"),
        step(log, "write"),
    ):
        raise ValueError("broken")
    assert caplog.text == ""
