"""The skull: the vault with its diploe, the base with its three fossae, the temporal bones."""

from phantom.anatomy.folds import Cells
from phantom.anatomy.tissue import AIR_HU, BONE_HU, Tissue, both, flat, line, rods
from phantom.geometry.combine import Clipped, Inset, Union, Waves, grown
from phantom.geometry.shapes import Ellipsoid, Shape
from phantom.geometry.solids import Hull

TABLE_HU, DIPLOE_HU, DENSE_HU, THIN_HU = 1250.0, 480.0, 1500.0, 650.0
_BONE_SUV, _MARROW_SUV = 0.7, 1.1
_CSF_HU, _CSF_SUV = 6.0, 0.9

OUTER = Ellipsoid((0.0, 5.0, -80.0), (65.5, 89.5, 74.5), taper=0.09)
INNER = Ellipsoid((0.0, 5.5, -80.0), (59.5, 82.0, 67.5), taper=0.09)
UPPER = Union((Clipped(INNER, z_mm=-104.0), Clipped(INNER, z_mm=-122.0, y_mm=2.0)))
"""The cranial cavity over the anterior fossa's floor and the tentorium."""
MIDDLE = Ellipsoid((39.0, -9.0, -110.0), (21.5, 31.0, 22.0), (0.0, 0.0, -8.0))
"""The left middle fossa."""
POSTERIOR = Ellipsoid((0.0, 48.0, -125.0), (51.0, 40.0, 26.0), (6.0, 0.0, 0.0))
"""The posterior fossa."""
_CISTERN = Ellipsoid((0.0, 2.0, -112.0), (20.0, 22.0, 14.0), (-35.0, 0.0, 0.0))
_PETROUS = Hull(
    (
        (62.0, 6.0, -117.0),
        (62.0, 32.0, -121.0),
        (58.0, 2.0, -140.0),
        (58.0, 28.0, -146.0),
        (34.0, 6.0, -116.0),
        (34.0, 24.0, -134.0),
        (12.0, -5.0, -121.0),
        (13.0, 3.0, -124.0),
        (12.0, -4.0, -134.0),
        (15.0, 8.0, -137.0),
    )
)
_CLIVUS = Hull(
    (
        (10.0, -12.0, -112.0),
        (-10.0, -12.0, -112.0),
        (10.0, -5.0, -111.0),
        (-10.0, -5.0, -111.0),
        (14.0, -14.0, -134.0),
        (-14.0, -14.0, -134.0),
        (13.0, 16.0, -150.0),
        (-13.0, 16.0, -150.0),
        (13.0, 22.0, -148.0),
        (-13.0, 22.0, -148.0),
    )
)
_MASTOID = Ellipsoid((55.0, 24.0, -140.0), (11.0, 14.0, 20.0))


def skull_tissues() -> list[Tissue]:
    """Return the bones around the brain and the fluid in which it lies."""
    return flat((_vault(), _base(), _cavity()))


def _vault() -> list[Tissue]:
    vault = Union((Clipped(OUTER, z_mm=-107.0), Clipped(OUTER, z_mm=-126.0, y_mm=12.0)))
    return [
        Tissue(vault, TABLE_HU, _BONE_SUV),
        Tissue(Inset(vault, 2.0), DIPLOE_HU, _MARROW_SUV),
    ]


def _base() -> list[Tissue]:
    """Return the bone around the fossae: a table's thickness more than the cavity."""
    occiput = grown(POSTERIOR, 6.0)
    return [
        Tissue(occiput, TABLE_HU, _BONE_SUV),
        Tissue(Inset(occiput, 1.8), DIPLOE_HU, _MARROW_SUV),
        *both(grown(MIDDLE, 3.0), BONE_HU, _BONE_SUV),
        Tissue(_CLIVUS, BONE_HU, _BONE_SUV),
        Tissue(Inset(_CLIVUS, 1.8), DIPLOE_HU, _MARROW_SUV),
        *both(Ellipsoid((17.0, 34.0, -152.0), (6.0, 11.0, 6.0), (0.0, 0.0, -25.0)), BONE_HU, 0.8),
    ]


def _cavity() -> list[Tissue]:
    pieces: tuple[Shape, ...] = (UPPER, POSTERIOR, _CISTERN)
    return flat(
        (
            [Tissue(grown(piece, 1.8), TABLE_HU, _BONE_SUV) for piece in pieces[:2]],
            both(grown(MIDDLE, 1.8), TABLE_HU, _BONE_SUV),
            [Tissue(piece, _CSF_HU, _CSF_SUV) for piece in pieces],
            both(MIDDLE, _CSF_HU, _CSF_SUV),
            line(((0.0, 32.0, -142.0), (0.0, 42.0, -160.0)), (15.0, 14.0), _CSF_HU, _CSF_SUV),
        )
    )


def temporal_tissues() -> list[Tissue]:
    """Return the petrous pyramids with ear and canals and the mastoids, over the brain."""
    cells = Cells(_MASTOID, Waves(13.0, seed=11), 1.6)
    petrous_air = Cells(
        Ellipsoid((49.0, 18.0, -126.0), (9.0, 11.0, 9.0)), Waves(11.0, seed=12), 1.6
    )
    return flat(
        (
            both(_PETROUS, DENSE_HU, 0.7),
            both(Inset(_PETROUS, 4.0), 800.0, 0.9),
            both(_MASTOID, BONE_HU, 0.7),
            both(cells, AIR_HU, 0.3),
            both(petrous_air, AIR_HU, 0.3),
            both(Ellipsoid((38.0, 9.0, -124.0), (8.0, 8.0, 6.5)), DENSE_HU + 400.0, 0.7),
            both(Ellipsoid((36.0, 6.0, -124.0), (2.4, 2.4, 2.4)), 250.0, 0.7),
            rods(((33.0, 9.0, -124.0), (20.0, 11.0, -124.0)), (2.2, 3.6), 15.0, 0.9),
            rods(((78.0, 4.0, -129.0), (52.0, 6.0, -129.0)), (4.0, 3.4), AIR_HU, 0.1),
            both(Ellipsoid((47.5, 7.0, -127.0), (3.2, 5.0, 6.5)), AIR_HU, 0.1),
            rods(((39.0, 10.0, -144.0), (31.0, -4.0, -174.0)), (2.4, 1.4), BONE_HU, 0.6),
        )
    )
