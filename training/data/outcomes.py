"""Whether what a task asks for can be learned from some patients, and measured on others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from shared.spec import Role
from training.data.folds import Fold
from training.data.patient import Outcome, Patient, require_none

LEARNED = 2
"""Of each outcome, so many training patients at least: scales are fitted on patients kept apart."""


def require_usable(patients: Sequence[Patient], role: Role) -> None:
    """Refuse patients without what a network's role learns from.

    Raises
    ------
    DataError
        Naming the patients.
    """
    counts = Counter(patient.patient_id for patient in patients)
    problems = [f"{name}: expected once, found {n} times" for name, n in counts.items() if n > 1]
    for patient in patients:
        outcome = patient.outcome
        match role:
            case "segmentation":
                known, what = patient.labelled, "a label image"
            case "risk":
                known, what = None not in (outcome.relapse, outcome.rfs_days), "relapse and days"
            case "hpv":
                known, what = outcome.hpv_positive is not None, "an HPV status"
        if not known:
            problems.append(f"{patient.patient_id}: expected {what}, found none")
    require_none(problems, where="patients")


def words(outcome: Outcome, *, task: int) -> tuple[str, ...]:
    """Return what folds share evenly besides the centre, the task's own outcome first.

    None for Task 1, whose folds follow the centre alone.
    """
    relapse, hpv = str(outcome.relapse), str(outcome.hpv_positive)
    return {1: (), 2: (relapse, hpv), 3: (hpv, relapse)}[task]


def fold_problems(split: Sequence[Fold], patients: Sequence[Patient], *, task: int) -> list[str]:
    """Tell what keeps a split from being learned from and measured.

    Parameters
    ----------
    split : sequence of Fold
        Each fold is held out of its own fit.
    patients : sequence of Patient
        Those that the folds count.
    task : int
        2 needs relapses on both sides of each fold, 3 HPV-positive and HPV-negative patients.

    Returns
    -------
    list of str
        What lacks in all patients, or else in which fold; and patients who are in two folds, or
        on both sides of one.
    """
    problems = [
        f"{what}: expected in some patient, found in none of {len(patients)}"
        for what, count in _counts(patients, task).items()
        if not count
    ]
    if not problems:
        problems = [told for fold in split for told in _one_sided(fold, patients, task)]
    return problems + list(_doubled(split, patients))


def require_learnable(split: Sequence[Fold], patients: Sequence[Patient], *, task: int) -> None:
    """Refuse a split that can't be learned from and measured; see `fold_problems`.

    Raises
    ------
    DataError
        Naming all that is wrong, and in which fold.
    """
    require_none(fold_problems(split, patients, task=task), where="folds")


def side_words(fold: Fold, patients: Sequence[Patient], *, task: int) -> str:
    """Say whom a fold holds out, and with what outcomes."""
    held = [patients[i] for i in fold.validation]
    counts = (f", {what} {count}" for what, count in _counts(held, task).items())
    return f"{fold.name}: {len(held)} of {len(patients)}{''.join(counts)}"


def _counts(patients: Sequence[Patient], task: int) -> dict[str, int]:
    """Count the outcomes without which a task can't be learned or measured."""
    outcomes = [patient.outcome for patient in patients]
    if task == 2:
        return {"relapse": sum(bool(outcome.relapse) for outcome in outcomes)}
    if task == 3:
        known = [outcome.hpv_positive for outcome in outcomes]
        return {"HPV-positive": known.count(True), "HPV-negative": known.count(False)}
    return {}


def _one_sided(fold: Fold, patients: Sequence[Patient], task: int) -> Iterator[str]:
    sides = (
        ("training patients", fold.training, LEARNED),
        ("held-out patients", fold.validation, 1),
    )
    for side, indices, least in sides:
        for what, count in _counts([patients[i] for i in indices], task).items():
            if count < least:
                expected = f"expected {least} or more among the {side}"
                yield f"{fold.name}: {what}: {expected}, found {count or 'none'} of {len(indices)}"


def _doubled(split: Sequence[Fold], patients: Sequence[Patient]) -> Iterator[str]:
    held_by: dict[str, str] = {}
    for fold in split:
        learned = {patients[i].patient_id for i in fold.training}
        for name in sorted(patients[i].patient_id for i in fold.validation):
            if name in learned:
                yield f"{name}: expected on one side of {fold.name}, found on both"
            if name in held_by:
                yield f"{name}: expected in one fold, found in {held_by[name]} and {fold.name}"
            held_by[name] = fold.name
