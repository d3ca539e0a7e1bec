"""Which changes are made to which case: drawn by seed, or named."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.random import Generator

from harness.hostile import anatomy, contents, files, geometry, intensity, models, records
from harness.hostile.change import Change, Expected, owed
from harness.hostile.scene import draw_scene, write_model, write_scene
from shared.runtime import ROOT

FAMILIES: dict[str, tuple[Change, ...]] = {
    "geometry": geometry.CHANGES,
    "intensity": intensity.CHANGES,
    "anatomy": anatomy.CHANGES,
    "contents": contents.CHANGES,
    "files": files.CHANGES,
    "records": records.CHANGES,
    "models": models.CHANGES,
}
CHANGES: dict[str, Change] = {
    change.name: change for family in FAMILIES.values() for change in family
}
_SCAN = r"(CT|PET|CT and PET) sockets?\b"
BLAMES: dict[str, str] = {
    **dict.fromkeys(("geometry", "intensity", "anatomy", "contents", "files"), _SCAN),
    # A path in `inputs.json` may lead to no CT.
    "records": r"(EHR|CT) socket\b",
    "models": r"(model|weights)\b",
}
"""What a refusal begins with, by the family of the change that it is for."""
_JOIN = " + "
# One change alone tells best what broke; several together find what nobody thought of.
_HOW_MANY = {1: 0.5, 2: 0.35, 3: 0.15}


class PlanError(Exception):
    """A text names no case."""


@dataclass(frozen=True)
class Plan:
    """All that decides a hostile case.

    Attributes
    ----------
    task : int
        1, 2 or 3.
    seed : int
        Of what the changes draw.
    names : tuple of str
        The changes, in the order in which they are made.
    """

    task: int
    seed: int
    names: tuple[str, ...]

    def __str__(self) -> str:
        """Return what `parse` reads."""
        return f"{self.task}:{self.seed}:{_JOIN.join(self.names)}"

    @classmethod
    def parse(cls, text: str) -> Plan:
        """Read a case as it is printed.

        Raises
        ------
        PlanError
            If it names no task, no seed, or a change that there is not.
        """
        task, _, rest = text.partition(":")
        seed, _, names = rest.partition(":")
        found = tuple(names.split(_JOIN))
        if task not in ("1", "2", "3") or not seed.isdecimal() or not set(found) <= set(CHANGES):
            raise PlanError(f"expected TASK:SEED:CHANGE + CHANGE, found {text!r}")
        return cls(int(task), int(seed), found)

    @property
    def changes(self) -> tuple[Change, ...]:
        """What is altered."""
        return tuple(CHANGES[name] for name in self.names)

    @property
    def family(self) -> str:
        """Of the first change."""
        return _family_of(self.changes[0])

    @property
    def expected(self) -> Expected:
        """What is owed to the case."""
        return owed(self.changes)

    @property
    def blamed(self) -> str:
        """What a refusal begins with: whatever is wrong with the case, nothing else."""
        hostile = [change for change in self.changes if change.expected != "answer"]
        return "|".join(sorted({BLAMES[_family_of(change)] for change in hostile or self.changes}))

    @property
    def uploads(self) -> bool:
        """Whether the case brings a model, which a server can't change."""
        return any(change in models.CHANGES for change in self.changes)

    def write(self, folder: Path) -> None:
        """Write the case; see `write_scene` and `write_model`."""
        rng = np.random.default_rng(self.seed)
        scene = draw_scene(rng)
        for change in self.changes:
            scene = change.apply(scene, rng)
        write_scene(scene, folder)
        if scene.model_damages:
            write_model(scene, folder, weights=ROOT / "weights" / f"task{self.task}")


def _family_of(change: Change) -> str:
    return next(name for name, family in FAMILIES.items() if change in family)


def draw(cases: int, *, seed: int, tasks: tuple[int, ...] = (1, 2, 3)) -> Iterator[Plan]:
    """Draw cases: each change comes first in turn, others join it by chance.

    Parameters
    ----------
    cases : int
        How many.
    seed : int
        The same seed gives the same cases.
    tasks : tuple of int
        Whose containers.
    """
    rng = np.random.default_rng(seed)
    possible = [change for change in CHANGES.values() if set(change.tasks) & set(tasks)]
    order = rng.permutation(len(possible))
    for number in range(cases):
        first = possible[order[number % len(possible)]]
        task = int(rng.choice([task for task in tasks if task in first.tasks]))
        names = tuple(change.name for change in _joined(first, task, rng))
        yield Plan(task, int(rng.integers(2**31)), names)


def _joined(first: Change, task: int, rng: Generator) -> list[Change]:
    """Return a change and those that chance adds to it, in the order of the families."""
    wanted = int(rng.choice(list(_HOW_MANY), p=list(_HOW_MANY.values())))
    chosen = [first]
    for other in rng.permutation(np.array(list(CHANGES.values()), dtype=object)):
        if len(chosen) == wanted:
            break
        touched = frozenset().union(*(change.touches for change in chosen))
        if not touched & other.touches and task in other.tasks:
            chosen.append(other)
    return chosen
