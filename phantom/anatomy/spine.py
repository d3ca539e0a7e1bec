"""The spine from the atlas to the sacrum, with discs, canal, cord and the long back muscles."""

import numpy as np

from phantom.anatomy.build import Build
from phantom.anatomy.tissue import FAT_HU, MUSCLE_HU, Tissue, both, flat
from phantom.anatomy.uptake import Uptake
from phantom.anatomy.vertebrae import (
    Level,
    atlas_tissues,
    axis_tissues,
    chest_tissues,
    loin_tissues,
    neck_tissues,
)
from phantom.anatomy.vessels import vertebral_artery_tissues
from phantom.geometry.shapes import Capsule, Loft, Strand

_COUNT, _NECK_COUNT, _CHEST_END = 24, 7, 19
_DENS_TOP_MM = -156.0
_CONUS_MM = -585.0

# By number of the vertebra (0 the atlas, 7 and 19 the first of chest and loins): height and
# depth of its middle, half axes of its body and of its canal, back end of its spinous process
# behind the canal, reach of its transverse process, HU of its marrow.
_AT = (0, 1, 2, 4, 6, 7, 9, 11, 15, 18, 19, 21, 23)
_Z = (-162, -180, -198, -231.5, -265, -284, -325, -370, -470, -545, -575, -648, -720)
_Y = (23, 22.5, 22.5, 23, 28, 33.5, 47, 58, 63, 58, 53, 43, 38)
_A = (10, 10.5, 10.5, 11, 13, 15, 14.5, 14.5, 16, 19, 21, 23, 25)
_B = (7.5, 7.5, 7.5, 7.8, 8, 8.5, 11, 13, 14.5, 15, 16.5, 17, 17.5)
_CANAL_A = (13, 12, 11.5, 11.5, 11, 10, 8.5, 8, 8, 9.5, 11, 11, 12)
_CANAL_B = (9.5, 8.2, 7.5, 7.3, 7.3, 7.5, 7.5, 7.5, 7.5, 8, 8.5, 8.5, 8.5)
_BEHIND = (12, 25, 22, 24, 32, 30, 27, 25, 24, 28, 34, 34, 28)
_WING = (36, 22, 23, 24, 27, 34, 31, 29, 26, 18, 36, 45, 40)
_MARROW_HU = (330, 330, 320, 310, 290, 260, 230, 210, 190, 175, 165, 155, 150)

_ERECTOR = (
    (-805.0, 30.0, 104.0, 8.0, 4.0, 0.0),
    (-755.0, 37.0, 97.0, 18.0, 11.0, -8.0),
    (-690.0, 42.0, 91.0, 22.0, 18.0, -8.0),
    (-620.0, 42.0, 93.0, 22.0, 16.0, -8.0),
    (-545.0, 38.0, 97.0, 19.0, 12.5, -6.0),
    (-450.0, 33.0, 98.5, 14.0, 8.5, 0.0),
    (-390.0, 32.0, 95.0, 13.0, 8.0, 0.0),
    (-328.0, 34.0, 79.0, 9.0, 7.0, 0.0),
)
_BESIDE_SPINES = (
    (-810.0, 12.0, 104.0, 8.0, 7.0, 0.0),
    (-740.0, 15.0, 92.0, 13.5, 14.0, 0.0),
    (-660.0, 15.0, 92.0, 13.0, 15.0, 0.0),
    (-560.0, 14.0, 97.5, 12.0, 12.0, 0.0),
    (-450.0, 13.0, 100.0, 11.0, 9.0, 0.0),
    (-390.0, 13.0, 97.0, 10.5, 8.5, 0.0),
    (-326.0, 14.0, 80.0, 10.5, 8.5, 0.0),
)
_MEDULLA = Capsule((0.0, 24.0, -138.0), (0.0, 38.0, -163.0), 7.5, 5.8)


def back_muscle_tissues(uptake: Uptake) -> list[Tissue]:
    """Return the long muscles beside the thoracic and lumbar spine, parted by fat."""
    return flat(
        (
            *both(_grown(rows, 1.5), FAT_HU, uptake.fat),
            *both(_grown(rows, 0.0), MUSCLE_HU, uptake.muscle),
        )
        for rows in (_BESIDE_SPINES, _ERECTOR)
    )


def _grown(rows: tuple[tuple[float, ...], ...], by_mm: float) -> Strand:
    return Strand(tuple((z, x, y, a + by_mm, b + by_mm, t) for z, x, y, a, b, t in rows))


def spine_tissues(build: Build, uptake: Uptake) -> list[Tissue]:
    """Return discs, vertebrae with their arches, the vertebral arteries, the canal and the cord."""
    levels = spine_levels(uptake.marrow)
    discs = Loft(tuple((v.z, v.y, v.a - 0.8, v.b - 0.8) for v in reversed(levels[1:])))
    return [
        Tissue(discs, 85.0, 0.7),
        *flat(_vertebra(number, level) for number, level in enumerate(levels)),
        *vertebral_artery_tissues(build, uptake),
        *_canal_tissues(levels, uptake),
    ]


def spine_levels(marrow_suv: float) -> list[Level]:
    """Return the vertebrae from the atlas to the last of the loins."""
    numbers = np.arange(_COUNT)
    columns = (_Z, _Y, _A, _B, _CANAL_B, _BEHIND, _WING, _MARROW_HU)
    z, y, a, b, canal, behind, wing, hu = (np.interp(numbers, _AT, c) for c in columns)
    middle = y + b + canal - 0.5
    # A disc takes a quarter of the way to the next in the neck, a fifth in chest and loins.
    half = np.abs(np.gradient(z)) * np.where(numbers < _NECK_COUNT, 0.37, 0.40)
    suv = np.full(_COUNT, marrow_suv)
    table = np.column_stack((z, y, half, a, b, middle, middle + behind, wing, hu, suv))
    return [Level(*row) for row in table.tolist()]


def _vertebra(number: int, level: Level) -> list[Tissue]:
    if number == 0:
        return atlas_tissues(level)
    if number == 1:
        return axis_tissues(level, _DENS_TOP_MM)
    if number < _NECK_COUNT:
        return neck_tissues(level, last=number == _NECK_COUNT - 1)
    return chest_tissues(level) if number < _CHEST_END else loin_tissues(level)


def _canal_tissues(levels: list[Level], uptake: Uptake) -> list[Tissue]:
    """Return the fat in the canal, the fluid in its sac and the cord down to the loins."""
    numbers = np.arange(_COUNT)
    half_x, half_y = np.interp(numbers, _AT, _CANAL_A), np.interp(numbers, _AT, _CANAL_B)
    rows = [
        (level.z, level.canal_y, float(a), float(b))
        for level, a, b in zip(levels, half_x, half_y, strict=True)
    ]
    canal = Loft((*reversed(rows), (-148.0, 39.0, 15.0, 12.0)))
    cord = Loft(
        (
            (_CONUS_MM, 79.0, 1.5, 1.5),
            (-560.0, 80.5, 4.0, 3.6),
            *((z, y, 4.6, 3.8) for z, y, _, _ in reversed(rows[9:18])),
            *((z, y, 6.6, 4.3) for z, y, _, _ in reversed(rows[:9])),
            (-150.0, 38.0, 6.5, 5.0),
        )
    )
    return [
        Tissue(canal, -40.0, 0.5),
        Tissue(canal.grown(-1.4), 10.0, 0.7),
        Tissue(cord, 38.0, uptake.cord),
        Tissue(_MEDULLA, 36.0, uptake.cord),
    ]
