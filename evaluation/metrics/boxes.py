"""Where masks are: everything else is counted inside these boxes, not on the whole scan."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Box = tuple[slice, slice, slice]
Voxel = tuple[int, int, int]


def bounding_box(mask: NDArray[Any]) -> Box | None:
    """Return the smallest box around everything that is not zero; None where all is zero.

    Parameters
    ----------
    mask : ndarray, shape (z, y, x), bool or integer

    Returns
    -------
    tuple of slice or None
        Along z, y and x, each with a start and a stop.

    Raises
    ------
    ValueError
        If the array has not three axes.
    """
    if mask.ndim != 3:
        raise ValueError(f"expected a mask of three axes, found shape {mask.shape}")
    # Slices first: whole planes are contiguous, and the other axes then look at few of them.
    z = _extent(mask.any(axis=(1, 2)))
    if z is None:
        return None
    flat = np.asarray(mask[z].any(axis=0))
    y, x = _extent(flat.any(axis=1)), _extent(flat.any(axis=0))
    return None if y is None or x is None else (z, y, x)


def _extent(present: ArrayLike) -> slice | None:
    where = np.flatnonzero(present)
    return slice(int(where[0]), int(where[-1]) + 1) if where.size else None


def pieces(mask: NDArray[Any]) -> tuple[Box, ...]:
    """Return boxes that hold all of a mask, cut apart wherever a whole plane of one is empty.

    Nothing connected crosses an empty plane, so each piece can be looked at alone: a few voxels
    of brain and of bladder then cost two small boxes, not one of everything between.

    Parameters
    ----------
    mask : ndarray, shape (z, y, x), bool or integer
    """
    whole = bounding_box(mask)
    waiting, found = [whole] if whole else [], []
    while waiting:
        box = waiting.pop()
        parts = [moved(part, corner(box)) for part in _parts(mask[box])]
        if len(parts) > 1:
            waiting += parts
        else:
            found += parts
    return tuple(sorted(found, key=corner))


def _parts(mask: NDArray[Any]) -> Iterator[Box]:
    """Cut along z, each part along y, each of these along x."""
    for z in _runs(mask.any(axis=(1, 2))):
        flat = np.asarray(mask[z].any(axis=0))
        for y in _runs(flat.any(axis=1)):
            for x in _runs(flat[y].any(axis=0)):
                yield z, y, x


def _runs(present: ArrayLike) -> list[slice]:
    """Return the runs of consecutive true values."""
    edges = np.flatnonzero(np.diff(np.asarray(present, dtype=np.int8), prepend=0, append=0))
    return [slice(start, stop) for start, stop in edges.reshape(-1, 2).tolist()]


def union(boxes: Iterable[Box | None]) -> Box | None:
    """Return the smallest box around several, of which some may be None; None for no box."""
    some = [box for box in boxes if box is not None]
    if not some:
        return None
    z, y, x = (
        slice(min(box[axis].start for box in some), max(box[axis].stop for box in some))
        for axis in range(3)
    )
    return z, y, x


def intersection(first: Box, second: Box) -> Box | None:
    """Return the box that both share; None where they share nothing."""
    z, y, x = (
        slice(max(a.start, b.start), min(a.stop, b.stop))
        for a, b in zip(first, second, strict=True)
    )
    return None if any(s.start >= s.stop for s in (z, y, x)) else (z, y, x)


def moved(box: Box, by: Voxel) -> Box:
    """Return the box a number of voxels further along z, y and x."""
    z, y, x = (slice(s.start + step, s.stop + step) for s, step in zip(box, by, strict=True))
    return z, y, x


def grown(box: Box, margin_mm: float, spacing_zyx_mm: tuple[float, float, float]) -> Box:
    """Return a box with a margin to every side; a slice may reach past the array's end."""
    steps = [round(margin_mm / spacing) for spacing in spacing_zyx_mm]
    z, y, x = (
        slice(max(side.start - step, 0), side.stop + step)
        for side, step in zip(box, steps, strict=True)
    )
    return z, y, x


def corner(box: Box) -> Voxel:
    """Return the first voxel of a box, (z, y, x)."""
    return box[0].start, box[1].start, box[2].start
