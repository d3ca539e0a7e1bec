"""Which cases a seed draws, and what is owed to each."""

from __future__ import annotations

import pytest

from harness.hostile.draw import CHANGES, FAMILIES, Plan, PlanError, draw


def test_every_change_comes_first_before_any_comes_again() -> None:
    plans = list(draw(len(CHANGES), seed=3))
    assert {plan.names[0] for plan in plans} == set(CHANGES)
    assert len(CHANGES) == sum(len(family) for family in FAMILIES.values())


def test_a_seed_draws_the_same_cases_and_another_draws_others() -> None:
    assert list(draw(50, seed=5)) == list(draw(50, seed=5))
    assert list(draw(50, seed=5)) != list(draw(50, seed=6))


def test_changes_of_a_case_do_not_undo_each_other() -> None:
    for plan in draw(500, seed=7):
        touched = [touch for change in plan.changes for touch in change.touches]
        assert len(touched) == len(set(touched))
        assert all(plan.task in change.tasks for change in plan.changes)
        assert 1 <= len(plan.changes) <= 3


def test_only_the_tasks_asked_for_are_drawn() -> None:
    assert {plan.task for plan in draw(300, seed=1, tasks=(1, 3))} == {1, 3}
    assert not any("dose" in str(plan) for plan in draw(300, seed=1, tasks=(1, 3)))


def test_a_case_is_read_as_it_is_printed() -> None:
    for plan in draw(100, seed=8):
        assert Plan.parse(str(plan)) == plan


@pytest.mark.parametrize("text", ["", "1:2", "4:1:one slice", "1:x:one slice", "1:2:no change"])
def test_a_text_that_names_no_case_is_refused(text: str) -> None:
    with pytest.raises(PlanError, match=r"expected TASK:SEED:CHANGE \+ CHANGE, found"):
        Plan.parse(text)


def test_what_is_owed_is_the_strictest() -> None:
    answered, either, refused = "feet first", "one voxel", "record empty"
    assert Plan(1, 0, (answered,)).expected == "answer"
    assert Plan(1, 0, (answered, either)).expected == "either"
    assert Plan(1, 0, (answered, refused, either)).expected == "refusal"


def test_a_refusal_is_for_what_is_hostile() -> None:
    assert "socket" in Plan(1, 0, ("feet first", "noise")).blamed
    assert Plan(1, 0, ("feet first", "record empty")).blamed == Plan(1, 0, ("record empty",)).blamed
    assert "model" in Plan(1, 0, ("record empty", "a pickle")).blamed
    assert "EHR" in Plan(1, 0, ("record empty", "a pickle")).blamed
