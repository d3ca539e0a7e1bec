"""Who is held out: folds stratified by centre, or one centre at a time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from training.data.patient import DataError


@dataclass(frozen=True)
class Fold:
    """A split of patients.

    Attributes
    ----------
    name : str
        Fit for a file's name: ``fold-1-of-5``, ``centre-CHUM``.
    training, validation : tuple of int
        Positions of the patients, smallest first; together all of them, none in both.
    """

    name: str
    training: tuple[int, ...]
    validation: tuple[int, ...]


def folds(centres: Sequence[str], ids: Sequence[str], *, count: int, seed: int) -> tuple[Fold, ...]:
    """Deal patients into folds of equal size, each with its share of every centre.

    The shuffled patients of one centre after the other are dealt round, going on where the last
    centre stopped: sizes differ by one at most, and so do a centre's numbers in two folds.

    Parameters
    ----------
    centres, ids : sequence of str
        Where each patient was scanned, "" being a centre like any other; and the patient's name:
        the folds do not depend on the order in which the patients are listed.
    count : int
        Number of folds, 2 or more.
    seed : int
        Of the shuffling.

    Raises
    ------
    DataError
        If a fold would be empty, or names are doubled.
    """
    if count < 2:
        raise DataError(f"folds: expected 2 or more, found {count}")
    if count > len(centres):
        raise DataError(f"folds: expected at most one a patient ({len(centres)}), found {count}")
    if len(ids) != len(centres) or len(set(ids)) != len(ids):
        raise DataError("folds: expected as many different patients as centres")
    rng = np.random.default_rng(seed)
    held_out: list[list[int]] = [[] for _ in range(count)]
    dealt = 0
    for centre in sorted(set(centres)):
        members = [i for i, name in enumerate(centres) if name == centre]
        members.sort(key=lambda i: ids[i])
        for member in rng.permutation(len(members)).tolist():
            held_out[dealt % count].append(members[member])
            dealt += 1
    return tuple(
        _fold(f"fold-{number}-of-{count}", chosen, len(centres))
        for number, chosen in enumerate(held_out, start=1)
    )


def leave_one_centre_out(centres: Sequence[str]) -> tuple[Fold, ...]:
    """Hold out one centre after the other, in the order of their names.

    Raises
    ------
    DataError
        If a patient's centre is not known, or there is only one.
    """
    unknown = sum(centre == "" for centre in centres)
    if unknown:
        raise DataError(
            f"leave one centre out: expected every patient's centre, found {unknown} without"
        )
    names = sorted(set(centres))
    if len(names) < 2:
        raise DataError(
            f"leave one centre out: expected 2 centres or more, found {', '.join(names) or 'none'}"
        )
    return tuple(
        _fold(
            "centre-" + re.sub(r"[^A-Za-z0-9._-]+", "-", name),
            (i for i, centre in enumerate(centres) if centre == name),
            len(centres),
        )
        for name in names
    )


def _fold(name: str, held_out: Iterable[int], patients: int) -> Fold:
    validation = set(held_out)
    training = tuple(i for i in range(patients) if i not in validation)
    return Fold(name, training, tuple(sorted(validation)))
