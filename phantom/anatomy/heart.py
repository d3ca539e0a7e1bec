"""Heart, great vessels of the chest, gullet and the fat between them."""

from phantom.anatomy.tissue import FAT_HU, SOFT_HU, Tissue
from phantom.anatomy.tubes import bend, filled
from phantom.anatomy.uptake import Uptake
from phantom.geometry.combine import Shell, Without
from phantom.geometry.shapes import Ellipsoid, Shape

# The long axis of the left ventricle points to the left, to the front and down.
_AXIS_DEGREES = (-33.0, -40.0, 0.0)
_VENTRICLE = Ellipsoid((46.0, -34.0, -494.0), (30.0, 30.0, 48.0), _AXIS_DEGREES)
_VALVE = Ellipsoid((20.0, -8.0, -462.0), (26.0, 26.0, 18.0), _AXIS_DEGREES)
_WALL_MM = 10.5


def heart_tissues(uptake: Uptake, *, blood_hu: float) -> list[Tissue]:
    """Return the heart in its fat."""
    muscle_hu = 50.0 + 0.35 * (blood_hu - 42.0)
    right = Ellipsoid((12.0, -48.0, -492.0), (38.0, 26.0, 36.0), (0.0, 12.0, -18.0))
    chambers: tuple[Shape, ...] = (
        Ellipsoid((-26.0, -18.0, -478.0), (24.0, 28.0, 34.0)),
        Ellipsoid((4.0, 14.0, -458.0), (36.0, 17.0, 24.0)),
        Ellipsoid(right.centre_mm, (34.0, 22.0, 32.0), right.turn_degrees),
    )
    cavity = Ellipsoid(
        _VENTRICLE.centre_mm,
        (30.0 - _WALL_MM, 30.0 - _WALL_MM, 48.0 - _WALL_MM),
        _AXIS_DEGREES,
    )
    sack = Ellipsoid((20.0, -28.0, -490.0), (63.0, 48.0, 50.0), (0.0, -20.0, -12.0))
    return [
        Tissue(sack, FAT_HU + 15.0, 0.5),
        Tissue(right, muscle_hu, 0.5 * (uptake.blood + uptake.heart)),
        *filled(chambers, blood_hu, uptake.blood),
        Tissue(_VENTRICLE, muscle_hu, uptake.blood),
        Tissue(Without(Shell(_VENTRICLE, _WALL_MM), _VALVE), muscle_hu, uptake.heart),
        Tissue(cavity, blood_hu, uptake.blood),
    ]


def vessel_tissues(uptake: Uptake, *, blood_hu: float) -> list[Tissue]:
    """Return aorta, pulmonary trunk, great veins and gullet, from the arch to the diaphragm."""
    blood = uptake.blood
    ascending = (
        (8.0, -18.0, -458.0),
        (-12.0, -26.0, -430.0),
        (-14.0, -20.0, -402.0),
        (-2.0, -6.0, -386.0),
        (14.0, 14.0, -384.0),
        (22.0, 34.0, -396.0),
        (24.0, 42.0, -430.0),
        (20.0, 42.0, -500.0),
        (8.0, 30.0, -570.0),
    )
    trunk = ((22.0, -36.0, -462.0), (22.0, -26.0, -432.0), (24.0, -6.0, -414.0))
    right_lung = ((22.0, -12.0, -418.0), (-8.0, -4.0, -424.0), (-46.0, 10.0, -430.0))
    left_lung = ((24.0, -6.0, -414.0), (40.0, 14.0, -414.0), (54.0, 22.0, -428.0))
    cava = ((-18.0, -14.0, -372.0), (-20.0, -14.0, -420.0), (-24.0, -14.0, -466.0))
    crossing = ((24.0, -18.0, -342.0), (4.0, -24.0, -356.0), (-17.0, -14.0, -374.0))
    short = ((-22.0, -16.0, -340.0), (-18.0, -14.0, -374.0))
    branch_right = ((-6.0, -10.0, -388.0), (-12.0, 2.0, -356.0), (-24.0, 16.0, -332.0))
    branch_left = ((20.0, 20.0, -386.0), (22.0, 20.0, -350.0), (26.0, 18.0, -332.0))
    carotid = ((8.0, 4.0, -384.0), (14.0, 4.0, -348.0))
    veins = ((48.0, 24.0, -456.0), (4.0, 16.0, -458.0), (-46.0, 24.0, -456.0))
    gullet = ((0.0, 28.0, -332.0), (4.0, 34.0, -400.0), (6.0, 32.0, -480.0), (18.0, 10.0, -556.0))
    pipes = (
        (veins, (6.0,)),
        (cava, (9.5, 10.0, 11.0)),
        (crossing, (7.0, 7.5, 8.0)),
        (short, (7.5, 8.5)),
        (branch_right, (6.5, 6.0, 5.0)),
        (branch_left, (5.0,)),
        (carotid, (4.5, 4.0)),
        (trunk, (14.0, 14.0, 12.0)),
        (right_lung, (10.0, 10.0, 7.0)),
        (left_lung, (11.0, 10.0, 8.0)),
        (ascending, (16.0, 16.0, 15.0, 14.0, 13.0, 12.5, 12.0, 12.0, 11.0)),
    )
    return [
        *filled(bend(gullet, (6.5, 7.0, 8.0, 7.0)), SOFT_HU, 1.2),
        *(t for path, radii in pipes for t in filled(bend(path, radii), blood_hu, blood)),
    ]
