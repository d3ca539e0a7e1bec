"""The nose and what opens into it: septum, turbinates, sinuses, the sphenoid body."""

from phantom.anatomy.folds import Cells
from phantom.anatomy.skull import THIN_HU
from phantom.anatomy.tissue import AIR_HU, BONE_HU, FAT_HU, SOFT_HU, Tissue, both, flat, line, rods
from phantom.geometry.combine import Inset, Waves, grown
from phantom.geometry.shapes import Ellipsoid, Strand
from phantom.geometry.solids import Hull

_AIR_SUV, _BONE_SUV, _MUCOSA_SUV = 0.15, 0.7, 1.6

_CAVITY = Hull(
    tuple(
        (side * x, y, z)
        for side in (-1, 1)
        for x, y, z in (
            (9.0, -86.0, -158.0),
            (14.0, -64.0, -160.0),
            (12.0, -26.0, -160.0),
            (10.0, -86.0, -146.0),
            (15.5, -62.0, -148.0),
            (13.0, -27.0, -142.0),
            (4.0, -92.0, -126.0),
            (9.0, -60.0, -128.0),
            (3.5, -76.0, -107.0),
            (3.5, -46.0, -109.0),
            (8.0, -26.0, -134.0),
        )
    ),
    round_mm=1.2,
)
MAXILLARY = Hull(
    (
        (15.0, -77.0, -150.0),
        (17.5, -42.0, -152.0),
        (15.5, -76.0, -136.0),
        (16.0, -41.0, -130.0),
        (27.0, -78.0, -132.5),
        (47.0, -60.0, -136.0),
        (46.0, -61.0, -142.0),
        (25.0, -40.0, -129.5),
        (28.0, -74.0, -157.0),
        (38.0, -58.0, -159.0),
        (25.0, -44.0, -161.0),
        (21.0, -64.0, -161.0),
    ),
    round_mm=1.6,
)
"""The left maxillary sinus: a pyramid with its base at the nose and its tip in the cheekbone."""
_ETHMOID = Hull(
    (
        (4.0, -76.0, -129.0),
        (4.0, -40.0, -131.0),
        (11.5, -76.0, -127.0),
        (13.0, -44.0, -127.0),
        (4.0, -78.0, -106.0),
        (4.0, -42.0, -107.0),
        (10.0, -76.0, -104.0),
        (14.5, -46.0, -105.0),
    )
)
_SPHENOID = Hull(
    (
        (-15.0, -42.0, -110.0),
        (15.0, -42.0, -110.0),
        (-11.0, -20.0, -110.0),
        (11.0, -20.0, -110.0),
        (-17.0, -42.0, -131.0),
        (17.0, -42.0, -131.0),
        (-16.0, -12.0, -134.0),
        (16.0, -12.0, -134.0),
        (-12.0, -10.0, -122.0),
        (12.0, -10.0, -122.0),
    )
)
_SPHENOID_SINUS = Hull(
    (
        (1.2, -40.0, -112.5),
        (12.5, -39.0, -113.0),
        (0.5, -23.0, -113.0),
        (9.0, -22.0, -114.0),
        (1.2, -40.0, -128.0),
        (13.0, -38.0, -129.0),
        (0.5, -17.0, -129.0),
        (9.5, -18.0, -129.0),
    ),
    round_mm=0.8,
)


def nose_tissues() -> list[Tissue]:
    """Return nasal cavity, sinuses and sphenoid, bone before mucosa before air."""
    return flat((_sinuses(), _sphenoid(), _nasal_cavity(), _outer_nose()))


def _sinuses() -> list[Tissue]:
    frontal = Ellipsoid((11.5, -79.0, -93.0), (12.0, 5.0, 12.0), (18.0, 20.0, 14.0))
    cells = Cells(_ETHMOID, Waves(13.0, seed=21), 1.1)
    return flat(
        (
            both(grown(frontal, 2.5), BONE_HU, _BONE_SUV),
            both(frontal, AIR_HU, _AIR_SUV),
            both(grown(MAXILLARY, 1.8), BONE_HU, _BONE_SUV),
            both(MAXILLARY, SOFT_HU, _MUCOSA_SUV),
            both(Inset(MAXILLARY, 0.9), AIR_HU, _AIR_SUV),
            both(_ETHMOID, 250.0, _MUCOSA_SUV),
            both(cells, AIR_HU, _AIR_SUV),
        )
    )


def _sphenoid() -> list[Tissue]:
    """Return the sphenoid's body with its two sinuses, the saddle and the hypophysis in it."""
    return flat(
        (
            [Tissue(_SPHENOID, BONE_HU, _BONE_SUV)],
            [Tissue(Inset(_SPHENOID, 1.6), THIN_HU, 1.0)],
            both(_SPHENOID_SINUS, AIR_HU, _AIR_SUV),
            [Tissue(Ellipsoid((0.0, -13.0, -113.0), (7.0, 6.0, 5.0)), 60.0, 2.2)],
            rods(((5.0, -3.0, -112.0), (6.5, -6.0, -108.0)), (2.2, 1.6), BONE_HU, _BONE_SUV),
            rods(((12.0, -24.0, -107.0), (9.0, -21.0, -107.0)), (2.0, 1.6), BONE_HU, _BONE_SUV),
            rods(((12.5, 0.0, -121.0), (11.5, -20.0, -114.0)), (3.2, 2.8), 60.0, 1.6),
        )
    )


def _nasal_cavity() -> list[Tissue]:
    inferior = Strand(
        (
            (-157.0, 8.5, -54.0, 3.4, 23.0, 0.0),
            (-150.0, 9.5, -54.0, 4.4, 24.0, 0.0),
            (-144.0, 13.0, -54.0, 1.6, 21.0, 0.0),
        )
    )
    middle = Strand(
        (
            (-143.0, 7.0, -52.0, 2.6, 17.0, 0.0),
            (-136.0, 7.0, -52.0, 3.0, 18.0, 0.0),
            (-126.0, 4.5, -54.0, 1.2, 16.0, 0.0),
        )
    )
    septum = Hull(
        tuple(
            (x, y, z)
            for x in (-0.9, 0.9)
            for y, z in (
                (-104.0, -150.0),
                (-92.0, -160.5),
                (-26.0, -161.0),
                (-30.0, -130.0),
                (-44.0, -108.0),
                (-78.0, -106.0),
                (-96.0, -126.0),
            )
        )
    )
    choana = ((6.2, -34.0, -148.0), (5.5, -13.0, -146.0))
    return flat(
        (
            [
                Tissue(grown(_CAVITY, 1.4), THIN_HU, _BONE_SUV),
                Tissue(_CAVITY, SOFT_HU, _MUCOSA_SUV),
                Tissue(Inset(_CAVITY, 1.2), AIR_HU, _AIR_SUV),
            ],
            rods(choana, (4.8, 5.6), AIR_HU, _AIR_SUV),
            [
                Tissue(grown(septum, 1.0), SOFT_HU, _MUCOSA_SUV),
                Tissue(septum, 260.0, 0.8),
            ],
            both(inferior, SOFT_HU, _MUCOSA_SUV + 0.3),
            rods(((9.5, -74.0, -150.0), (9.5, -34.0, -150.0)), (1.2, 1.2), 330.0, 1.0),
            both(middle, SOFT_HU, _MUCOSA_SUV + 0.2),
            rods(((6.5, -66.0, -136.0), (6.5, -38.0, -137.0)), (1.1, 1.1), 300.0, 1.0),
        )
    )


def _outer_nose() -> list[Tissue]:
    bone = ((2.2, -87.0, -108.0), (3.2, -92.5, -118.0), (3.8, -97.0, -128.0))
    flank = ((7.0, -84.0, -112.0), (9.5, -86.0, -124.0), (14.5, -82.0, -140.0))
    nostril = ((6.0, -104.0, -169.0), (6.5, -102.0, -157.0), (6.0, -90.0, -150.0))
    return flat(
        (
            [Tissue(Ellipsoid((0.0, -105.0, -150.0), (8.0, 6.0, 11.0)), SOFT_HU, 0.8)],
            rods(((0.5, -100.0, -128.0), (3.0, -112.0, -152.0)), (3.0, 3.0), SOFT_HU, 0.8),
            rods(((10.0, -108.0, -156.0), (14.0, -96.0, -158.0)), (3.0, 3.0), SOFT_HU, 0.8),
            rods(bone, (2.4, 1.7, 1.2), BONE_HU, _BONE_SUV),
            rods(flank, (3.0, 2.4, 2.4), BONE_HU, _BONE_SUV),
            rods(nostril, (3.0, 3.2, 4.2), AIR_HU, _AIR_SUV),
            line(((0.0, -109.0, -164.0), (0.0, -96.0, -160.0)), (2.6, 2.2), FAT_HU + 130.0, 0.8),
        )
    )
