"""Findings about the primary, and about lesions called by the other's name."""

from __future__ import annotations

from collections.abc import Iterator

from evaluation.findings.kinds import Finding, Kind
from evaluation.findings.sides import (
    FOUND_SHARE,
    LARGER_SHARE,
    LOOSE_IOU,
    Sides,
    by_predicted,
    by_true,
    common_ml,
    finding,
    ml,
)
from evaluation.metrics.components import Lesion
from evaluation.metrics.lesions import Contact
from evaluation.metrics.overlap import GTVN, GTVP


def swaps(sides: Sides) -> Iterator[Finding]:
    """Name each true lesion that is called by the other label, wholly or in part."""
    for label, kind in ((GTVP, Kind.PRIMARY_CALLED_NODE), (GTVN, Kind.NODE_CALLED_PRIMARY)):
        for some in by_true(sides.swapped[label]).values():
            lesion, volume = some[0].true, common_ml(some)
            detail = f"{kind}, {ml(volume)} of {ml(lesion.volume_ml)} ml"
            lesions = (lesion, *(contact.predicted for contact in some))
            yield finding(kind, label, lesions, volume, detail)


def primaries(sides: Sides) -> Iterator[Finding]:
    """Name missed and hallucinated primaries, and the loose border of what was found.

    A primary is missed where less than a tenth of it is predicted as such. Hallucinated is a
    prediction that finds not a tenth of any primary, is not mostly inside one, and is no node
    called primary.
    """
    beside = by_true(sides.contacts[GTVP, GTVP])
    called_node = sides.called_other(GTVP)
    found: list[Lesion] = []
    for lesion in sides.true[GTVP].lesions:
        share = common_ml(beside[lesion.number]) / lesion.volume_ml
        if share >= FOUND_SHARE:
            found.append(lesion)
        elif lesion.number not in called_node:
            part = f" ({share:.0%} of it found)" if share > 0 else ""
            detail = f"{Kind.MISSED_PRIMARY}, {ml(lesion.volume_ml)} ml{part}"
            yield finding(Kind.MISSED_PRIMARY, GTVP, (lesion,), lesion.volume_ml, detail)
    yield from _hallucinated(sides)
    yield from _border(sides, found)


def _hallucinated(sides: Sides) -> Iterator[Finding]:
    beside = by_predicted(sides.contacts[GTVP, GTVP])
    nodes = sides.stand_for_other(GTVP)
    absent = "" if sides.true[GTVP].lesions else " where the patient has none"
    for lesion in sides.predicted[GTVP].lesions:
        meant = any(_belongs(contact) for contact in beside[lesion.number])
        if not meant and lesion.number not in nodes:
            detail = f"{Kind.HALLUCINATED_PRIMARY}, {ml(lesion.volume_ml)} ml{absent}"
            yield finding(Kind.HALLUCINATED_PRIMARY, GTVP, (lesion,), lesion.volume_ml, detail)


def _belongs(contact: Contact) -> bool:
    """Tell whether a tenth of the true primary is found, or the prediction is mostly inside it."""
    return (
        contact.common_ml >= FOUND_SHARE * contact.true.volume_ml
        or contact.common_ml >= LARGER_SHARE * contact.predicted.volume_ml
    )


def _border(sides: Sides, found: list[Lesion]) -> Iterator[Finding]:
    """Compare all that was found with all that is meant by it: a primary may have islands."""
    numbers = {lesion.number for lesion in found}
    some = [c for c in sides.contacts[GTVP, GTVP] if c.true.number in numbers and _belongs(c)]
    if not some:
        return
    meant = list({c.predicted.number: c.predicted for c in some}.values())
    shared = common_ml(some)
    true_ml = sum(lesion.volume_ml for lesion in found)
    predicted_ml = sum(lesion.volume_ml for lesion in meant)
    if shared < LOOSE_IOU * (true_ml + predicted_ml - shared):
        dice = 2 * shared / (true_ml + predicted_ml)
        detail = (
            f"{Kind.LOOSE_BORDER} of the primary, Dice {dice:.2f}: "
            f"{ml(predicted_ml)} ml predicted, {ml(true_ml)} ml true"
        )
        apart = true_ml + predicted_ml - 2 * shared
        yield finding(Kind.LOOSE_BORDER, GTVP, (*found, *meant), apart, detail)
