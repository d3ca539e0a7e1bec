"""Who is held out: folds stratified by centre and outcome, or one centre at a time."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
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


def folds(
    centres: Sequence[str],
    ids: Sequence[str],
    *,
    count: int,
    seed: int,
    outcomes: Sequence[tuple[str, ...]] | None = None,
) -> tuple[Fold, ...]:
    """Deal patients into folds of equal size, each with its share of outcomes and centres.

    One group of patients who are alike in all of it after the other is shuffled and dealt out.
    Each patient goes to the fold that holds the fewest so far; of several to that with the fewest
    of the patient's first outcome, then of the second and so on, then of the centre, then of the
    group. Sizes differ by one at most, and so do the numbers of a first outcome in two folds (of
    a centre, where no outcomes are given).

    Parameters
    ----------
    centres, ids : sequence of str
        Where each patient was scanned, "" being a centre like any other; and the patient's name:
        the folds do not depend on the order in which the patients are listed.
    count : int
        Number of folds, 2 or more.
    seed : int
        Of the shuffling.
    outcomes : sequence of tuple of str, optional
        What else folds share evenly, for each patient as many words, the most important first.

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
    before = [()] * len(centres) if outcomes is None else outcomes
    groups = [(*first, centre) for first, centre in zip(before, centres, strict=True)]
    held_out = _deal(groups, ids, count=count, rng=np.random.default_rng(seed))
    return tuple(
        _fold(f"fold-{number}-of-{count}", chosen, len(centres))
        for number, chosen in enumerate(held_out, start=1)
    )


def _deal(
    groups: Sequence[tuple[str, ...]], ids: Sequence[str], *, count: int, rng: np.random.Generator
) -> list[list[int]]:
    held_out: list[list[int]] = [[] for _ in range(count)]
    numbers: list[Counter[object]] = [Counter() for _ in range(count)]
    for group in sorted(set(groups)):
        members = sorted((i for i, own in enumerate(groups) if own == group), key=lambda i: ids[i])
        # All together, each word with its place, and the words together.
        counted: list[object] = ["all", *enumerate(group), group]
        for member in rng.permutation(len(members)).tolist():
            # The first of several that are as empty.
            fold = min(range(count), key=lambda fold: [numbers[fold][what] for what in counted])
            held_out[fold].append(members[member])
            numbers[fold].update(counted)
    return held_out


def held_out_before(held_out: Sequence[Collection[str]], ids: Sequence[str]) -> tuple[Fold, ...]:
    """Hold out whom the folds of an earlier cross-validation held out, as far as they are there.

    Whom no fold held out goes to the smallest one, in the order of the names.

    Parameters
    ----------
    held_out : sequence of collection of str
        Names that each of the earlier folds held out.
    ids : sequence of str
        The patients' names.

    Raises
    ------
    DataError
        If a patient was held out of two folds, or a fold would be empty.
    """
    place = {name: i for i, name in enumerate(ids)}
    chosen = [[place[name] for name in names if name in place] for names in held_out]
    counts = Counter(name for names in held_out for name in names)
    doubled = sorted(name for name in counts if counts[name] > 1)
    if doubled:
        raise DataError(f"folds: {doubled[0]}: expected in one earlier fold, found in two")
    for name in sorted(set(ids) - set(counts)):
        min(chosen, key=len).append(place[name])
    empty = [number for number, held in enumerate(chosen, start=1) if not held]
    if empty:
        raise DataError(f"folds: expected a patient of earlier fold {empty[0]}, found none")
    return tuple(
        _fold(f"fold-{number}-of-{len(chosen)}", held, len(ids))
        for number, held in enumerate(chosen, start=1)
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
