"""The outline of the head: cranium, face, nose, lips and ears."""

from phantom.geometry.shapes import Capsule, Ellipsoid, Loft, Shape
from phantom.geometry.solids import Hull

CRANIUM = Ellipsoid((0.0, 5.0, -80.0), (71.5, 96.0, 80.5), taper=0.07)
FACE = Loft(
    (
        (-244.0, -25.0, 30.0, 24.0),
        (-238.0, -33.0, 37.0, 33.0),
        (-232.0, -41.0, 43.0, 42.0),
        (-224.0, -46.0, 50.0, 49.0),
        (-206.0, -42.0, 61.0, 52.0),
        (-190.0, -40.0, 65.0, 54.0),
        (-170.0, -38.0, 68.0, 56.0),
        (-140.0, -36.0, 70.0, 57.0),
        (-112.0, -32.0, 67.0, 59.0),
        (-80.0, -30.0, 61.0, 57.0),
    ),
    squareness=0.1,
)
_NOSE = Hull(
    tuple(
        (side * x, y, z)
        for side in (-1, 1)
        for x, y, z in (
            (8.0, -84.0, -106.0),
            (3.0, -92.0, -108.0),
            (15.0, -82.0, -134.0),
            (4.0, -103.0, -130.0),
            (21.0, -82.0, -152.0),
            (20.0, -86.0, -163.0),
            (8.0, -114.0, -150.0),
            (9.0, -111.0, -160.0),
            (14.0, -102.0, -157.0),
            (14.0, -98.0, -166.0),
        )
    ),
    round_mm=1.0,
)
_BROW = Ellipsoid((29.0, -69.0, -112.0), (23.0, 17.0, 21.0), (0.0, 0.0, 12.0))
_LIPS: tuple[Shape, ...] = (
    Ellipsoid((0.0, -88.0, -175.0), (26.0, 14.0, 9.0)),
    Ellipsoid((0.0, -87.0, -188.0), (24.0, 13.0, 8.0)),
    Ellipsoid((0.0, -86.0, -218.0), (20.0, 12.0, 13.0)),
)
_EAR: tuple[Shape, ...] = (
    Ellipsoid((76.0, 13.0, -124.0), (3.6, 16.0, 29.0), (0.0, 8.0, 28.0)),
    Ellipsoid((73.0, 4.0, -147.0), (4.0, 7.0, 9.0)),
    Capsule((66.0, 6.0, -130.0), (75.0, 4.0, -130.0), 9.0, 8.0),
)
SKIN: tuple[Shape, ...] = (
    CRANIUM,
    FACE,
    _NOSE,
    _BROW,
    _BROW.mirrored(),
    *_LIPS,
    *_EAR,
    *(part.mirrored() for part in _EAR),
)
"""Solids whose union is the head with its skin."""
