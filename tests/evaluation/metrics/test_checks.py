import numpy as np
import pytest

from evaluation.metrics.checks import days, flags, known, same_length


def test_nan_is_named_with_its_place() -> None:
    with pytest.raises(ValueError, match=r"risk: .* found 2 of 4, the first at position 1"):
        known("risk", [1.0, np.nan, 2.0, np.nan])


def test_a_table_is_no_row() -> None:
    with pytest.raises(
        ValueError, match=r"score: expected one row of values, found shape \(2, 1\)"
    ):
        known("score", [[1.0], [2.0]])


def test_flags_are_zero_or_one() -> None:
    assert flags("event", [1, 0.0, True]).tolist() == [True, False, True]
    with pytest.raises(ValueError, match="event: expected 0 or 1, found others"):
        flags("event", [0, 2])
    with pytest.raises(ValueError, match="event: expected values without NaN"):
        flags("event", [0, np.nan])


def test_days_are_not_negative() -> None:
    assert days("time_days", [0.0, 3.0]).tolist() == [0.0, 3.0]
    assert days("time_days", []).size == 0
    with pytest.raises(ValueError, match="time_days: expected 0 days or more, found -1"):
        days("time_days", [3.0, -1.0])


def test_other_lengths_are_named() -> None:
    same_length(risk=np.zeros(2), event=np.zeros(2, dtype=bool))
    with pytest.raises(ValueError, match="expected equal lengths, found risk 2, event 3"):
        same_length(risk=np.zeros(2), event=np.zeros(3, dtype=bool))
