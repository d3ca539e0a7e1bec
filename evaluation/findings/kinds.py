"""What may be wrong with a segmentation, how bad it is, and how it is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from evaluation.metrics.boxes import Box, Voxel


class Kind(StrEnum):
    """What may be wrong, in the order in which equals are listed."""

    MISSED_PRIMARY = "missed primary"
    HALLUCINATED_PRIMARY = "hallucinated primary"
    PRIMARY_CALLED_NODE = "primary called node"
    NODE_CALLED_PRIMARY = "node called primary"
    MISSED_NODE = "missed node"
    FALSE_NODE = "false node"
    MERGED_NODES = "merged nodes"
    SPLIT_NODE = "split node"
    LOOSE_BORDER = "loose border"


WEIGHTS = {
    Kind.MISSED_PRIMARY: 4.0,
    Kind.HALLUCINATED_PRIMARY: 4.0,
    Kind.PRIMARY_CALLED_NODE: 4.0,
    Kind.NODE_CALLED_PRIMARY: 3.0,
    Kind.MISSED_NODE: 2.0,
    Kind.FALSE_NODE: 2.0,
    Kind.MERGED_NODES: 1.0,
    Kind.SPLIT_NODE: 1.0,
    Kind.LOOSE_BORDER: 0.5,
}
"""How much a millilitre counts, set by hand: a primary is a patient's whole Dice, a node one lesion
of the cohort's F1, and of what is merged, split or loose most was found."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong.

    Attributes
    ----------
    kind : Kind
        What.
    label : int
        1 primary, 2 node: the true label; of what is false, the predicted one.
    box : tuple of slice
        Around all lesions concerned, along z, y, x, without margin.
    centre : tuple of int
        A voxel (z, y, x) inside the largest of them.
    volume_ml : float
        Of the lesion that is missed or false; of what has the other's name; of all merged nodes,
        or all pieces, but the largest; of what only one side has where a border is loose.
    detail : str
        One sentence without its stop.
    """

    kind: Kind
    label: int
    box: Box
    centre: Voxel
    volume_ml: float
    detail: str

    @property
    def severity(self) -> float:
        """Volume in ml times the weight of the kind; worse is higher."""
        return self.volume_ml * WEIGHTS[self.kind]


def summary(findings: Sequence[Finding], *, most: int = 3) -> str:
    """Return the worst findings in one sentence; ``agrees`` where there is none."""
    if not findings:
        return "agrees"
    told = "; ".join(finding.detail for finding in findings[:most])
    more = len(findings) - most
    return f"{told}; and {more} more" if more > 0 else told
