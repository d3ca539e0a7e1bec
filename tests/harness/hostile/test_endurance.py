"""A server's memory over many cases."""

from __future__ import annotations

import pytest

from harness.engines.local import LocalEngine, network_wrapper
from harness.engines.profile import PROFILES
from harness.hostile.endurance import Endurance, endure
from harness.tasks import TASKS


def test_growth_is_of_the_last_against_the_first_once_warm() -> None:
    # Five to warm up; of the twenty left, two at each end.
    peaks = (1, 1, 1, 1, 1, 100, 100, *[102] * 16, 110, 110)
    assert Endurance(25, peaks).growth == pytest.approx(0.1)
    assert Endurance(25, (900, *[100] * 24)).growth == 0.0


@pytest.mark.skipif(network_wrapper() is None, reason="no network namespaces here")
def test_a_dozen_cases_are_answered_and_measured() -> None:
    found = endure(TASKS[2], 12, LocalEngine(), PROFILES["8gb"])
    assert found.answered == 12
    assert len(found.peak_bytes) >= 10
    assert min(found.peak_bytes) > 50_000_000
