"""What can be learned and measured, told before anything is fitted."""

import pytest

from tests.training.data.cohorts import MemoryPatient
from training.data.folds import Fold
from training.data.outcomes import fold_problems, require_learnable, side_words, words
from training.data.patient import DataError, Outcome


def followed(*relapses: bool) -> list[MemoryPatient]:
    return [
        MemoryPatient(f"p{i}", outcome=Outcome(relapse=relapse, rfs_days=10.0 + i))
        for i, relapse in enumerate(relapses)
    ]


def called(*positive: bool) -> list[MemoryPatient]:
    return [MemoryPatient(f"p{i}", outcome=Outcome(hpv_positive=p)) for i, p in enumerate(positive)]


def fold(name: str, held: int, of: int) -> Fold:
    """Hold out the last of some patients."""
    return Fold(name, tuple(range(of - held)), tuple(range(of - held, of)))


def test_what_can_be_learned_has_no_problem() -> None:
    who = followed(True, True, False, True, False)
    assert fold_problems((fold("f", 2, 5),), who, task=2) == []
    require_learnable((fold("f", 2, 5),), who, task=2)
    both = called(True, False, True, False, True, False)
    require_learnable((fold("f", 2, 6),), both, task=3)
    # Task 1 learns from the labels.
    require_learnable((fold("f", 2, 5),), [MemoryPatient(f"p{i}") for i in range(5)], task=1)


def test_a_cohort_without_events_is_told_once() -> None:
    who = followed(False, False, False, False)
    split = (fold("one", 1, 4), fold("two", 2, 4))
    told = fold_problems(split[:1], who, task=2)
    assert told == ["relapse: expected in some patient, found in none of 4"]
    with pytest.raises(DataError, match="folds: 1 problem\n  relapse: expected in some patient"):
        require_learnable(split[:1], who, task=2)


@pytest.mark.parametrize(("positive", "class_"), [(True, "HPV-negative"), (False, "HPV-positive")])
def test_one_class_only(positive: bool, class_: str) -> None:
    with pytest.raises(DataError, match=f"{class_}: expected in some patient, found in none of 3"):
        require_learnable((fold("f", 1, 3),), called(*[positive] * 3), task=3)


def test_a_fold_without_a_negative_is_named() -> None:
    who = called(False, True, False, True, True, True)
    with pytest.raises(
        DataError,
        match="fold-1: HPV-negative: expected 1 or more among the held-out patients, found none",
    ):
        require_learnable((fold("fold-1", 2, 6),), who, task=3)


def test_training_patients_are_enough_to_keep_some_apart() -> None:
    told = fold_problems((fold("f", 2, 5),), followed(True, False, False, True, True), task=2)
    assert told == ["f: relapse: expected 2 or more among the training patients, found 1 of 3"]
    told = fold_problems((fold("f", 2, 5),), followed(True, True, False, False, False), task=2)
    assert told == ["f: relapse: expected 1 or more among the held-out patients, found none of 2"]


@pytest.mark.parametrize("task", [1, 2])
def test_a_patient_in_two_folds_or_on_both_sides(task: int) -> None:
    who = followed(True, True, True, True)
    split = (Fold("one", (0, 1), (2, 3)), Fold("two", (0, 1, 2), (3,)))
    assert fold_problems(split, who, task=task) == [
        "p3: expected in one fold, found in one and two"
    ]
    twice = [*who[:3], who[0]]
    told = fold_problems((Fold("one", (0, 1), (2, 3)),), twice, task=task)
    assert told == ["p0: expected on one side of one, found on both"]


def test_who_is_held_out_in_words() -> None:
    who = followed(True, True, False, True)
    assert side_words(fold("f", 2, 4), who, task=2) == "f: 2 of 4, relapse 1"
    assert side_words(fold("f", 1, 4), who, task=1) == "f: 1 of 4"
    told = side_words(fold("f", 2, 3), called(True, True, False), task=3)
    assert told == "f: 2 of 3, HPV-positive 1, HPV-negative 1"


def test_the_task_s_own_outcome_comes_first() -> None:
    outcome = Outcome(relapse=True, rfs_days=1.0, hpv_positive=None)
    assert words(outcome, task=1) == ()
    assert words(outcome, task=2) == ("True", "None")
    assert words(outcome, task=3) == ("None", "True")
