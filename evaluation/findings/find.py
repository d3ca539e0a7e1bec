"""All findings of one segmentation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from evaluation.findings.kinds import Finding, Kind
from evaluation.findings.nodes import nodes
from evaluation.findings.primaries import primaries, swaps
from evaluation.findings.sides import Sides
from evaluation.metrics.boxes import bounding_box, corner, moved, union
from evaluation.metrics.checks import same_shape


def find(
    prediction: NDArray[np.integer],
    truth: NDArray[np.integer],
    spacing_zyx_mm: tuple[float, float, float],
) -> tuple[Finding, ...]:
    """List what is wrong with a segmentation, worst (`Finding.severity`) first.

    Parameters
    ----------
    prediction, truth : ndarray, shape (z, y, x), integer
        Labels 0 background, 1 GTVp, 2 GTVn, on one grid.
    spacing_zyx_mm : tuple of float
        Distances of neighbouring voxels along z, y, x.

    Raises
    ------
    ValueError
        If the shapes differ.
    """
    same_shape(prediction, truth)
    box = union((bounding_box(prediction), bounding_box(truth)))
    if box is None:
        return ()
    sides = Sides.of(prediction[box], truth[box], voxel_mm3=float(np.prod(spacing_zyx_mm)))
    found = (*swaps(sides), *primaries(sides), *nodes(sides))
    ranks = list(Kind)
    ordered = sorted(found, key=lambda f: (-f.severity, ranks.index(f.kind), f.centre))
    z, y, x = corner(box)
    return tuple(
        replace(
            finding,
            box=moved(finding.box, (z, y, x)),
            centre=(finding.centre[0] + z, finding.centre[1] + y, finding.centre[2] + x),
        )
        for finding in ordered
    )
