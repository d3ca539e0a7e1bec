"""Arteries and veins of the neck down to the collar bones."""

from phantom.anatomy.build import Build
from phantom.anatomy.tissue import FAT_HU, Tissue, flat, rods
from phantom.anatomy.uptake import Uptake
from phantom.geometry.shapes import Point, Strand

Path = tuple[tuple[Point, ...], tuple[float, ...]]

BLOOD_HU = 44.0
ARTERY_HU, VEIN_HU = 185.0, 155.0
"""With contrast."""
WIDER = 1.25
"""The right internal jugular vein against the left one, as in most people."""

_COMMON: Path = (
    ((24.0, 3.0, -222.0), (23.0, 4.0, -250.0), (21.0, 3.0, -290.0), (15.0, 4.0, -345.0)),
    (4.3, 3.6, 3.5, 4.0),
)
_INTERNAL: Path = (
    ((24.0, 3.0, -222.0), (28.0, 7.0, -205.0), (27.0, 9.0, -175.0), (25.0, 8.0, -138.0)),
    (3.6, 3.2, 2.7, 2.7),
)
_EXTERNAL: Path = (
    ((23.0, 1.0, -222.0), (24.0, -5.0, -205.0), (33.0, -3.0, -185.0), (47.0, 0.0, -160.0)),
    (3.0, 2.5, 2.1, 1.8),
)
_MAXILLARY: Path = (((47.0, 0.0, -160.0), (50.0, 2.0, -135.0)), (1.8, 1.5))
_FACIAL: Path = (
    ((24.0, -7.0, -205.0), (30.0, -26.0, -201.0), (44.0, -42.0, -213.0)),
    (1.5, 1.5, 1.4),
)
_SUPERIOR_THYROID: Path = (((22.0, -2.0, -226.0), (19.0, -14.0, -266.0)), (1.5, 1.3))
_VERTEBRAL: Path = (
    (
        (22.0, 12.0, -316.0),
        (17.5, 20.0, -275.0),
        (15.5, 26.5, -250.0),
        (15.3, 24.5, -230.0),
        (15.3, 24.0, -196.0),
        (17.0, 24.5, -180.0),
        (30.0, 26.5, -164.0),
    ),
    (2.0, 1.9, 1.8, 1.8, 1.8, 1.8, 1.8),
)
_VERTEBRAL_LOOP: Path = (
    ((30.0, 27.0, -158.0), (20.0, 37.0, -154.0), (7.0, 28.0, -143.0)),
    (1.8,) * 3,
)
_EXTERNAL_JUGULAR: Path = (
    ((54.0, 4.0, -180.0), (57.5, 8.0, -205.0), (56.0, 9.0, -245.0), (48.0, 6.0, -300.0)),
    (1.8, 1.8, 2.0, 2.4),
)
_ANTERIOR_JUGULAR: Path = (
    ((9.0, -39.0, -240.0), (9.0, -33.5, -262.0), (10.0, -34.0, -318.0)),
    (1.4,) * 3,
)
_RETROMANDIBULAR: Path = (((53.0, 2.0, -142.0), (53.0, 3.0, -182.0)), (2.0, 2.2))
_FACIAL_VEIN: Path = (
    ((46.0, -40.0, -212.0), (42.0, -16.0, -214.0), (33.0, 2.0, -226.0)),
    (1.7, 1.9, 2.0),
)
_ARTERIES = (
    _INTERNAL,
    _EXTERNAL,
    _MAXILLARY,
    _FACIAL,
    _SUPERIOR_THYROID,
    _VERTEBRAL_LOOP,
    _COMMON,
)
_VEINS = (_EXTERNAL_JUGULAR, _ANTERIOR_JUGULAR, _RETROMANDIBULAR, _FACIAL_VEIN)
_JUGULAR = (
    (-341.0, 23.0, -16.0, 7.0, 6.5, 0.0),
    (-328.0, 24.0, -8.0, 7.0, 6.0, 0.0),
    (-300.0, 29.0, -1.0, 7.0, 5.0, 25.0),
    (-270.0, 31.0, 3.0, 6.5, 4.6, 35.0),
    (-240.0, 32.5, 7.0, 6.0, 4.5, 40.0),
    (-205.0, 35.0, 11.0, 5.6, 4.5, 30.0),
    (-170.0, 34.0, 14.0, 4.5, 3.8, 0.0),
    (-138.0, 31.0, 16.0, 4.2, 4.2, 0.0),
)


def neck_vessel_tissues(build: Build, uptake: Uptake) -> list[Tissue]:
    """Return the carotid sheaths' vessels, the superficial veins and the subclavian ones."""
    artery, vein = _blood_hu(build)
    blood = uptake.blood
    return flat(
        (
            _jugular_veins(vein, blood),
            *(rods(*path, vein, 0.9 * blood) for path in _VEINS),
            *(rods(*path, artery, blood) for path in _ARTERIES),
        )
    )


def vertebral_artery_tissues(build: Build, uptake: Uptake) -> list[Tissue]:
    """Return the vertebral arteries, to be painted into the holes of the transverse processes."""
    artery, _ = _blood_hu(build)
    points, radii = _VERTEBRAL
    return [
        *rods(points, tuple(r + 1.2 for r in radii), FAT_HU, uptake.fat),
        *rods(points, radii, artery, uptake.blood),
    ]


def _blood_hu(build: Build) -> tuple[float, float]:
    return (ARTERY_HU, VEIN_HU) if build.contrast else (BLOOD_HU, BLOOD_HU)


def _jugular_veins(hu: float, suv: float) -> list[Tissue]:
    right = Strand(tuple((z, x, y, WIDER * a, WIDER * b, t) for z, x, y, a, b, t in _JUGULAR))
    return [Tissue(Strand(_JUGULAR), hu, suv), Tissue(right.mirrored(), hu, suv)]
