"""The spine from the atlas to the sacrum, with the cord."""

import numpy as np

from phantom.anatomy.tissue import BONE_HU, MARROW_HU, MUSCLE_HU, Tissue, both, flat
from phantom.anatomy.uptake import Uptake
from phantom.combine import Clipped
from phantom.shapes import Capsule, Ellipsoid, Loft

# Level, centre z, centre y, radius x, radius y of the vertebral bodies; between by interpolation.
_LEVELS = np.array([0, 6, 7, 11, 18, 19, 23])
_Z = np.array([-158.0, -262.0, -282.0, -370.0, -545.0, -575.0, -720.0])
_Y = np.array([26.0, 30.0, 35.0, 60.0, 58.0, 52.0, 38.0])
_RX = np.array([9.0, 12.0, 14.0, 14.0, 18.0, 20.0, 25.0])
_RY = np.array([7.0, 9.0, 10.0, 13.0, 15.0, 17.0, 19.0])
_LEVEL_COUNT = 24
_NECK_LEVELS = 9


def spine_tissues(uptake: Uptake) -> list[Tissue]:
    """Return discs, vertebrae with their arches, the canal and the cord."""
    levels = np.arange(_LEVEL_COUNT)
    z, y, a, b = (np.interp(levels, _LEVELS, column) for column in (_Z, _Y, _RX, _RY))
    rows = list(zip(z.tolist(), y.tolist(), a.tolist(), b.tolist(), strict=True))
    column = Loft(tuple((zi, yi, ai - 1.0, bi - 1.0) for zi, yi, ai, bi in reversed(rows)))
    canal = Loft(tuple((zi, yi + bi + 9.0, 10.0, 8.5) for zi, yi, ai, bi in reversed(rows)))
    heights = np.abs(np.gradient(z)).tolist()
    bones = flat(
        _vertebra(row, height, marrow_suv=uptake.marrow, in_neck=level < _NECK_LEVELS)
        for level, (row, height) in enumerate(zip(rows, heights, strict=True))
    )
    brainstem = Capsule((0.0, 16.0, -140.0), (0.0, 42.0, -160.0), 7.0, 6.0)
    cord = Clipped(canal.grown(-3.5), z_mm=-575.0)
    return [
        Tissue(column, 85.0, 0.8),
        *bones,
        Tissue(canal, 15.0, 0.8),
        Tissue(cord, 38.0, uptake.cord),
        Tissue(brainstem, 35.0, uptake.cord),
    ]


def _vertebra(
    row: tuple[float, float, float, float], height: float, *, marrow_suv: float, in_neck: bool
) -> list[Tissue]:
    z, y, a, b = row
    half = 0.40 * height
    body = Loft(((z - half, y, a, b), (z + half, y, a, b)), squareness=0.5)
    marrow = Loft(((z - half + 2.5, y, a - 2, b - 2), (z + half - 2.5, y, a - 2, b - 2)))
    back = y + b + 9.0
    spread = (22.0, 2.0) if in_neck else (30.0, 14.0)
    wing = Capsule((11.0, back - 4, z), (spread[0], back - 4 + spread[1], z - 3), 4.5, 3.5)
    spine = Capsule(
        (0.0, back + 12, z - 2), (0.0, back + (28 if in_neck else 34), z - 10), 3.5, 3.0
    )
    arch = Ellipsoid((0.0, back, z), (15.0, 13.5, 0.42 * height))
    return [
        Tissue(body, 0.5 * BONE_HU, 0.8 * marrow_suv),
        Tissue(marrow, MARROW_HU - 80, marrow_suv),
        Tissue(arch, 0.55 * BONE_HU, 0.8 * marrow_suv),
        *both(wing, 0.5 * BONE_HU, 0.7 * marrow_suv),
        Tissue(spine, 0.5 * BONE_HU, 0.7 * marrow_suv),
    ]


def back_muscle_tissues(uptake: Uptake) -> list[Tissue]:
    """Return the long muscles beside the thoracic and lumbar spine."""
    rows = (
        (-850.0, 78.0, 20.0, 20.0),
        (-660.0, 76.0, 26.0, 24.0),
        (-400.0, 90.0, 22.0, 15.0),
        (-330.0, 68.0, 24.0, 18.0),
    )
    return both(Loft(rows, centre_x_mm=28.0), MUSCLE_HU, uptake.muscle)
