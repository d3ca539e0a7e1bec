"""Shoulder bones, ribs, lungs, heart, the organs of the belly and the pelvis."""

import numpy as np

from phantom.anatomy.build import Build
from phantom.anatomy.tissue import BONE_HU, FAT_HU, MARROW_HU, Tissue, both, flat, line, rods
from phantom.anatomy.uptake import Uptake
from phantom.combine import Shell
from phantom.shapes import Ellipsoid, Loft

LUNG = Loft(
    (
        (-535.0, 40.0, 52.0, 58.0),
        (-500.0, 20.0, 58.0, 80.0),
        (-430.0, 18.0, 56.0, 76.0),
        (-370.0, 28.0, 46.0, 54.0),
        (-335.0, 36.0, 30.0, 34.0),
        (-312.0, 38.0, 8.0, 10.0),
    ),
    centre_x_mm=76.0,
)
_RIB_PAIRS = 10


def shoulder_tissues(uptake: Uptake) -> list[Tissue]:
    """Return collar bones, shoulder blades, the heads of the arms and the breast bone."""
    clavicle = ((16.0, -34.0, -328.0), (70.0, -18.0, -318.0), (150.0, 20.0, -308.0))
    marrow = 0.7 * uptake.marrow
    return flat(
        (
            rods(clavicle, (7.5, 6.0, 7.0), 600.0, marrow),
            both(Ellipsoid((118.0, 82.0, -375.0), (42.0, 5.0, 58.0)), 450.0, marrow),
            both(Ellipsoid((168.0, 36.0, -333.0), (24.0, 24.0, 24.0)), 550.0, marrow),
            both(Ellipsoid((168.0, 36.0, -333.0), (20.0, 20.0, 20.0)), MARROW_HU - 100, marrow),
            line(
                ((0.0, -40.0, -335.0), (0.0, -62.0, -385.0), (0.0, -85.0, -500.0)),
                (12.0, 9.0, 8.0),
                MARROW_HU,
                uptake.marrow,
            ),
        )
    )


def _ribs(uptake: Uptake) -> list[Tissue]:
    # Each rib runs on an ellipse around the lungs, sloping down from the spine to the front.
    ribs: list[Tissue] = []
    angles = np.linspace(0.35, 2.75, 8)
    for number in range(_RIB_PAIRS):
        z = -330.0 - 22.0 * number
        width = float(np.interp(number, (0, 2, 4, 9), (62.0, 105.0, 130.0, 138.0)))
        depth = float(np.interp(number, (0, 2, 4, 9), (48.0, 74.0, 88.0, 94.0)))
        points = tuple(
            (
                float(width * np.sin(angle)),
                float(22.0 + depth * np.cos(angle)),
                float(z - 26.0 * angle),
            )
            for angle in angles
        )
        ribs += rods(points, (5.0,) * len(points), 0.6 * BONE_HU, 0.7 * uptake.marrow)
    return ribs


def chest_tissues(build: Build, uptake: Uptake) -> list[Tissue]:
    """Return lungs, heart, great vessels and ribs."""
    blood_hu = 165.0 if build.contrast else 42.0
    wall = Ellipsoid((38.0, -42.0, -492.0), (34.0, 32.0, 38.0))
    mediastinum = Loft(
        ((-530.0, 10.0, 40.0, 70.0), (-400.0, 15.0, 32.0, 60.0), (-345.0, 10.0, 34.0, 34.0))
    )
    aorta = ((12.0, -12.0, -440.0), (8.0, -8.0, -395.0), (22.0, 34.0, -400.0), (20.0, 36.0, -700.0))
    return [
        Tissue(mediastinum, FAT_HU + 20, 0.6),
        *both(LUNG, -800.0, uptake.lung),
        *_ribs(uptake),
        Tissue(Ellipsoid((18.0, -38.0, -482.0), (54.0, 42.0, 50.0)), blood_hu, uptake.blood),
        Tissue(Shell(wall, 10.0), 50.0, uptake.heart),
        *line(aorta, (13.0, 13.0, 12.0, 10.0), blood_hu, uptake.blood),
        *line(((-16.0, -14.0, -350.0), (-18.0, -10.0, -460.0)), (8.0, 9.0), blood_hu, uptake.blood),
    ]


def belly_tissues(uptake: Uptake) -> list[Tissue]:
    """Return the organs below the diaphragm and the pelvis."""
    cavity = Loft(
        (
            (-900.0, -25.0, 95.0, 60.0),
            (-800.0, -22.0, 118.0, 66.0),
            (-650.0, -12.0, 128.0, 78.0),
            (-550.0, 0.0, 128.0, 86.0),
            (-528.0, 0.0, 110.0, 76.0),
        )
    )
    bowel = [
        Tissue(
            Ellipsoid(
                (float(70 * np.cos(2.4 * k)), -45.0 + 4.0 * (k % 4), -660.0 - 16.0 * k),
                (34.0, 20.0, 18.0),
            ),
            25.0,
            uptake.bowel * (0.6 + 0.25 * (k % 4)),
        )
        for k in range(12)
    ]
    hip = Ellipsoid((92.0, 0.0, -880.0), (25.0, 25.0, 25.0))
    return [
        Tissue(cavity, FAT_HU, uptake.fat),
        *bowel,
        Tissue(Ellipsoid((-60.0, -6.0, -590.0), (76.0, 76.0, 72.0)), 58.0, uptake.liver),
        Tissue(Ellipsoid((30.0, -30.0, -570.0), (50.0, 40.0, 35.0)), 58.0, uptake.liver),
        Tissue(
            Ellipsoid((62.0, -35.0, -610.0), (40.0, 30.0, 38.0)), 30.0, 1.4 * uptake.muscle + 0.6
        ),
        Tissue(Ellipsoid((98.0, 38.0, -580.0), (24.0, 38.0, 48.0)), 50.0, uptake.spleen),
        *both(Ellipsoid((62.0, 44.0, -650.0), (26.0, 23.0, 54.0)), 35.0, uptake.kidney),
        *both(
            Shell(Ellipsoid((80.0, 28.0, -775.0), (62.0, 70.0, 80.0)), 9.0), 420.0, uptake.marrow
        ),
        Tissue(Ellipsoid((0.0, 70.0, -775.0), (48.0, 18.0, 60.0)), MARROW_HU - 60, uptake.marrow),
        *both(hip, 500.0, 0.8 * uptake.marrow),
        *rods(((92.0, 0.0, -880.0), (125.0, 6.0, -910.0)), (16.0, 18.0), 500.0, uptake.marrow),
        *rods(((125.0, 6.0, -910.0), (100.0, 4.0, -1250.0)), (15.0, 13.0), BONE_HU, 0.6),
        Tissue(Ellipsoid((0.0, -38.0, -880.0), (36.0, 30.0, 28.0)), 8.0, uptake.bladder),
    ]
