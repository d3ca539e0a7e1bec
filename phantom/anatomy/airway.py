"""The air from the nasopharynx to the windpipe, the wall around it, and the gullet behind."""

from phantom.anatomy.larynx import epiglottis_tissues
from phantom.anatomy.tissue import AIR_HU, SOFT_HU, Tissue, both, flat
from phantom.anatomy.uptake import Uptake
from phantom.geometry.combine import Union
from phantom.geometry.shapes import Ellipsoid, Loft, Strand

PHARYNX = Loft(
    (
        (-246.0, -4.0, 9.0, 5.0),
        (-238.0, -5.0, 12.0, 7.5),
        (-228.0, -4.5, 14.5, 8.5),
        (-220.0, -3.0, 14.5, 9.0),
        (-213.0, -2.0, 13.5, 8.0),
        (-200.0, -1.0, 12.5, 7.0),
        (-185.0, 0.0, 11.0, 6.5),
        (-172.0, -1.0, 11.0, 5.5),
        (-162.0, -4.5, 12.0, 7.5),
        (-150.0, -9.0, 12.5, 9.5),
        (-134.0, -14.0, 11.0, 7.0),
    )
)
WINDPIPE = Loft(
    (
        (-392.0, 16.0, 9.0, 9.0),
        (-330.0, 1.5, 8.5, 8.5),
        (-300.0, -7.0, 8.5, 9.0),
        (-282.0, -11.5, 8.3, 9.2),
        (-273.0, -12.0, 7.5, 9.6),
        (-267.5, -13.0, 4.5, 9.8),
        (-264.0, -13.5, 2.0, 9.5),
        (-261.5, -13.0, 3.0, 9.0),
        (-259.5, -12.5, 4.6, 8.0),
        (-257.0, -12.5, 2.6, 8.5),
        (-252.0, -12.5, 5.5, 8.5),
        (-244.0, -11.5, 7.5, 8.5),
        (-232.0, -8.0, 9.0, 8.0),
    )
)
_PYRIFORM = Strand(
    (
        (-257.0, 13.5, -4.0, 3.0, 1.0, 62.0),
        (-250.0, 14.5, -3.5, 5.5, 1.7, 62.0),
        (-242.0, 14.8, -3.0, 6.0, 2.1, 62.0),
        (-234.0, 14.5, -2.0, 6.0, 2.4, 65.0),
        (-226.0, 13.0, -1.0, 4.0, 2.5, 70.0),
    )
)
_VALLECULA = Ellipsoid((6.8, -16.0, -222.5), (5.8, 3.6, 6.0), (25.0, 0.0, 0.0))
_FOSSA = Ellipsoid((14.0, 0.0, -148.0), (4.5, 1.8, 8.0), (0.0, 0.0, 15.0))
_TORUS = Ellipsoid((12.5, -5.5, -149.0), (3.2, 3.6, 8.0))
_ADENOID = Ellipsoid((0.0, 2.0, -148.0), (10.0, 4.0, 9.0), (-20.0, 0.0, 0.0))
_GULLET = Strand(
    (
        (-372.0, 4.0, 32.0, 8.0, 5.5, 0.0),
        (-345.0, 4.5, 22.5, 8.0, 5.0, 0.0),
        (-318.0, 5.5, 12.5, 7.5, 4.5, 0.0),
        (-292.0, 4.0, 5.5, 7.0, 4.0, 0.0),
        (-276.0, 0.0, 6.0, 8.0, 3.0, 0.0),
    )
)
_WALL_MM, _RINGS_MM = 3.2, 2.0


def pharynx_wall_tissues(uptake: Uptake) -> list[Tissue]:
    """Return the wall of throat and windpipe, the adenoid and the gullet."""
    return flat(
        (
            [
                Tissue(_GULLET, 40.0, 1.5),
                Tissue(PHARYNX.grown(_WALL_MM), SOFT_HU + 5.0, 1.3),
                Tissue(_ADENOID, SOFT_HU, uptake.adenoid),
                Tissue(WINDPIPE.grown(_RINGS_MM), 70.0, 1.0),
            ],
            both(Union((_TORUS, Ellipsoid((14.5, 1.0, -150.0), (5.5, 5.0, 9.0)))), SOFT_HU, 1.5),
        )
    )


def airway_tissues() -> list[Tissue]:
    """Return the air, continuous from the nose's back to the windpipe, then what stands in it."""
    return flat(
        (
            [Tissue(PHARYNX, AIR_HU, 0.15), Tissue(WINDPIPE, AIR_HU, 0.15)],
            both(_PYRIFORM, AIR_HU, 0.2),
            both(_VALLECULA, AIR_HU, 0.2),
            both(_TORUS, SOFT_HU, 1.5),
            both(_FOSSA, AIR_HU, 0.2),
            epiglottis_tissues(),
        )
    )
