"""The lesions of a mask: its 26-connected components, with size and place."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from evaluation.metrics.boxes import Box, Voxel, corner, moved, pieces

_NEIGHBOURS_26 = np.ones((3, 3, 3), dtype=bool)


@dataclass(frozen=True)
class Lesion:
    """One 26-connected component.

    Attributes
    ----------
    number : int
        From 1 on, in the order of the pieces, there of the first voxels along z, y, x.
    box : tuple of slice
        Around it, along z, y, x.
    voxels : int
        Its size.
    volume_ml : float
        Its volume.
    centre : tuple of int
        Its voxel (z, y, x) nearest to its centroid: always inside, also of a ring.
    """

    number: int
    box: Box
    voxels: int
    volume_ml: float
    centre: Voxel


@dataclass(frozen=True, eq=False)
class Piece:
    """A part of a mask that shares no lesion with the others.

    Attributes
    ----------
    box : tuple of slice
        Where it is, along z, y, x.
    numbers : ndarray, shape of the box, integer
        The number of each voxel's lesion, 0 for background.
    """

    box: Box
    numbers: NDArray[np.integer]


@dataclass(frozen=True, eq=False)
class Components:
    """All lesions of a mask.

    Attributes
    ----------
    lesions : tuple of Lesion
        By number.
    pieces : tuple of Piece
        Where they are, voxel by voxel.
    """

    lesions: tuple[Lesion, ...]
    pieces: tuple[Piece, ...]


def components(mask: NDArray[np.bool_], *, voxel_mm3: float) -> Components:
    """Find the 26-connected components of a mask, shape (z, y, x).

    Raises
    ------
    ValueError
        If the mask has not three axes.
    """
    lesions: list[Lesion] = []
    parts: list[Piece] = []
    for box, numbers in _labelled(mask):
        before = len(lesions)
        for place, one in _apart(box, numbers):
            lesions.append(_lesion(one, len(lesions) + 1, place, voxel_mm3))
        numbers[numbers > 0] += before
        parts.append(Piece(box, numbers))
    return Components(tuple(lesions), tuple(parts))


def cut_out(mask: NDArray[np.bool_]) -> Iterator[tuple[Box, NDArray[np.bool_]]]:
    """Yield the box of each 26-connected component, and the component in its box.

    Parameters
    ----------
    mask : ndarray, shape (z, y, x), bool
    """
    for box, numbers in _labelled(mask):
        yield from _apart(box, numbers)


def _labelled(mask: NDArray[np.bool_]) -> Iterator[tuple[Box, NDArray[np.signedinteger]]]:
    for box in pieces(mask):
        numbers, _ = ndimage.label(mask[box], structure=_NEIGHBOURS_26)
        yield box, numbers


def _apart(box: Box, numbers: NDArray[np.signedinteger]) -> Iterator[tuple[Box, NDArray[np.bool_]]]:
    for inside, (z, y, x) in enumerate(ndimage.find_objects(numbers), start=1):
        yield moved((z, y, x), corner(box)), numbers[z, y, x] == inside


def _lesion(mask: NDArray[np.bool_], number: int, box: Box, voxel_mm3: float) -> Lesion:
    """Measure one component in its own box."""
    voxels = int(np.count_nonzero(mask))
    z, y, x = (inside + start for inside, start in zip(_middle(mask), corner(box), strict=True))
    return Lesion(
        number=number,
        box=box,
        voxels=voxels,
        volume_ml=voxels * voxel_mm3 / 1000.0,
        centre=(z, y, x),
    )


def _middle(mask: NDArray[np.bool_]) -> Voxel:
    """Return the voxel of a mask that is nearest to its centroid, plane by plane."""
    centroid = np.array(ndimage.center_of_mass(mask))
    best, nearest = math.inf, (0, 0, 0)
    planes = sorted(np.flatnonzero(mask.any(axis=(1, 2))), key=lambda z: abs(z - centroid[0]))
    for z in planes:
        height = float(z - centroid[0]) ** 2
        if height >= best:
            break
        where = np.argwhere(mask[z])
        distances = ((where - centroid[1:]) ** 2).sum(axis=1) + height
        first = int(np.argmin(distances))
        if distances[first] < best:
            best = float(distances[first])
            nearest = (int(z), int(where[first, 0]), int(where[first, 1]))
    return nearest
