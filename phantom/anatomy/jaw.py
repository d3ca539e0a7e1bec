"""The bones of the lower face: cheekbones, maxilla, palate, pterygoid plates, mandible."""

from phantom.anatomy.skull import DIPLOE_HU, TABLE_HU, THIN_HU
from phantom.anatomy.tissue import BONE_HU, Tissue, both, flat, rods
from phantom.geometry.combine import Inset, Union
from phantom.geometry.shapes import Ellipsoid, rod
from phantom.geometry.solids import Hull, Wall

_BONE_SUV, _MARROW_SUV = 0.7, 1.1
_MARROW_HU = 220.0

_BODY = Wall(
    (
        (49.5, -13.0, -202.0, -165.0, 3.8),
        (47.5, -24.0, -208.0, -165.0, 4.2),
        (39.0, -38.0, -214.0, -188.0, 5.2),
        (31.5, -56.0, -220.0, -190.0, 5.6),
        (23.0, -71.0, -224.0, -190.0, 5.6),
        (12.0, -81.5, -227.0, -190.5, 5.8),
        (0.0, -84.5, -227.0, -191.0, 6.4),
    )
)
_RAMUS = Hull(
    (
        (47.0, -32.0, -170.0),
        (51.0, -32.0, -170.0),
        (47.0, -27.0, -196.0),
        (52.0, -27.0, -196.0),
        (48.0, -9.0, -194.0),
        (53.0, -9.0, -194.0),
        (49.0, -7.0, -158.0),
        (54.0, -7.0, -158.0),
        (49.0, -3.0, -146.0),
        (54.0, -4.0, -146.0),
        (47.0, -30.0, -154.0),
        (50.0, -30.0, -154.0),
    )
)
MANDIBLE = Union((_BODY.both_sides(), _RAMUS, _RAMUS.mirrored()))
_ALVEOLAR = Wall(
    (
        (27.0, -40.0, -173.0, -158.0, 6.6),
        (25.5, -52.0, -173.0, -158.0, 6.6),
        (22.0, -64.0, -173.0, -158.0, 5.8),
        (15.0, -74.0, -173.0, -156.0, 5.0),
        (7.5, -79.0, -173.0, -154.0, 4.6),
        (0.0, -80.5, -173.0, -154.0, 4.6),
    )
).both_sides()


def jaw_tissues() -> list[Tissue]:
    """Return cheekbones, upper jaw with palate, pterygoid plates, then the lower jaw."""
    return flat((_cheek(), _palate(), _pterygoid(), _mandible()))


def _cheek() -> list[Tissue]:
    body = Hull(
        (
            (38.0, -72.0, -128.0),
            (50.0, -62.0, -124.0),
            (54.0, -52.0, -130.0),
            (36.0, -70.0, -146.0),
            (50.0, -55.0, -146.0),
            (42.0, -66.0, -128.0),
            (46.0, -50.0, -134.0),
        )
    )
    arch = (
        (51.0, -57.0, -134.0),
        (60.0, -40.0, -136.0),
        (64.5, -20.0, -134.0),
        (62.0, 0.0, -131.0),
    )
    rim = ((50.0, -60.0, -126.0), (49.0, -62.0, -112.0), (47.0, -66.0, -99.0))
    return flat(
        (
            both(body, BONE_HU, _BONE_SUV),
            both(Inset(body, 2.2), DIPLOE_HU, _MARROW_SUV),
            rods(arch, (4.2, 3.0, 2.6, 3.6), TABLE_HU, _BONE_SUV),
            rods(rim, (3.6, 3.0, 4.2), TABLE_HU, _BONE_SUV),
        )
    )


def _palate() -> list[Tissue]:
    plate = Hull(
        tuple(
            (side * x, y, z)
            for side in (-1, 1)
            for x, y, z in (
                (17.0, -68.0, -160.0),
                (17.0, -68.0, -163.5),
                (17.0, -28.0, -160.5),
                (17.0, -28.0, -163.0),
                (8.0, -82.0, -158.0),
                (8.0, -82.0, -162.0),
            )
        )
    )
    return [
        Tissue(_ALVEOLAR, BONE_HU, _BONE_SUV),
        Tissue(Inset(_ALVEOLAR, 1.8), DIPLOE_HU - 60.0, _MARROW_SUV),
        Tissue(plate, BONE_HU, _BONE_SUV),
    ]


def _pterygoid() -> list[Tissue]:
    medial = Hull(
        tuple(
            (x + dx, y, z)
            for dx in (-1.0, 1.0)
            for x, y, z in (
                (15.5, -36.0, -132.0),
                (15.0, -24.0, -134.0),
                (16.0, -34.0, -160.0),
                (15.5, -26.0, -160.0),
            )
        )
    )
    lateral = Hull(
        tuple(
            (x + dx, y, z)
            for dx in (-1.0, 1.0)
            for x, y, z in (
                (20.0, -38.0, -130.0),
                (26.0, -22.0, -132.0),
                (20.0, -38.0, -157.0),
                (28.0, -24.0, -157.0),
            )
        )
    )
    wing = Hull(
        (
            (15.0, -40.0, -126.0),
            (16.0, -20.0, -128.0),
            (30.0, -24.0, -130.0),
            (40.0, -38.0, -122.0),
            (17.0, -36.0, -136.0),
            (27.0, -24.0, -134.0),
            (44.0, -44.0, -110.0),
        )
    )
    return flat(both(part, BONE_HU - 100.0, _BONE_SUV) for part in (wing, medial, lateral))


def _mandible() -> list[Tissue]:
    head = Ellipsoid((52.0, -1.0, -133.5), (8.5, 4.6, 5.2), (0.0, 0.0, -18.0))
    neck = rod(((51.5, -5.0, -152.0), (52.0, -2.0, -137.0)), (5.0, 4.2))
    coronoid = rod(((48.5, -25.0, -160.0), (48.5, -29.0, -140.0)), (4.6, 1.8))
    canal = ((48.0, -16.0, -170.0), (46.0, -26.0, -200.0), (38.0, -46.0, -211.0))
    return flat(
        (
            both(Union((head, *neck)), TABLE_HU, _BONE_SUV),
            both(Inset(head, 1.6), DIPLOE_HU, _MARROW_SUV),
            both(Union(coronoid), TABLE_HU, _BONE_SUV),
            [
                Tissue(MANDIBLE, TABLE_HU + 150.0, _BONE_SUV),
                Tissue(Inset(MANDIBLE, 2.4), _MARROW_HU, _MARROW_SUV),
            ],
            rods(canal, (1.3, 1.3, 1.3), THIN_HU - 600.0, 0.8),
        )
    )
