"""Kidneys with their hot pelvis, ureters, bladder and pelvic floor."""

import numpy as np

from phantom.anatomy.build import Build
from phantom.anatomy.tissue import FAT_HU, SOFT_HU, Tissue, flat
from phantom.anatomy.tubes import bend, filled
from phantom.anatomy.uptake import Uptake
from phantom.geometry.shapes import Ellipsoid, Point

_RADII: Point = (27.0, 24.0, 54.0)
_TURN: Point = (8.0, 12.0, -28.0)
_LEFT = Ellipsoid((66.0, 42.0, -606.0), _RADII, _TURN)
_RIGHT = Ellipsoid((-64.0, 44.0, -624.0), _RADII, (_TURN[0], -_TURN[1], -_TURN[2]))
URINE_HU = 6.0


def kidney_tissues(build: Build, uptake: Uptake) -> list[Tissue]:
    """Return both kidneys, their ureters, the bladder and what lies below it."""
    left, right = uptake.kidney
    # Urine is watered down on its way, and held back by each peristaltic wave.
    pelvis = float(np.clip(0.3 * uptake.bladder, 5.0, 25.0))
    cortex = 150.0 if build.contrast else 34.0
    return flat(
        (
            _kidney(_LEFT, 1.0, cortex, left, pelvis),
            _kidney(_RIGHT, -1.0, cortex, right, 0.8 * pelvis),
            _bladder(uptake),
        )
    )


def _kidney(kidney: Ellipsoid, side: float, hu: float, suv: float, urine: float) -> list[Tissue]:
    x, y, z = kidney.centre_mm
    sinus = Ellipsoid((x - side * 11.0, y - 7.0, z), (12.0, 9.0, 27.0), kidney.turn_degrees)
    calyx = Ellipsoid((x - side * 9.0, y - 5.0, z), (5.0, 4.5, 17.0), kidney.turn_degrees)
    ureter = (
        (x - side * 14.0, y - 8.0, z - 2.0),
        (x - side * 26.0, y - 12.0, z - 22.0),
        (side * 38.0, 14.0, -690.0),
        (side * 42.0, 8.0, -745.0),
        (side * 56.0, 34.0, -800.0),
        (side * 44.0, 20.0, -850.0),
        (side * 18.0, -4.0, -868.0),
    )
    pipe = bend(ureter, (5.0, 3.5, 2.2, 2.2, 2.2, 2.4, 2.4))
    flow = [
        Tissue(part, URINE_HU, urine * _wave(index, side, urine)) for index, part in enumerate(pipe)
    ]
    return [
        Tissue(kidney, hu, suv),
        Tissue(sinus, FAT_HU + 25.0, 0.6 * suv),
        Tissue(calyx, URINE_HU + 10.0, urine),
        *flow,
    ]


def _wave(index: int, side: float, urine: float) -> float:
    phase = 0.55 * index + side + 3.0 * urine
    return 0.05 + 0.6 * max(float(np.sin(phase)), 0.0) ** 3


def _bladder(uptake: Uptake) -> list[Tissue]:
    wall = Ellipsoid((0.0, -30.0, -872.0), (41.0, 32.0, 30.0), (-12.0, 0.0, 0.0))
    urine = Ellipsoid((0.0, -30.0, -872.0), (37.0, 28.0, 26.5), (-12.0, 0.0, 0.0))
    root = Ellipsoid((0.0, -34.0, -932.0), (15.0, 26.0, 16.0), (20.0, 0.0, 0.0))
    anus = Ellipsoid((0.0, 54.0, -926.0), (15.0, 15.0, 16.0))
    # Prostate and seminal vesicles, or cervix and its ligaments: alike at this resolution.
    below = Ellipsoid((0.0, -14.0, -908.0), (22.0, 17.0, 18.0))
    beside = Ellipsoid((18.0, 14.0, -878.0), (20.0, 6.0, 8.0), (0.0, 18.0, 14.0))
    return [
        *filled((root, below, beside, beside.mirrored()), SOFT_HU, 1.4),
        Tissue(anus, SOFT_HU, 1.6),
        Tissue(wall, SOFT_HU, 1.5),
        Tissue(urine, URINE_HU, uptake.bladder),
    ]
