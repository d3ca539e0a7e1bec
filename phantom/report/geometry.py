"""The published scan geometry by centre, and whether a scan has it."""

import math
from dataclasses import dataclass

Voxels = tuple[int, float, float]
"""Matrix, pixel and slice in mm."""

WHOLE_BODY_MM = 700.0
_ROUNDING_MM = 0.012


@dataclass(frozen=True)
class CentreGeometry:
    """What is published of one centre's scans.

    Attributes
    ----------
    ct, pet : tuple of Voxels
        The grids in use; empty where none is published.
    ct_length_mm : tuple of float or None
        Least, median and largest extent of the CT along z.
    pet_length_mm : tuple of float or None
        The same of the PET where it is published apart.
    whole_body : float or None
        Share of CTs of at least 700 mm.
    """

    ct: tuple[Voxels, ...]
    pet: tuple[Voxels, ...]
    ct_length_mm: tuple[float, float, float] | None
    pet_length_mm: tuple[float, float, float] | None
    whole_body: float | None


PUBLISHED = {
    "CHUM": CentreGeometry(
        ((512, 0.977, 1.5), (512, 0.977, 3.27), (512, 1.367, 3.27)),
        ((144, 4.0, 4.0), (128, 3.52, 3.27), (128, 5.47, 3.27)),
        (280.0, 360.0, 860.0),
        None,
        0.07,
    ),
    "CHUP": CentreGeometry(
        ((512, 0.977, 1.5),), ((200, 4.07, 2.03),), (728.0, 978.0, 1104.0), None, 1.0
    ),
    "CHUS": CentreGeometry(
        ((512, 1.172, 3.0), (512, 1.172, 2.0)),
        ((144, 4.0, 4.0),),
        (327.0, 402.0, 1025.0),
        (848.0, 1016.0, 1184.0),
        0.01,
    ),
    "MDA": CentreGeometry(
        (
            (512, 0.977, 3.27),
            (512, 1.367, 3.27),
            (512, 0.488, 2.5),
            (512, 0.977, 2.0),
            (512, 0.977, 2.5),
            (512, 0.977, 2.8),
            (512, 0.977, 4.25),
            (512, 0.977, 5.0),
        ),
        (
            (128, 5.47, 3.27),
            (192, 3.65, 3.27),
            (128, 4.69, 3.27),
            (256, 2.73, 3.27),
            (128, 3.91, 3.27),
            (128, 4.3, 4.25),
            (256, 3.18, 2.0),
        ),
        (273.0, 415.0, 1331.0),
        None,
        0.25,
    ),
    "HGJ": CentreGeometry(
        ((512, 0.977, 3.27),), ((128, 3.52, 3.27),), (298.0, 298.0, 441.0), None, 0.0
    ),
    "HMR": CentreGeometry(
        ((512, 0.977, 3.27), (512, 1.367, 3.27)),
        ((128, 3.52, 3.27), (128, 5.47, 3.27)),
        (271.0, 298.0, 873.0),
        None,
        0.22,
    ),
    "USZ": CentreGeometry(
        (), ((128, 5.08, 3.27), (128, 5.47, 3.27), (256, 2.73, 3.27)), None, None, None
    ),
}


@dataclass(frozen=True)
class Extent:
    """The grid of one scan: voxels along x, y and z, and their size in mm."""

    size_xyz: tuple[int, int, int]
    spacing_mm: tuple[float, float, float]

    @property
    def length_mm(self) -> float:
        """Extent along z."""
        return self.size_xyz[2] * self.spacing_mm[2]

    @property
    def whole_body(self) -> bool:
        """Whether it is as long as the published whole-body scans."""
        return self.length_mm >= WHOLE_BODY_MM

    def is_one_of(self, known: tuple[Voxels, ...]) -> bool:
        """Whether matrix and voxels are among the published; True where none is published."""
        sx, sy, sz = self.spacing_mm
        if not known:
            return True
        return any(
            self.size_xyz[:2] == (matrix, matrix)
            and math.isclose(sx, sy)
            and abs(sx - pixel) <= _ROUNDING_MM
            and abs(sz - thickness) <= _ROUNDING_MM
            for matrix, pixel, thickness in known
        )

    def fits(self, length_mm: tuple[float, float, float] | None) -> bool:
        """Whether the extent lies between the published least and largest, give or take a slice."""
        if length_mm is None:
            return True
        slice_mm = self.spacing_mm[2]
        return length_mm[0] - slice_mm <= self.length_mm <= length_mm[2] + slice_mm

    def __str__(self) -> str:
        """As ``512² × 0.977 × 3.27``."""
        return f"{self.size_xyz[0]}² × {self.spacing_mm[0]:.4g} × {self.spacing_mm[2]:.4g}"
