"""The lesions of both sides of one patient, which touch which, and how they are told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluation.findings.kinds import Finding, Kind
from evaluation.metrics.boxes import union
from evaluation.metrics.components import Components, Lesion, components
from evaluation.metrics.lesions import Contact, contacts
from evaluation.metrics.overlap import GTVN, GTVP

FOUND_SHARE = 0.10
"""Less than this of a lesion says nothing about it."""
LARGER_SHARE = 0.50
"""From this share on, one lesion is mostly the other."""
LOOSE_IOU = 0.50
"""A lesion that is found has a loose border below this IoU, which is Dice 2/3."""


@dataclass(frozen=True)
class Sides:
    """The lesions of a prediction and of the truth.

    Attributes
    ----------
    predicted, true : dict of label to Components
        Lesions of the labels 1 and 2.
    contacts : dict of (predicted label, true label) to tuple of Contact
        The pairs of lesions that share voxels, across labels too.
    swapped : dict of true label to tuple of Contact
        Contacts across labels that are mostly one of their two lesions.
    """

    predicted: dict[int, Components]
    true: dict[int, Components]
    contacts: dict[tuple[int, int], tuple[Contact, ...]]
    swapped: dict[int, tuple[Contact, ...]]

    @staticmethod
    def of(
        prediction: NDArray[np.integer], truth: NDArray[np.integer], *, voxel_mm3: float
    ) -> Sides:
        """Find the lesions of two label arrays, shape (z, y, x), of one grid."""
        labels = (GTVP, GTVN)
        mine = {label: components(prediction == label, voxel_mm3=voxel_mm3) for label in labels}
        real = {label: components(truth == label, voxel_mm3=voxel_mm3) for label in labels}
        touching = {(p, t): contacts(mine[p], real[t]) for p in labels for t in labels}
        swapped = {
            t: tuple(
                contact
                for contact in touching[3 - t, t]
                if contact.common_ml
                >= LARGER_SHARE * min(contact.predicted.volume_ml, contact.true.volume_ml)
            )
            for t in labels
        }
        return Sides(mine, real, touching, swapped)

    def called_other(self, label: int) -> set[int]:
        """Return the numbers of the true lesions that are mostly called by the other label."""
        groups = by_true(self.swapped[label])
        return {
            number
            for number, some in groups.items()
            if common_ml(some) >= LARGER_SHARE * some[0].true.volume_ml
        }

    def stand_for_other(self, label: int) -> set[int]:
        """Return the numbers of the predicted lesions that are true ones of the other label."""
        groups = by_predicted(self.swapped[3 - label])
        return {
            number
            for number, some in groups.items()
            if common_ml(some) >= FOUND_SHARE * some[0].predicted.volume_ml
        }


def by_true(some: Iterable[Contact]) -> dict[int, list[Contact]]:
    """Group contacts by the number of their true lesion; numbers without any have an empty list."""
    groups: dict[int, list[Contact]] = defaultdict(list)
    for contact in some:
        groups[contact.true.number].append(contact)
    return groups


def by_predicted(some: Iterable[Contact]) -> dict[int, list[Contact]]:
    """Group contacts by the number of their predicted lesion, likewise."""
    groups: dict[int, list[Contact]] = defaultdict(list)
    for contact in some:
        groups[contact.predicted.number].append(contact)
    return groups


def common_ml(some: Iterable[Contact]) -> float:
    """Return what contacts share together."""
    return sum(contact.common_ml for contact in some)


def finding(
    kind: Kind, label: int, lesions: Iterable[Lesion], volume_ml: float, detail: str
) -> Finding:
    """Make a finding about some lesions, at least one."""
    concerned = list(lesions)
    box = union(lesion.box for lesion in concerned)
    if box is None:
        raise ValueError(f"expected lesions of a finding, found none: {detail}")
    largest = max(concerned, key=lambda lesion: lesion.voxels)
    return Finding(kind, label, box, largest.centre, volume_ml, detail)


def ml(volume_ml: float) -> str:
    """Write a volume; below a tenth, its first digit that is not zero."""
    return f"{volume_ml:.1f}" if volume_ml >= 0.1 else f"{volume_ml:.1g}"
