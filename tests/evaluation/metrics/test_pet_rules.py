import numpy as np
import pytest

from evaluation.metrics.pet_rules import (
    BEST_IN_BOX,
    FIXED,
    FIXED_ALL,
    IN_BOX,
    OF_NECK,
    OF_NECK_ALL,
    brain,
    score_rules,
)

SPACING = (5.0, 5.0, 5.0)


def scan() -> tuple[np.ndarray, np.ndarray]:
    """A brain of SUV 12 on top, a tumour of SUV 10 at slices 40 to 43, a bladder far below."""
    suv = np.full((160, 40, 40), 0.5, dtype=np.float32)
    suv[135:155, 10:30, 10:30] = 12.0
    suv[100:104, 10:14, 20:24] = 10.0
    suv[5:15, 15:25, 15:25] = 80.0
    labels = np.zeros(suv.shape, dtype=np.uint8)
    labels[100:104, 10:14, 20:24] = 1
    return suv, labels


def test_rules_find_a_lone_tumour_beside_brain_and_bladder() -> None:
    suv, labels = scan()
    rules = (IN_BOX, BEST_IN_BOX, FIXED, OF_NECK, FIXED_ALL, OF_NECK_ALL)
    assert score_rules(suv, labels, SPACING) == dict.fromkeys(rules, 1.0)


def test_a_hot_gland_spoils_the_rules_without_location() -> None:
    suv, labels = scan()
    suv[100:104, 30:34, 20:24] = 8.0  # as large as the tumour, 80 mm beside it
    scores = score_rules(suv, labels, SPACING)
    assert scores[IN_BOX] == 1.0
    # 64 voxels right, 64 more: 2 x 64 / (64 + 128).
    assert scores[FIXED] == scores[OF_NECK] == pytest.approx(2 / 3)
    # The same gland as a node: against both labels nothing is wrong.
    labels[100:104, 30:34, 20:24] = 2
    scores = score_rules(suv, labels, SPACING)
    assert scores[FIXED] == pytest.approx(2 / 3)
    assert scores[FIXED_ALL] == scores[OF_NECK_ALL] == 1.0


def test_a_hot_neighbour_spoils_the_box_too() -> None:
    suv, labels = scan()
    suv[100:104, 15:19, 20:24] = 30.0  # 5 mm beside the tumour: two of its four rows in the box
    scores = score_rules(suv, labels, SPACING)
    # Of 41 % of 30 SUV the tumour has nothing.
    assert scores[IN_BOX] == 0.0
    # From SUV 10 on: the tumour's 64 voxels, and 4 x 2 x 4 of the neighbour's in the box.
    assert scores[BEST_IN_BOX] == pytest.approx(2 * 64 / (96 + 64))


def test_the_best_threshold_takes_or_leaves_voxels_of_one_value_together() -> None:
    suv, labels = scan()
    # Of the tumour's four slices one is as quiet as all that lies around it.
    suv[100, 10:14, 20:24] = 0.5
    assert score_rules(suv, labels, SPACING)[BEST_IN_BOX] == pytest.approx(2 * 48 / (48 + 64))


def test_a_patient_without_a_primary_has_no_box() -> None:
    suv, labels = scan()
    assert set(score_rules(suv, labels * 2, SPACING)) == {FIXED_ALL, OF_NECK_ALL}
    assert score_rules(suv, labels * 0, SPACING) == {}


def test_the_brain_goes_and_nothing_else() -> None:
    suv, _ = scan()
    found = brain(suv, SPACING)
    assert found[135:155, 20, 20].all()
    assert not found[134, 20, 20]
    assert not found[100:104].any()
    assert not brain(np.full((4, 4, 4), 0.5, dtype=np.float32), SPACING).any()
