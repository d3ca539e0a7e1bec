from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.data.folds import folds, held_out_before, leave_one_centre_out
from training.data.patient import DataError

CENTRES = st.lists(st.sampled_from(["", "A", "B", "C", "D"]), min_size=2, max_size=60)


def names(centres: list[str]) -> list[str]:
    return [f"p{i:03d}" for i in range(len(centres))]


@given(centres=CENTRES, data=st.data())
def test_every_patient_is_held_out_once_and_every_centre_evenly(
    centres: list[str], data: st.DataObject
) -> None:
    count = data.draw(st.integers(2, len(centres)))
    made = folds(centres, names(centres), count=count, seed=data.draw(st.integers(0, 99)))
    held_out = [i for fold in made for i in fold.validation]
    assert sorted(held_out) == list(range(len(centres)))
    for fold in made:
        assert sorted(fold.training + fold.validation) == list(range(len(centres)))
    sizes = [len(fold.validation) for fold in made]
    assert max(sizes) - min(sizes) <= 1
    assert min(sizes) >= 1
    for centre in set(centres):
        numbers = [Counter(centres[i] for i in fold.validation)[centre] for fold in made]
        assert max(numbers) - min(numbers) <= 1


@given(centres=CENTRES, seed=st.integers(0, 99), data=st.data())
def test_the_order_of_listing_changes_nothing(
    centres: list[str], seed: int, data: st.DataObject
) -> None:
    ids = names(centres)
    order = data.draw(st.permutations(range(len(centres))))
    made = folds(centres, ids, count=2, seed=seed)
    shuffled_ids = [ids[i] for i in order]
    again = folds([centres[i] for i in order], shuffled_ids, count=2, seed=seed)
    for one, other in zip(made, again, strict=True):
        assert {ids[i] for i in one.validation} == {shuffled_ids[i] for i in other.validation}


def test_a_seed_gives_the_same_folds_and_another_seed_others() -> None:
    centres = ["A"] * 20 + ["B"] * 10
    first = folds(centres, names(centres), count=5, seed=1)
    assert first == folds(centres, names(centres), count=5, seed=1)
    assert first != folds(centres, names(centres), count=5, seed=2)
    # 20 of A and 10 of B over 5 folds: 4 and 2 in each.
    for fold in first:
        assert Counter(centres[i] for i in fold.validation) == {"A": 4, "B": 2}
    assert [fold.name for fold in first] == [f"fold-{n}-of-5" for n in range(1, 6)]


@given(centres=CENTRES, seed=st.integers(0, 99), data=st.data())
def test_without_outcomes_patients_are_dealt_round(
    centres: list[str], seed: int, data: st.DataObject
) -> None:
    count = data.draw(st.integers(2, len(centres)))
    # Positions are in the names' order: one shuffled centre after the other, as cards are dealt.
    rng, order = np.random.default_rng(seed), []
    for centre in sorted(set(centres)):
        members = [i for i, name in enumerate(centres) if name == centre]
        order += [members[i] for i in rng.permutation(len(members))]
    expected = [tuple(sorted(order[start::count])) for start in range(count)]
    made = folds(centres, names(centres), count=count, seed=seed)
    assert [fold.validation for fold in made] == expected
    nothing = [()] * len(centres)
    assert folds(centres, names(centres), count=count, seed=seed, outcomes=nothing) == made


@given(data=st.data(), seed=st.integers(0, 99))
def test_folds_differ_by_one_at_most_in_size_and_in_the_first_outcome(
    data: st.DataObject, seed: int
) -> None:
    groups = data.draw(
        st.lists(
            st.tuples(st.sampled_from("10"), st.sampled_from("+-?"), st.sampled_from("ABC")),
            min_size=4,
            max_size=80,
        )
    )
    count = data.draw(st.integers(2, 4))
    centres, outcomes = [group[-1] for group in groups], [group[:2] for group in groups]
    made = folds(centres, names(centres), count=count, seed=seed, outcomes=outcomes)
    assert sorted(i for fold in made for i in fold.validation) == list(range(len(groups)))

    def spread(what: Callable[[int], bool]) -> int:
        held = [sum(map(what, fold.validation)) for fold in made]
        return max(held) - min(held)

    assert spread(lambda _: True) <= 1
    assert all(spread(lambda i, w=word: outcomes[i][0] == w) <= 1 for word in "10")


def test_an_earlier_cross_validation_s_folds_are_held_out_again() -> None:
    ids = ["c", "a", "new", "b", "newer"]
    # z is not among these patients, and nobody held out the new ones.
    first, second, third = held_out_before([("a", "z"), ("b",), ("c",)], ids)
    assert [ids[i] for i in first.validation] == ["a", "new"]
    assert [ids[i] for i in second.validation] == ["b", "newer"]
    assert [ids[i] for i in third.validation] == ["c"]
    assert first.name == "fold-1-of-3"
    assert first.training == (0, 3, 4)


@pytest.mark.parametrize(
    ("held_out", "problem"),
    [
        ([("a",), ("a", "b")], "a: expected in one earlier fold, found in two"),
        ([("a", "b", "c"), ("z",)], "expected a patient of earlier fold 2, found none"),
    ],
)
def test_folds_that_can_t_be_held_out_again(held_out: list[tuple[str, ...]], problem: str) -> None:
    with pytest.raises(DataError, match=problem):
        held_out_before(held_out, ["a", "b", "c"])


def test_outcomes_are_dealt_before_centres() -> None:
    # 4 events in 12 patients, all of them in centre A, over 4 folds: one each.
    centres, outcomes = ["A"] * 6 + ["B"] * 6, [("1",)] * 4 + [("0",)] * 8
    made = folds(centres, names(centres), count=4, seed=3, outcomes=outcomes)
    for fold in made:
        assert [outcomes[i] for i in fold.validation].count(("1",)) == 1
        assert len(fold.validation) == 3
        assert Counter(centres[i] for i in fold.validation)["A"] in (1, 2)


def test_more_folds_than_patients() -> None:
    with pytest.raises(DataError, match=r"expected at most one a patient \(2\), found 3"):
        folds(["A", "B"], ["a", "b"], count=3, seed=0)


def test_one_fold_is_none() -> None:
    with pytest.raises(DataError, match="expected 2 or more, found 1"):
        folds(["A", "B"], ["a", "b"], count=1, seed=0)


@pytest.mark.parametrize("ids", [["a", "a"], ["a"]])
def test_names_are_one_a_patient(ids: list[str]) -> None:
    with pytest.raises(DataError, match="expected as many different patients as centres"):
        folds(["A", "B"], ids, count=2, seed=0)


def test_one_centre_after_the_other_is_held_out() -> None:
    made = leave_one_centre_out(["B", "A", "B", "St. Mary / C"])
    assert [fold.name for fold in made] == ["centre-A", "centre-B", "centre-St.-Mary-C"]
    assert [fold.validation for fold in made] == [(1,), (0, 2), (3,)]
    assert [fold.training for fold in made] == [(0, 2, 3), (1, 3), (0, 1, 2)]


@pytest.mark.parametrize("centres", [["A", "A"], []])
def test_one_centre_only(centres: list[str]) -> None:
    with pytest.raises(DataError, match="expected 2 centres or more"):
        leave_one_centre_out(centres)


def test_an_unknown_centre() -> None:
    with pytest.raises(DataError, match="expected every patient's centre, found 2 without"):
        leave_one_centre_out(["A", "", "B", ""])
