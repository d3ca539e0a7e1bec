"""The muscles that move jaw, lips and cheeks; the fat between them is the outline's."""

from phantom.anatomy.head import CRANIUM, FACE
from phantom.anatomy.tissue import MUSCLE_HU, Tissue, both, flat, rods
from phantom.anatomy.uptake import Uptake
from phantom.geometry.combine import Common, Inset, Union
from phantom.geometry.shapes import Ellipsoid, Strand

_MASSETER = Strand(
    (
        (-209.0, 53.0, -17.0, 3.0, 8.0, 8.0),
        (-198.0, 56.0, -18.0, 5.0, 14.0, 8.0),
        (-180.0, 58.0, -23.0, 6.0, 16.5, 8.0),
        (-160.0, 59.0, -29.0, 6.2, 16.5, 8.0),
        (-140.0, 60.0, -36.0, 4.5, 14.0, 14.0),
    )
)
_MEDIAL_PTERYGOID = Strand(
    (
        (-206.0, 45.0, -14.0, 3.0, 7.0, -10.0),
        (-190.0, 41.0, -16.0, 5.0, 10.0, -16.0),
        (-172.0, 35.0, -19.0, 6.0, 11.0, -24.0),
        (-152.0, 26.0, -25.0, 4.5, 7.0, -30.0),
        (-140.0, 22.0, -27.0, 2.5, 5.0, -30.0),
    )
)
_LATERAL_PTERYGOID = Ellipsoid((38.0, -17.0, -140.0), (6.0, 18.0, 9.0), (0.0, 0.0, -38.0))
_TEMPORALIS_CORD = Strand(
    (
        (-166.0, 49.0, -32.0, 2.0, 4.0, 0.0),
        (-150.0, 50.5, -31.0, 4.5, 10.0, 0.0),
        (-130.0, 54.0, -30.0, 6.5, 17.0, 0.0),
        (-110.0, 55.0, -28.0, 8.0, 26.0, 0.0),
    )
)
_SCALP = Inset(Union((CRANIUM, FACE)), 4.5)


def chewing_tissues(uptake: Uptake) -> list[Tissue]:
    """Return temporal muscle, masseter, the pterygoids and the thin muscles of the face."""
    suv, face = uptake.chewing, 1.2 * uptake.muscle
    fan = Ellipsoid((58.0, -20.0, -92.0), (18.0, 42.0, 46.0), (-12.0, 0.0, 0.0))
    cheek = ((20.0, -84.0, -181.0), (35.0, -68.0, -181.0), (45.0, -42.0, -180.0))
    smile = ((47.0, -68.0, -146.0), (26.0, -86.0, -172.0))
    return flat(
        (
            both(Common((fan, _SCALP)), MUSCLE_HU, suv),
            both(_TEMPORALIS_CORD, MUSCLE_HU, suv),
            both(_MASSETER, MUSCLE_HU, suv),
            both(_LATERAL_PTERYGOID, MUSCLE_HU, suv),
            both(_MEDIAL_PTERYGOID, MUSCLE_HU, suv),
            [Tissue(Ellipsoid((0.0, -83.0, -181.0), (24.0, 8.0, 14.0)), MUSCLE_HU - 10.0, 1.4)],
            flat(
                rods(tuple((x, y, z + dz) for x, y, z in cheek), (3.0, 2.0, 2.0), MUSCLE_HU, face)
                for dz in (-8.0, -4.0, 0.0, 4.0)
            ),
            rods(smile, (1.4, 1.8), MUSCLE_HU, face),
            rods(((36.0, -86.0, -131.0), (25.0, -88.0, -123.0)), (1.5, 1.5), MUSCLE_HU, face),
            [Tissue(Ellipsoid((0.0, -89.0, -212.0), (17.0, 6.0, 13.0)), MUSCLE_HU - 10.0, 1.0)],
        )
    )
