"""The larynx: hyoid, cartilages, cords, the fat between them, and the epiglottis."""

from phantom.anatomy.tissue import FAT_HU, MUSCLE_HU, SOFT_HU, Tissue, both, flat, line, rods
from phantom.anatomy.uptake import Uptake
from phantom.geometry.combine import Without
from phantom.geometry.shapes import Ellipsoid, Loft, Strand

_CARTILAGE_HU, _OSSIFIED_HU = 150.0, 210.0
_WALL_SUV = 1.2
_CORD_RECOVERY = 0.58
"""Share of the cords' uptake that a scanner's blur leaves: they are thin and beside air."""

_BLOCK = Loft(
    (
        (-284.0, -8.0, 12.0, 13.0),
        (-272.0, -8.5, 16.0, 17.0),
        (-255.0, -9.5, 20.0, 20.0),
        (-240.0, -7.5, 20.5, 18.0),
        (-226.0, -3.0, 19.0, 13.0),
    )
)
_PREEPIGLOTTIC = Ellipsoid((0.0, -23.5, -238.0), (14.0, 6.0, 10.0), (12.0, 0.0, 0.0))
_PARAGLOTTIC = Strand(
    (
        (-260.0, 9.0, -12.5, 8.0, 1.3, 62.0),
        (-252.0, 9.5, -13.0, 10.0, 1.8, 62.0),
        (-243.0, 9.5, -16.5, 8.0, 2.0, 58.0),
    )
)
_PLATE = Strand(
    (
        (-268.5, 11.5, -11.0, 13.0, 1.5, 61.0),
        (-262.0, 10.6, -14.0, 18.0, 1.7, 61.0),
        (-247.0, 11.2, -14.0, 18.5, 1.7, 61.0),
        (-239.0, 14.0, -9.0, 13.0, 1.2, 62.0),
    )
)
_UPPER_HORN = ((19.5, 3.0, -244.0), (20.0, 4.0, -236.0), (20.5, 1.0, -229.0))
_LOWER_HORN = ((18.5, 1.5, -262.0), (14.5, 1.0, -273.0))
_HYOID = ((22.0, -1.0, -226.0), (19.5, -14.0, -228.5), (13.0, -28.0, -231.0), (0.0, -33.5, -232.0))
_SIGNET = Ellipsoid((0.0, 1.0, -268.5), (10.5, 3.0, 10.5), (-4.0, 0.0, 0.0))
_RING = Without(
    Loft(((-281.0, -10.0, 12.3, 13.3), (-271.0, -10.0, 12.6, 13.5))),
    Loft(((-283.0, -11.2, 9.2, 10.6), (-269.0, -11.2, 9.2, 10.6))),
)
_ARYTENOID = Ellipsoid((5.5, -2.5, -256.0), (2.4, 3.0, 5.5), (8.0, 0.0, 0.0))
_CORD = Ellipsoid((5.8, -14.5, -263.0), (3.8, 11.0, 3.2), (0.0, 0.0, -12.0))
_OPENER = Ellipsoid((5.5, 4.6, -267.0), (4.5, 1.8, 7.0))
"""The muscle behind the cricoid that opens the cords and works with them."""
_FALSE_CORD = Ellipsoid((6.6, -13.5, -256.0), (3.4, 9.0, 2.6), (0.0, 0.0, -12.0))
_LEAF_ROWS = (
    (-250.0, -15.5, 4.0, 6.5),
    (-240.0, -11.0, 8.5, 8.0),
    (-232.0, -7.0, 11.0, 9.0),
    (-224.0, -3.0, 12.5, 9.0),
    (-218.0, 0.0, 11.0, 8.0),
    (-212.5, 2.5, 7.5, 7.0),
)
_LEAF = Without(Loft(_LEAF_ROWS), Loft(tuple((z, y + 4.0, a, b) for z, y, a, b in _LEAF_ROWS)))
"""The epiglottis: a leaf bent backwards, its stalk behind the thyroid notch."""
_FOLD = Strand(
    (
        (-254.0, 7.0, -4.0, 6.0, 2.8, 105.0),
        (-240.0, 10.0, -6.0, 7.0, 2.5, 105.0),
        (-227.0, 12.0, -7.0, 4.0, 2.0, 100.0),
    )
)


def larynx_tissues(uptake: Uptake) -> list[Tissue]:
    """Return the larynx around its air, which is painted later."""
    soft = uptake.muscle + 0.4
    left, right = (side / _CORD_RECOVERY for side in uptake.cords)
    return flat(
        (
            [Tissue(_BLOCK, MUSCLE_HU, soft), Tissue(_PREEPIGLOTTIC, -80.0, 0.5)],
            both(_PARAGLOTTIC, 0.5 * FAT_HU, 0.6),
            both(_FALSE_CORD, SOFT_HU, 1.3),
            both(_CORD, MUSCLE_HU, (left, right)),
            both(_PLATE, _CARTILAGE_HU, 0.6),
            rods(_UPPER_HORN, (2.3, 2.0, 1.7), _OSSIFIED_HU, 0.6),
            rods(_LOWER_HORN, (2.3, 2.0), _OSSIFIED_HU, 0.6),
            [Tissue(_SIGNET, _OSSIFIED_HU, 0.6), Tissue(_RING, _CARTILAGE_HU, 0.6)],
            both(_ARYTENOID, _OSSIFIED_HU, 0.8),
            both(_OPENER, MUSCLE_HU, (0.6 * left, 0.6 * right)),
            rods(_HYOID, (1.8, 2.3, 2.8, 3.6), 480.0, 0.8),
        )
    )


def epiglottis_tissues() -> list[Tissue]:
    """Return what stands up in the air: epiglottis and aryepiglottic folds."""
    return [
        Tissue(_LEAF, SOFT_HU + 15.0, _WALL_SUV),
        *line(((0.0, -17.5, -222.0), (0.0, -15.0, -230.0)), (1.2, 1.8), SOFT_HU, _WALL_SUV),
        *both(_FOLD, SOFT_HU, _WALL_SUV),
    ]
