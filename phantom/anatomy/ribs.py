"""Ribs with their cartilages, and the breast bone."""

import numpy as np

from phantom.anatomy.tissue import Tissue, flat
from phantom.anatomy.tubes import Points, bend, filled, mirrored, narrowed, paired
from phantom.anatomy.uptake import Uptake
from phantom.anatomy.wall import CAGE_MM, CHEST
from phantom.geometry.shapes import Loft

_PAIRS = 12
# Rib number; height of its head, how far it falls to its front end, angle at that end (from
# the back, degrees).
_NUMBER = (1, 2, 4, 7, 10, 11, 12)
_HEAD_Z = (-292.0, -312.0, -354.0, -428.0, -502.0, -528.0, -552.0)
_FALL = (34.0, 56.0, 84.0, 108.0, 104.0, 72.0, 42.0)
_END_DEGREES = (158.0, 152.0, 145.0, 138.0, 116.0, 88.0, 62.0)
_CARTILAGE_HU = 130.0
_STERNUM = Loft(
    (
        (-498.0, -84.0, 14.0, 5.0),
        (-470.0, -82.0, 18.0, 6.0),
        (-400.0, -68.0, 15.0, 6.0),
        (-386.0, -62.0, 14.0, 6.0),
        (-366.0, -51.0, 26.0, 7.0),
        (-342.0, -38.0, 30.0, 8.0),
        (-336.0, -35.0, 24.0, 7.0),
    ),
    squareness=0.5,
)


def rib_tissues(uptake: Uptake) -> list[Tissue]:
    """Return the twelve pairs of ribs and the breast bone."""
    marrow = uptake.marrow
    return flat(
        (
            *(_rib(number, 0.75 * marrow) for number in range(1, _PAIRS + 1)),
            [
                Tissue(_STERNUM, 420.0, 0.8 * marrow),
                Tissue(_STERNUM.grown(-2.5), 180.0, marrow),
                Tissue(Loft(((-520.0, -86.0, 6.0, 3.0), (-496.0, -84.0, 9.0, 4.0))), 150.0, 0.8),
            ],
        )
    )


def rib_path(number: int) -> Points:
    """Return the middle line of a left rib from its head to its bony front end."""
    head_z, fall, end = (
        float(np.interp(number, _NUMBER, c)) for c in (_HEAD_Z, _FALL, _END_DEGREES)
    )
    share = np.linspace(0.0, 1.0, 10)
    z = head_z - fall * share**1.1
    around = np.radians(18.0 + (end - 18.0) * share)
    rows_z, *columns = np.array(CHEST.rows).T
    middle, a, b = (np.interp(z, rows_z, column) for column in columns)
    # The chest is squarer than an ellipse, most so half-way between side and back.
    squarer = 1 + 0.05 * np.sin(2 * around) ** 2
    x = squarer * (a + 0.5 * CAGE_MM) * np.sin(around)
    y = middle + squarer * (b + 0.5 * CAGE_MM) * np.cos(around)
    return tuple((float(px), float(py), float(pz)) for px, py, pz in zip(x, y, z, strict=True))


def _rib(number: int, marrow: float) -> list[Tissue]:
    path = rib_path(number)
    left = bend(path, (4.8,), step_mm=16.0)
    sides = (*left, *mirrored(left))
    return [
        *filled(sides, 480.0, 0.8 * marrow),
        *filled(narrowed(sides, 2.2), 260.0, marrow),
        *_cartilage(number, path, 0.8),
    ]


def _cartilage(number: int, path: Points, suv: float) -> list[Tissue]:
    if number > 10:
        return []
    end = path[-1]
    seat = -344.0 - 19.0 * min(number - 1, 7)
    front = float(np.interp(seat, [row[0] for row in _STERNUM.rows], [r[1] for r in _STERNUM.rows]))
    middle = (0.55 * end[0] + 9.0, 0.4 * end[1] + 0.6 * front + 1.0, 0.35 * seat + 0.65 * end[2])
    points = (end, middle, (18.0, front, seat))
    return paired(points, (4.5, 5.0, 4.5), _CARTILAGE_HU, suv)
