"""Surface and volume of a binary mask's mesh, as the radiomics programs measure them.

The mesh of marching cubes with its vertices halfway along the edges: each cube of 2 x 2 x 2
voxels holds one of 256 patterns, whose polygons are traced once for a voxel size.
"""

from functools import lru_cache
from itertools import pairwise, product

import numpy as np
from numpy.typing import NDArray

Spacing = tuple[float, float, float]
Corner = tuple[int, int, int]
Edge = frozenset[Corner]
_CORNERS: tuple[Corner, ...] = tuple(product((0, 1), (0, 1), (0, 1)))


def sphericity(mask: NDArray[np.bool_], spacing_zyx_mm: Spacing) -> float:
    """Return how round a mask is: 1 for a ball, less for anything else.

    Surface of the ball of the mesh's volume over the mesh's surface.
    """
    surface, volume = mesh(mask, spacing_zyx_mm)
    return float(np.pi ** (1 / 3) * (6 * volume) ** (2 / 3) / surface)


def mesh(mask: NDArray[np.bool_], spacing_zyx_mm: Spacing) -> tuple[float, float]:
    """Return surface (mm²) and enclosed volume (mm³) of a mask that is not empty."""
    if not mask.any():
        raise ValueError("an empty mask has no surface")
    padded = np.pad(mask, 1)
    pattern = np.zeros([n - 1 for n in padded.shape], dtype=np.intp)
    for bit, (z, y, x) in enumerate(_CORNERS):
        nz, ny, nx = pattern.shape
        pattern |= padded[z : z + nz, y : y + ny, x : x + nx].astype(np.intp) << bit
    surface, facing, flux = _patterns(spacing_zyx_mm)
    height = np.arange(pattern.shape[0])[:, None, None] * spacing_zyx_mm[0]
    volume = (height * facing[pattern] + flux[pattern]).sum()
    return float(surface[pattern].sum()), float(volume)


@lru_cache(maxsize=64)
def _patterns(
    spacing: Spacing,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return surface, its part facing up (z), and that part times its height, by pattern."""
    surface, facing, flux = np.zeros(256), np.zeros(256), np.zeros(256)
    for number in range(256):
        inside = {corner for bit, corner in enumerate(_CORNERS) if number >> bit & 1}
        for loop in _loops(inside):
            points = np.array([np.mean([*edge], axis=0) for edge in loop]) * spacing
            for b, c in pairwise(points[1:]):
                normal = np.cross(b - points[0], c - points[0]) / 2
                surface[number] += np.linalg.norm(normal)
                facing[number] += normal[0]
                flux[number] += normal[0] * (points[0] + b + c)[0] / 3
    return surface, facing, flux


def _loops(inside: set[Corner]) -> list[list[Edge]]:
    """Return the polygons between inside and outside, each with the inside behind it."""
    onward = {start: stop for face in _faces() for start, stop in _segments(face, inside)}
    loops = []
    while onward:
        start, step = onward.popitem()
        loop = [start]
        while step != start:
            loop.append(step)
            step = onward.pop(step)
        loops.append(loop)
    return loops


def _faces() -> list[list[Corner]]:
    """Return the six faces, their corners in turn, seen from outside the cube."""
    faces = []
    for axis, side in product(range(3), (0, 1)):
        turn = [(0, 0), (1, 0), (1, 1), (0, 1)]
        ring = []
        for first, second in turn if side else reversed(turn):
            corner = [0, 0, 0]
            corner[axis], corner[(axis + 1) % 3], corner[(axis + 2) % 3] = side, first, second
            ring.append((corner[0], corner[1], corner[2]))
        faces.append(ring)
    return faces


def _segments(face: list[Corner], inside: set[Corner]) -> list[tuple[Edge, Edge]]:
    """Return where the surface cuts a face; two inside corners across are kept apart."""
    segments = []
    for i, corner in enumerate(face):
        after = face[(i + 1) % 4]
        if corner in inside and after not in inside:
            back = i
            while face[(back - 1) % 4] in inside:
                back -= 1
            entry = Edge((face[(back - 1) % 4], face[back % 4]))
            segments.append((entry, Edge((corner, after))))
    return segments
