"""The same patient told in other ways gets the same answers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.random import Generator

from harness.hostile import metamorphic
from harness.hostile.metamorphic import Shift, shifts_of
from harness.hostile.relations import RELATIONS, Relation
from harness.hostile.scene import Scene, base_scene

# All but those that differ in a file's format alone, which `tests/shared/test_images.py` compares
# voxel by voxel: each takes six seconds.
TRIED = ("axes in", "origin", "a wider", "CT voxels", "PET voxels")


def test_no_way_to_tell_a_patient_changes_the_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = tuple(relation for relation in RELATIONS if relation.name.startswith(TRIED))
    monkeypatch.setattr(metamorphic, "RELATIONS", tried)
    shifts = shifts_of(0)
    assert len(shifts) == len(TRIED)
    assert [shift for shift in shifts if not shift.kept] == []


def test_another_patient_would_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    # Stored coarsely, so that it takes seconds.
    monkeypatch.setattr(metamorphic, "patient_scene", lambda _: base_scene("neck"))

    def hotter(scene: Scene, rng: Generator) -> Scene:
        return scene.with_image("pet", scene.images["pet"] * 1.5)

    def nothing(scene: Scene, rng: Generator) -> Scene:
        return scene

    told: list[Callable[[Scene, Generator], Scene]] = [hotter, nothing]
    ways = tuple(Relation(str(number), how) for number, how in enumerate(told))
    monkeypatch.setattr(metamorphic, "RELATIONS", ways)
    hot, same = shifts_of(0)
    assert not hot.kept
    assert same.kept


def test_each_figure_alone_breaks_the_promise() -> None:
    good = Shift(0, "x", {"GTVp": 0.98, "GTVn": 1.0}, risk=0.02, hpv=0.0)
    assert good.kept
    assert not Shift(0, "x", {"GTVp": 0.97, "GTVn": 1.0}, risk=0.0, hpv=0.0).kept
    assert not Shift(0, "x", {"GTVp": 1.0, "GTVn": 1.0}, risk=0.021, hpv=0.0).kept
    assert not Shift(0, "x", {"GTVp": 1.0, "GTVn": 1.0}, risk=0.0, hpv=np.nan).kept
