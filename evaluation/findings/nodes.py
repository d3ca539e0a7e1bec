"""Findings about lymph nodes, as the challenge detects them."""

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
    finding,
    ml,
)
from evaluation.metrics.components import Lesion
from evaluation.metrics.lesions import Contact, Matching, pair
from evaluation.metrics.overlap import GTVN

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def nodes(sides: Sides) -> Iterator[Finding]:
    """Name merged, split, missed, false and loose nodes.

    Every node that the matching (`evaluation.metrics.lesions.pair`) leaves out is named: as merged,
    split, called primary (by `swaps`) or missed. Every prediction it leaves out is part of one of
    these, or false.
    """
    matching = pair(sides.predicted[GTVN], sides.true[GTVN])
    merged, split = _merged(matching), _split(matching)
    yield from (_merged_finding(group) for group in merged)
    yield from (_split_finding(group) for group in split)
    told = [contact for group in (*merged, *split) for contact in group]
    told_nodes = {contact.true.number for contact in told} | sides.called_other(GTVN)
    left = [node for node in matching.true if node.number not in told_nodes]
    yield from _loose(matching, left)
    detected = {contact.true.number for contact in matching.pairs}
    missed = [node for node in left if node.number not in detected]
    beside = by_true(matching.contacts)
    for node in missed:
        ious = [contact.iou for contact in beside[node.number]]
        best = f" (best IoU {max(ious):.2f})" if ious else ""
        detail = f"{Kind.MISSED_NODE}, {ml(node.volume_ml)} ml{best}"
        yield finding(Kind.MISSED_NODE, GTVN, (node,), node.volume_ml, detail)
    known = {contact.predicted.number for contact in (*matching.pairs, *told)}
    known |= _attempts(matching, missed) | sides.stand_for_other(GTVN)
    for lesion in matching.predicted:
        if lesion.number not in known:
            detail = f"{Kind.FALSE_NODE}, {ml(lesion.volume_ml)} ml"
            yield finding(Kind.FALSE_NODE, GTVN, (lesion,), lesion.volume_ml, detail)


def _merged(matching: Matching) -> list[list[Contact]]:
    """Return, for each prediction that covers two nodes or more by half, its contacts with them."""
    covered = (
        contact
        for contact in matching.contacts
        if contact.common_ml >= LARGER_SHARE * contact.true.volume_ml
    )
    return [group for group in by_predicted(covered).values() if len(group) > 1]


def _split(matching: Matching) -> list[list[Contact]]:
    """Return, for each node that two predictions or more lie in by half, its contacts with them."""
    inside = (
        contact
        for contact in matching.contacts
        if contact.common_ml >= LARGER_SHARE * contact.predicted.volume_ml
    )
    return [group for group in by_true(inside).values() if len(group) > 1]


def _merged_finding(group: list[Contact]) -> Finding:
    true = [contact.true for contact in group]
    detail = f"{_number(len(true))} nodes ({_volumes(true)}) predicted as one"
    lesions = (*true, group[0].predicted)
    return finding(Kind.MERGED_NODES, GTVN, lesions, _all_but_largest_ml(true), detail)


def _split_finding(group: list[Contact]) -> Finding:
    pieces, node = [contact.predicted for contact in group], group[0].true
    detail = (
        f"one node ({ml(node.volume_ml)} ml) predicted as "
        f"{_number(len(pieces))} ({_volumes(pieces)})"
    )
    return finding(Kind.SPLIT_NODE, GTVN, (node, *pieces), _all_but_largest_ml(pieces), detail)


def _loose(matching: Matching, left: list[Lesion]) -> Iterator[Finding]:
    numbers = {node.number for node in left}
    for contact in matching.pairs:
        predicted, true = contact.predicted, contact.true
        if contact.iou < LOOSE_IOU and true.number in numbers:
            apart = predicted.volume_ml + true.volume_ml - 2 * contact.common_ml
            dice = 2 * contact.iou / (1 + contact.iou)
            detail = (
                f"{Kind.LOOSE_BORDER} of a node, Dice {dice:.2f}: "
                f"{ml(predicted.volume_ml)} ml predicted, {ml(true.volume_ml)} ml true"
            )
            yield finding(Kind.LOOSE_BORDER, GTVN, (predicted, true), apart, detail)


def _attempts(matching: Matching, missed: list[Lesion]) -> set[int]:
    """Return the numbers of the predictions that were meant for missed nodes, only too badly."""
    numbers = {node.number for node in missed}
    return {
        contact.predicted.number
        for contact in matching.contacts
        if contact.true.number in numbers
        and (
            contact.iou >= FOUND_SHARE
            or contact.common_ml >= LARGER_SHARE * contact.predicted.volume_ml
        )
    }


def _all_but_largest_ml(lesions: list[Lesion]) -> float:
    volumes = sorted(lesion.volume_ml for lesion in lesions)
    return sum(volumes[:-1])


def _volumes(lesions: list[Lesion]) -> str:
    """Write volumes, largest first: "4.1, 2.0 and 0.9 ml"."""
    *first, last = (ml(v) for v in sorted((lesion.volume_ml for lesion in lesions), reverse=True))
    return f"{', '.join(first)} and {last} ml"


def _number(count: int) -> str:
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)
