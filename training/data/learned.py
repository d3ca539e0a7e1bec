"""Whom fits learned from, by their records, and whether two data hold the same patients."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from training.run import About

_COHORT = re.compile(r"\bphantom, .*?\bseed (\d+)")
_REAL = "HECKTOR layout"


@dataclass(frozen=True)
class TrainingRecord:
    """Whom some fits learned from, of one data set.

    Attributes
    ----------
    patients : frozenset of str
        Names in the fits' records.
    perhaps_all : bool
        Whether a fit began with weights that learned from the data, whose record names nobody.
    """

    patients: frozenset[str]
    perhaps_all: bool = False

    def __contains__(self, name: str) -> bool:
        """Return whether a fit learned from a patient, or may have."""
        return self.perhaps_all or name in self.patients


def training_record(abouts: Iterable[About], data: str) -> TrainingRecord:
    """Return whom fits learned from, of some data.

    Parameters
    ----------
    abouts : iterable of About
        The fits' records.
    data : str
        The data, in a source's words.
    """
    known = tuple(abouts)
    parts = [part for about in known for part in about.learned]
    # Records of before the patients of a start were listed: its words name the data.
    unnamed = [
        about for about in known if all(different_data(part.data, data) for part in about.learned)
    ]
    return TrainingRecord(
        frozenset(
            n for part in parts if not different_data(part.data, data) for n in part.patients
        ),
        perhaps_all=any(_mentions(about.start, data) for about in unnamed),
    )


def different_data(one: str, other: str) -> bool:
    """Tell whether two descriptions are certainly of different patients, whatever their names.

    Phantom cohorts of different seeds are, and a phantom and the challenge's own patients; for all
    else the names decide.
    """
    first, second = seeds_in(one), seeds_in(other)
    if first and second:
        return first[0] != second[0]
    real = {one.startswith(_REAL), other.startswith(_REAL)}
    return bool(first or second) and True in real


def seeds_in(words: str) -> tuple[int, ...]:
    """Return the seeds of the phantom cohorts that a description names."""
    return tuple(int(seed) for seed in _COHORT.findall(words))


def _mentions(start: str, data: str) -> bool:
    cohort = seeds_in(data)
    return data in start or bool(cohort and cohort[0] in seeds_in(start))
