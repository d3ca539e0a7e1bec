"""Patients kept apart: of either outcome, the same ones however they are listed."""

import numpy as np
import pytest

from tests.training.patients import outcomes
from training.data.patient import DataError
from training.fitting.scores.split import (
    inner_folds,
    require_outcomes,
    require_rankable,
    split_calibration,
)

IDS = [f"P-{n:03d}" for n in range(50)]
OUTCOME = np.arange(50) % 5 == 0  # ten of fifty


def test_a_fifth_of_either_outcome_is_for_calibration() -> None:
    learning, kept = split_calibration(OUTCOME, IDS, share=0.2, seed=3)
    assert sorted([*learning, *kept]) == list(range(50))
    assert (OUTCOME[kept].sum(), len(kept)) == (2, 10)


def test_who_is_for_calibration_depends_on_names_not_on_order() -> None:
    _, kept = split_calibration(OUTCOME, IDS, share=0.2, seed=3)
    turned = list(reversed(range(50)))
    _, other = split_calibration(OUTCOME[turned], [IDS[i] for i in turned], share=0.2, seed=3)
    assert {IDS[i] for i in kept} == {IDS[turned[i]] for i in other}
    _, another = split_calibration(OUTCOME, IDS, share=0.2, seed=4)
    assert set(kept) != set(another)


def test_an_outcome_of_two_is_on_both_sides() -> None:
    outcome = np.array([True, True, *[False] * 8])
    for share in (0.01, 0.2, 0.99):
        learning, kept = split_calibration(outcome, IDS[:10], share=share, seed=0)
        assert outcome[learning].sum() == outcome[kept].sum() == 1


def test_inner_folds_deal_everybody_once_and_outcomes_evenly() -> None:
    folds = inner_folds(OUTCOME, IDS, seed=0)
    assert sorted(np.concatenate(folds)) == list(range(50))
    assert [len(fold) for fold in folds] == [10] * 5
    assert [int(OUTCOME[fold].sum()) for fold in folds] == [2] * 5


def test_no_inner_fold_holds_all_of_a_rare_outcome() -> None:
    outcome = np.array([True, True, True, *[False] * 9])
    folds = inner_folds(outcome, IDS[:12], seed=0)
    assert [int(outcome[fold].sum()) for fold in folds] == [1, 1, 1]


@pytest.mark.parametrize(
    ("role", "outcome", "message"),
    [
        ("risk", [True, False, False, False], "2 who recurred .* found 1 of 4"),
        ("risk", [True, True], "3 in all or more, found 2 of 2"),
        ("hpv", [True, True, True, False], "either HPV .* found 3 positive and 1 negative"),
        ("hpv", [False, False], "found 0 positive and 2 negative"),
    ],
)
def test_too_few_of_an_outcome_are_refused(role: str, outcome: list[bool], message: str) -> None:
    with pytest.raises(DataError, match=message):
        require_outcomes(np.array(outcome), role=role)


@pytest.mark.parametrize("role", ["risk", "hpv"])
def test_two_of_either_are_enough(role: str) -> None:
    require_outcomes(np.array([True, True, False, False]), role=role)


def test_those_who_choose_the_weights_must_be_comparable() -> None:
    # One recurred last of all: nobody is followed for longer.
    last = outcomes("risk", time=np.array([1.0, 2.0, 3.0]), outcome=[False, False, True])
    with pytest.raises(DataError, match=r"some of the 3 set aside .* `keep: best`"):
        require_rankable(last)
    require_rankable(outcomes("risk", time=np.array([1.0, 2.0]), outcome=[True, False]))
    require_rankable(outcomes("hpv", time=np.ones(2), outcome=[True, False]))
