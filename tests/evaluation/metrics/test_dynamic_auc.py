import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.metrics.calls import roc_auc
from evaluation.metrics.dynamic_auc import time_dependent_auc
from tests.strategies import few

GOLDEN = Path(__file__).parents[2] / "golden" / "time_dependent_auc.json"


def test_without_censoring_it_is_the_auc_of_who_recurred_by_then() -> None:
    risk, time = [4, 1, 3, 2, 2], [1, 2, 3, 4, 5]
    found = time_dependent_auc(risk, time_days=time, event=[1] * 5, at_days=[1, 2.5, 4])
    for value, day in zip(found, (1, 2.5, 4), strict=True):
        assert value == pytest.approx(roc_auc(risk, truth=np.less_equal(time, day)), abs=1e-12)


def test_weights_by_hand() -> None:
    # By day 5 patients 1 (day 1) and 3 (day 3) recurred; patient 2 was censored on day 2; 4 and 5
    # are followed past it. Uncensored: all on day 1; on day 2 one of 4 left, so 3/4 on day 3.
    # Weights 1 and 4/3. Patient 1 beats both, patient 3 one of two.
    found = time_dependent_auc(
        [9, 5, 3, 2, 4], time_days=[1, 2, 3, 6, 7], event=[1, 0, 1, 0, 0], at_days=[5]
    )
    assert found[0] == pytest.approx((1 * 1 + 4 / 3 * 1 / 2) / (1 + 4 / 3), abs=1e-12)


def test_equal_risks_count_half() -> None:
    found = time_dependent_auc([1, 1], time_days=[1, 9], event=[1, 0], at_days=[5])
    assert found.tolist() == [0.5]


def test_before_the_first_and_after_the_last_it_is_undefined() -> None:
    found = time_dependent_auc([3, 2, 1], time_days=[2, 4, 6], event=[1, 1, 0], at_days=[1, 3, 6])
    np.testing.assert_array_equal(found, [np.nan, 1.0, np.nan])
    assert np.isnan(time_dependent_auc([1, 2], time_days=[2, 4], event=[0, 0], at_days=[3])).all()


def test_bad_input_is_named() -> None:
    with pytest.raises(ValueError, match="at_days: expected values without NaN"):
        time_dependent_auc([1, 2], time_days=[1, 2], event=[1, 0], at_days=[np.nan])
    with pytest.raises(ValueError, match="risk: expected values without NaN"):
        time_dependent_auc([1, np.nan], time_days=[1, 2], event=[1, 0], at_days=[1])
    with pytest.raises(ValueError, match="expected at least one patient, found none"):
        time_dependent_auc([], time_days=[], event=[], at_days=[1])


@pytest.mark.parametrize("case", json.loads(GOLDEN.read_text(encoding="utf-8")))
def test_it_agrees_with_scikit_survival(case: dict[str, Any]) -> None:
    expected = case.pop("auc")
    found = time_dependent_auc(case.pop("risk"), **case)
    assert len(expected) >= 3
    np.testing.assert_allclose(found, expected, atol=1e-6, rtol=0)


@few
@given(
    st.lists(
        st.tuples(st.integers(-3, 3), st.integers(1, 6), st.booleans()), min_size=2, max_size=25
    ),
    st.randoms(use_true_random=False),
)
def test_it_knows_order_alone(rows: list[tuple[int, int, bool]], random) -> None:  # type: ignore[no-untyped-def]
    def auc(of: list[tuple[int, int, bool]], sign: float = 1.0) -> np.ndarray:
        risk, time, event = (np.array(column) for column in zip(*of, strict=True))
        return time_dependent_auc(
            sign * np.exp(risk), time_days=time, event=event, at_days=[2, 3.5]
        )

    found = auc(rows)
    there = ~np.isnan(found)
    assert ((found[there] >= 0) & (found[there] <= 1 + 1e-12)).all()
    np.testing.assert_allclose(auc(rows, -1.0), 1.0 - found, atol=1e-12)
    np.testing.assert_allclose(auc(random.sample(rows, len(rows))), found, atol=1e-12)
