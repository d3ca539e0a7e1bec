"""Where voxels lie in the patient: the one place that knows geometry.

A crop is a `Grid`, never index arithmetic: harmonising, cropping and padding are one resample onto
a grid, and going back is another. Coordinates are millimetres in the patient's LPS frame (x to the
left, y to the back, z to the head), as in DICOM and ITK.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import SimpleITK as sitk
from numpy.typing import ArrayLike, NDArray

from shared.errors import InputError

Point = tuple[float, float, float]

IDENTITY = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
# An axis letter of an orientation code names the direction in which the index grows.
_AXES = {
    "L": (1.0, 0.0, 0.0),
    "R": (-1.0, 0.0, 0.0),
    "P": (0.0, 1.0, 0.0),
    "A": (0.0, -1.0, 0.0),
    "S": (0.0, 0.0, 1.0),
    "I": (0.0, 0.0, -1.0),
}


@dataclass(frozen=True)
class Grid:
    """A regular lattice of voxels in the patient.

    Attributes
    ----------
    size_xyz : tuple of int
        Voxels along each axis of the lattice, fastest first.
    spacing_mm : tuple of float
        Distance between neighbouring voxel centres along each axis.
    origin_mm : tuple of float
        Centre of the first voxel, LPS.
    direction : tuple of float
        Row-major 3 x 3 matrix whose columns are the axes' unit vectors.
    """

    size_xyz: tuple[int, int, int]
    spacing_mm: Point
    origin_mm: Point
    direction: tuple[float, ...] = IDENTITY

    @classmethod
    def of(cls, image: sitk.Image | sitk.ImageFileReader) -> Grid:
        """Return the lattice of a 3-D image, or of one whose header was read."""
        return cls(
            size_xyz=image.GetSize(),
            spacing_mm=image.GetSpacing(),
            origin_mm=image.GetOrigin(),
            direction=image.GetDirection(),
        )

    @classmethod
    def around(
        cls,
        centre_mm: Point,
        *,
        size_xyz: tuple[int, int, int],
        spacing_mm: Point,
        orientation: str = "LPS",
    ) -> Grid:
        """Return the box of `size_xyz` voxels whose middle lies at `centre_mm`."""
        direction = _direction(orientation)
        half_mm = (np.asarray(size_xyz) - 1) / 2 * np.asarray(spacing_mm)
        origin = np.asarray(centre_mm) - direction @ half_mm
        return cls(size_xyz, spacing_mm, _point(origin), tuple(direction.ravel().tolist()))

    @property
    def shape_zyx(self) -> tuple[int, int, int]:
        """Shape of a numpy array on this grid."""
        x, y, z = self.size_xyz
        return z, y, x

    @property
    def voxel_ml(self) -> float:
        """Volume of one voxel in millilitres."""
        return math.prod(self.spacing_mm) / 1000.0

    @property
    def centre_mm(self) -> Point:
        """Middle of the lattice, LPS."""
        return _point(self.to_mm((np.asarray(self.size_xyz) - 1) / 2))

    def _matrix(self) -> NDArray[np.float64]:
        axes = np.reshape(np.asarray(self.direction), (3, 3))
        matrix: NDArray[np.float64] = axes * np.asarray(self.spacing_mm)
        return matrix

    def to_mm(self, index_xyz: ArrayLike) -> NDArray[np.float64]:
        """Map continuous voxel indices, shape (..., 3), to points in mm."""
        offset = np.asarray(index_xyz, dtype=float) @ self._matrix().T
        points: NDArray[np.float64] = offset + np.asarray(self.origin_mm)
        return points

    def to_index(self, points_mm: ArrayLike) -> NDArray[np.float64]:
        """Map points in mm, shape (..., 3), to continuous voxel indices (x, y, z)."""
        offset = np.asarray(points_mm, dtype=float) - np.asarray(self.origin_mm)
        index: NDArray[np.float64] = np.linalg.solve(self._matrix(), offset[..., None])[..., 0]
        return index

    def contains(self, points_mm: ArrayLike) -> NDArray[np.bool_]:
        """Tell which points, shape (..., 3), lie in the field of view (voxels' outer faces)."""
        index = self.to_index(points_mm)
        inside: NDArray[np.bool_] = np.all(
            (index >= -0.5) & (index <= np.asarray(self.size_xyz) - 0.5), axis=-1
        )
        return inside

    def corners_mm(self) -> NDArray[np.float64]:
        """Return the eight outer corners of the field of view, shape (8, 3)."""
        unit = np.stack(np.meshgrid([0, 1], [0, 1], [0, 1], indexing="ij"), axis=-1).reshape(-1, 3)
        return self.to_mm(unit * np.asarray(self.size_xyz) - 0.5)

    def through(self, point_mm: Point) -> Grid:
        """Return a lattice one of whose voxels lies at a point, and which covers this one's box."""
        index = self.to_index(point_mm)
        x, y, z = (np.asarray(self.size_xyz) + 2).tolist()
        origin = _point(self.to_mm(index - np.round(index) - 1.0))
        return replace(self, size_xyz=(x, y, z), origin_mm=origin)

    def finer(self, most_mm: float) -> Grid:
        """Return the same box with each voxel cut into equal parts, none longer than `most_mm`."""
        # Less than a rounding error over a whole number needs no part more.
        parts = np.maximum(1, np.ceil(np.asarray(self.spacing_mm) / most_mm - 1e-9))
        x, y, z = (np.asarray(self.size_xyz) * parts).astype(int).tolist()
        return Grid(
            (x, y, z),
            _point(np.asarray(self.spacing_mm) / parts),
            _point(self.to_mm(0.5 / parts - 0.5)),
            self.direction,
        )

    def differences(self, other: Grid, *, tolerance_mm: float = 1e-3) -> list[str]:
        """Name each field in which two grids differ, with both values; empty when equal.

        Parameters
        ----------
        other : Grid
            The grid to compare with.
        tolerance_mm : float
            Largest displacement, at the far end of the lattice, that still counts as equal.
        """
        far = max(self.size_xyz)
        checks = (
            ("size", self.size_xyz, other.size_xyz, 0.0),
            ("spacing", self.spacing_mm, other.spacing_mm, tolerance_mm / far),
            ("origin", self.origin_mm, other.origin_mm, tolerance_mm),
            ("direction", self.direction, other.direction, tolerance_mm / far),
        )
        return [
            f"{name} {mine} against {theirs}"
            for name, mine, theirs, tolerance in checks
            if not np.allclose(mine, theirs, rtol=0.0, atol=tolerance)
        ]

    def image(self, array_zyx: NDArray[np.generic]) -> sitk.Image:
        """Wrap an array of this grid's shape as an image that knows where it lies."""
        if array_zyx.shape != self.shape_zyx:
            raise ValueError(
                f"expected an array of shape {self.shape_zyx}, found {array_zyx.shape}"
            )
        image = sitk.GetImageFromArray(array_zyx)
        image.SetSpacing(self.spacing_mm)
        image.SetOrigin(self.origin_mm)
        image.SetDirection(self.direction)
        return image


def _point(values: NDArray[np.float64]) -> Point:
    x, y, z = values.tolist()
    return x, y, z


def _direction(orientation: str) -> NDArray[np.float64]:
    return np.array([_AXES[letter] for letter in orientation]).T


def bounds_mm(grid: Grid) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the lower and the upper corner, each shape (3,), of a grid's box along LPS."""
    corners = grid.corners_mm()
    return corners.min(axis=0), corners.max(axis=0)


def overlap(ct: Grid, pet: Grid, *, spacing_mm: Point, orientation: str = "LPS") -> Grid:
    """Return the grid that covers what both scans see.

    Raises
    ------
    InputError
        If the two fields of view have no point in common.
    """
    (ct_low, ct_high), (pet_low, pet_high) = bounds_mm(ct), bounds_mm(pet)
    low, high = np.maximum(ct_low, pet_low), np.minimum(ct_high, pet_high)
    if np.any(high <= low) or not _share_a_point(ct, pet, low, high):
        raise InputError(
            "CT and PET sockets: expected scans that overlap, found CT from "
            f"{_rounded(ct_low)} to {_rounded(ct_high)} mm and PET from "
            f"{_rounded(pet_low)} to {_rounded(pet_high)} mm (LPS)"
        )
    direction = _direction(orientation)
    extent_mm = np.abs(direction.T @ (high - low))
    x, y, z = np.maximum(1, np.round(extent_mm / np.asarray(spacing_mm))).astype(int).tolist()
    return Grid.around(
        _point((low + high) / 2),
        size_xyz=(x, y, z),
        spacing_mm=spacing_mm,
        orientation=orientation,
    )


def _share_a_point(
    ct: Grid, pet: Grid, low_mm: NDArray[np.float64], high_mm: NDArray[np.float64]
) -> bool:
    # Boxes along LPS may overlap where oblique scans do not, so probe a lattice of points.
    steps = np.linspace(0.0, 1.0, 17)
    unit = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3)
    points = low_mm + unit * (high_mm - low_mm)
    return bool(np.any(ct.contains(points) & pet.contains(points)))


def _rounded(point_mm: NDArray[np.float64]) -> list[float]:
    return [round(float(value), 1) for value in point_mm]
