import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.metrics.risk import Direction, risk_groups, to_risk
from evaluation.metrics.survival import concordance_index
from tests.strategies import few


def test_days_are_turned_and_risks_are_not() -> None:
    assert to_risk([1.0, 5.0], Direction.RISK).tolist() == [1.0, 5.0]
    assert to_risk([1.0, 5.0], Direction.DAYS).tolist() == [-1.0, -5.0]
    assert np.isnan(to_risk([np.nan], Direction.DAYS)).all()


def test_true_days_and_the_risk_they_mean_rank_alike() -> None:
    days, event = [100.0, 200.0, 300.0], [1, 1, 0]
    for values, direction in ((days, Direction.DAYS), ([3.0, 2.0, 1.0], Direction.RISK)):
        assert concordance_index(to_risk(values, direction), time_days=days, event=event) == 1.0
        other = next(each for each in Direction if each is not direction)
        assert concordance_index(to_risk(values, other), time_days=days, event=event) == 0.0


def test_a_direction_by_its_name() -> None:
    assert Direction("days") is Direction.DAYS
    with pytest.raises(ValueError, match="'up' is not a valid Direction"):
        Direction("up")


def test_tertiles_by_hand() -> None:
    assert risk_groups([9, 1, 5, 2, 8, 4]).tolist() == [2, 0, 1, 0, 2, 1]
    assert risk_groups([4, 3, 2, 1], groups=2).tolist() == [1, 1, 0, 0]
    # Seven in three: the middle one of the ranks 1-7 takes the odd place.
    assert risk_groups(range(7)).tolist() == [0, 0, 1, 1, 1, 2, 2]


def test_equal_risks_stay_together() -> None:
    # Ranks 1, 3, 3, 3, 5, 6: the three share rank 3, in the middle third of 6.
    assert risk_groups([0, 1, 1, 1, 2, 3]).tolist() == [0, 1, 1, 1, 2, 2]
    assert risk_groups([7.0] * 5).tolist() == [1] * 5
    assert risk_groups([]).size == 0


def test_one_group_and_nan_are_refused() -> None:
    with pytest.raises(ValueError, match="expected at least two groups, found 1"):
        risk_groups([1, 2], groups=1)
    with pytest.raises(ValueError, match="risk: expected values without NaN"):
        risk_groups([1, np.nan])


@few
@given(st.lists(st.integers(-5, 5), min_size=1, max_size=30), st.integers(2, 6))
def test_groups_follow_the_order_of_risks(risk: list[int], groups: int) -> None:
    found = risk_groups(risk, groups)
    assert found.min() >= 0
    assert found.max() < groups
    order = np.argsort(risk, kind="stable")
    assert (np.diff(found[order]) >= 0).all()
    assert all(len(set(found[np.equal(risk, value)])) == 1 for value in risk)
    np.testing.assert_array_equal(found, risk_groups(np.exp(risk), groups))


@few
@given(st.integers(2, 5), st.integers(1, 8), st.randoms(use_true_random=False))
def test_without_ties_groups_are_equal(groups: int, size: int, random) -> None:  # type: ignore[no-untyped-def]
    risk = list(range(groups * size))
    random.shuffle(risk)
    assert np.bincount(risk_groups(risk, groups)).tolist() == [size] * groups
