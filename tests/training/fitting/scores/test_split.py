"""Patients kept apart: of either outcome, the same ones however they are listed."""

import numpy as np
import pytest

from training.data.patient import DataError
from training.fitting.scores.split import inner_folds, require_outcomes, set_aside

IDS = [f"P-{n:03d}" for n in range(50)]
OUTCOME = np.arange(50) % 5 == 0  # ten of fifty


def test_a_fifth_of_either_outcome_is_set_aside() -> None:
    learning, aside = set_aside(OUTCOME, IDS, share=0.2, seed=3)
    assert sorted([*learning, *aside]) == list(range(50))
    assert (OUTCOME[aside].sum(), len(aside)) == (2, 10)


def test_who_is_set_aside_depends_on_names_not_on_order() -> None:
    _, aside = set_aside(OUTCOME, IDS, share=0.2, seed=3)
    turned = list(reversed(range(50)))
    _, other = set_aside(OUTCOME[turned], [IDS[i] for i in turned], share=0.2, seed=3)
    assert {IDS[i] for i in aside} == {IDS[turned[i]] for i in other}
    _, another = set_aside(OUTCOME, IDS, share=0.2, seed=4)
    assert set(aside) != set(another)


def test_an_outcome_of_two_is_on_both_sides() -> None:
    outcome = np.array([True, True, *[False] * 8])
    for share in (0.01, 0.2, 0.99):
        learning, aside = set_aside(outcome, IDS[:10], share=share, seed=0)
        assert outcome[learning].sum() == outcome[aside].sum() == 1


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
