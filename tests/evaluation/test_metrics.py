import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines.utils import concordance_index as lifelines_index

from evaluation.metrics import (
    balanced_accuracy,
    bootstrap_interval,
    concordance_index,
    dice,
    roc_auc,
)


def test_dice_by_hand() -> None:
    a = np.array([True, True, True, False])
    b = np.array([False, True, True, True])
    assert dice(a, b) == pytest.approx(2 * 2 / (3 + 3))
    assert dice(a, ~a) == 0.0


def test_dice_of_two_empty_masks_is_one_and_of_one_empty_zero() -> None:
    empty = np.zeros(4, dtype=bool)
    assert dice(empty, empty) == 1.0
    assert dice(empty, ~empty) == 0.0


def test_dice_refuses_other_shapes() -> None:
    with pytest.raises(ValueError, match="expected masks of one shape"):
        dice(np.zeros(3, dtype=bool), np.zeros(4, dtype=bool))


def test_a_higher_risk_for_the_earlier_event_is_concordant() -> None:
    assert concordance_index([3, 2, 1], time_days=[1, 2, 3], event=[1, 1, 1]) == 1.0
    assert concordance_index([1, 2, 3], time_days=[1, 2, 3], event=[1, 1, 1]) == 0.0


def test_concordance_by_hand() -> None:
    # Pairs: (1,2) yes, (1,3) tie, (1,4) yes; patient 2 is censored at 2; (3,4) no.
    value = concordance_index([3, 2, 3, 9], time_days=[1, 2, 3, 4], event=[1, 0, 1, 0])
    assert value == pytest.approx((1 + 0.5 + 0 + 0) / 4)


def test_an_event_and_a_censoring_at_one_time_are_comparable() -> None:
    assert concordance_index([2, 1], time_days=[5, 5], event=[1, 0]) == 1.0
    with pytest.raises(ValueError, match="at least one comparable pair"):
        concordance_index([2, 1], time_days=[5, 5], event=[1, 1])


@settings(deadline=None, derandomize=True, max_examples=100)
@given(
    rows=st.lists(
        st.tuples(st.integers(-3, 3), st.integers(1, 6), st.booleans()), min_size=2, max_size=25
    )
)
def test_concordance_agrees_with_lifelines(rows: list[tuple[int, int, bool]]) -> None:
    risk, time, event = (np.array(column) for column in zip(*rows, strict=True))
    try:
        expected = lifelines_index(time, -risk, event)
    except ZeroDivisionError:
        with pytest.raises(ValueError, match="comparable pair"):
            concordance_index(risk, time_days=time, event=event)
        return
    assert concordance_index(risk, time_days=time, event=event) == pytest.approx(expected, abs=1e-9)


def test_balanced_accuracy_by_hand() -> None:
    truth = [True, True, True, True, False, False]
    call = [True, True, True, False, False, True]
    assert balanced_accuracy(call, truth=truth) == pytest.approx((3 / 4 + 1 / 2) / 2)
    assert balanced_accuracy([True] * 6, truth=truth) == 0.5


def test_auc_by_hand() -> None:
    # Of 2 x 2 pairs two are right, one is a tie.
    value = roc_auc([0.9, 0.4, 0.4, 0.6], truth=[True, True, False, False])
    assert value == pytest.approx((2 + 0.5) / 4)


@pytest.mark.parametrize("metric", [balanced_accuracy, roc_auc])
def test_one_class_alone_is_refused(metric) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match="found one class"):
        metric([True, True], truth=[True, True])


def test_the_interval_holds_the_mean_and_shrinks_with_patients() -> None:
    values = np.random.default_rng(0).normal(0.7, 0.1, 400)
    low, high = bootstrap_interval(values)
    assert low < values.mean() < high
    few_low, few_high = bootstrap_interval(values[:25])
    assert few_high - few_low > 2.0 * (high - low)
