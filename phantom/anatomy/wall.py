"""The trunk's surface, the cavities of chest and belly, and the muscle sheets around them."""

from phantom.anatomy.build import Build
from phantom.anatomy.tissue import FAT_HU, MUSCLE_HU, Tissue, both, flat
from phantom.anatomy.tubes import paired, sheet
from phantom.anatomy.uptake import Uptake
from phantom.geometry.combine import Clipped, Inset, Without
from phantom.geometry.shapes import Ellipsoid, Loft

TORSO = Loft(
    (
        (-962.0, 14.0, 120.0, 30.0),
        (-945.0, 12.0, 150.0, 74.0),
        (-925.0, 10.0, 174.0, 98.0),
        (-850.0, 10.0, 181.0, 110.0),
        (-780.0, 8.0, 174.0, 110.0),
        (-720.0, 7.0, 158.0, 109.0),
        (-650.0, 8.0, 149.0, 110.0),
        (-540.0, 11.0, 153.0, 112.0),
        (-460.0, 13.0, 160.0, 110.0),
        (-400.0, 19.0, 164.0, 103.0),
        (-360.0, 25.0, 160.0, 88.0),
        (-332.0, 31.0, 150.0, 74.0),
        (-314.0, 35.0, 146.0, 66.0),
        (-300.0, 34.0, 112.0, 62.0),
        (-286.0, 31.0, 62.0, 56.0),
    ),
    squareness=0.62,
)
THIGH = Loft(
    (
        (-1260.0, 10.0, 64.0, 68.0),
        (-1060.0, 6.0, 80.0, 84.0),
        (-960.0, 6.0, 88.0, 92.0),
        (-925.0, 8.0, 86.0, 96.0),
        (-890.0, 8.0, 84.0, 90.0),
    ),
    centre_x_mm=90.0,
)
CHEST = Loft(
    (
        (-640.0, 6.0, 122.0, 82.0),
        (-570.0, 10.0, 129.0, 86.0),
        (-520.0, 12.0, 130.0, 86.0),
        (-460.0, 15.0, 127.0, 83.0),
        (-410.0, 21.0, 118.0, 74.0),
        (-370.0, 29.0, 102.0, 61.0),
        (-335.0, 40.0, 76.0, 46.0),
        (-312.0, 48.0, 48.0, 34.0),
        (-298.0, 50.0, 30.0, 24.0),
    ),
    squareness=0.35,
)
"""Inner surface of the ribs."""
CAGE_MM = 10.0
BELLY = Loft(
    (
        (-925.0, -6.0, 40.0, 42.0),
        (-880.0, -8.0, 66.0, 56.0),
        (-830.0, -8.0, 92.0, 68.0),
        (-780.0, -10.0, 112.0, 74.0),
        (-710.0, -10.0, 122.0, 74.0),
        (-640.0, -8.0, 120.0, 76.0),
        (-580.0, -2.0, 122.0, 80.0),
        (-556.0, 2.0, 112.0, 76.0),
        (-536.0, 4.0, 60.0, 50.0),
    ),
    squareness=0.5,
)
"""Inner surface of the wall of the belly."""
BELLY_WALL_MM = 11.0
UNDER_FAT_MM = 11.0

_SURFACE = Inset(TORSO, UNDER_FAT_MM)


def wall_muscle_tissues(build: Build, uptake: Uptake) -> list[Tissue]:
    """Return the muscles around ribs and belly, inside out."""
    muscle = uptake.muscle
    wall = Clipped(BELLY.grown(BELLY_WALL_MM), z_mm=-905.0)
    oblique = Without(wall, Ellipsoid((0.0, 70.0, -700.0), (60.0, 60.0, 400.0)))
    return flat(
        (
            [Tissue(oblique, MUSCLE_HU, muscle)],
            _rectus(muscle),
            [Tissue(CHEST.grown(CAGE_MM), MUSCLE_HU, muscle)],
            _back(build, muscle),
            _pectorals(build, muscle),
        )
    )


def _rectus(muscle: float) -> list[Tissue]:
    # A line of fat on each side parts the straight muscle from the oblique ones.
    seam = ((60.0, -86.0, -560.0), (62.0, -88.0, -700.0), (46.0, -80.0, -820.0))
    strap = ((32.0, -86.0, -545.0), (33.0, -89.0, -640.0), (31.0, -88.0, -740.0))
    low = (strap[-1], (22.0, -78.0, -830.0), (10.0, -66.0, -880.0))
    return [
        *paired(seam, (4.0,), FAT_HU, 0.3, step_mm=30.0),
        *paired(strap, (6.0,), MUSCLE_HU, muscle, step_mm=40.0),
        *paired(low, (6.0, 6.0, 5.0), MUSCLE_HU, muscle, step_mm=40.0),
        *(
            tissue
            for x in (14.0, 23.0, 41.0, 50.0)
            for tissue in paired(
                ((x, -86.0, -550.0), (x, -89.0, -650.0), (0.8 * x, -86.0, -760.0)),
                (5.5,),
                MUSCLE_HU,
                muscle,
                step_mm=40.0,
            )
        ),
    ]


def _back(build: Build, muscle: float) -> list[Tissue]:
    trapezius = Ellipsoid((44.0, 118.0, -375.0), (62.0, 60.0, 110.0), (0.0, -14.0, 0.0))
    broad = Ellipsoid((110.0, 70.0, -540.0), (72.0, 62.0, 118.0), (0.0, 10.0, 0.0))
    if build.arms_up:
        teres = ((98.0, 98.0, -462.0), (136.0, 72.0, -412.0), (164.0, 38.0, -356.0))
    else:
        teres = ((96.0, 98.0, -462.0), (146.0, 66.0, -425.0), (172.0, 36.0, -396.0))
    serratus = Ellipsoid((150.0, 0.0, -470.0), (50.0, 62.0, 85.0))
    return flat(
        (
            both(sheet(CHEST.grown(CAGE_MM + 9.0), 7.0, serratus), MUSCLE_HU, muscle),
            both(sheet(_SURFACE, 8.0, broad), MUSCLE_HU, muscle),
            both(sheet(_SURFACE, 8.0, trapezius), MUSCLE_HU, muscle),
            paired(teres, (10.0, 14.0, 9.0), MUSCLE_HU, muscle),
        )
    )


def _pectorals(build: Build, muscle: float) -> list[Tissue]:
    breast = Ellipsoid((80.0, -62.0, -392.0), (76.0, 76.0, 70.0), (0.0, 12.0, 0.0))
    if build.arms_up:
        arm = ((110.0, -42.0, -384.0), (140.0, -12.0, -362.0), (166.0, 14.0, -336.0))
    else:
        arm = ((112.0, -44.0, -388.0), (146.0, -8.0, -376.0), (172.0, 16.0, -385.0))
    minor = ((100.0, -56.0, -436.0), (122.0, -26.0, -385.0), (138.0, 6.0, -342.0))
    return flat(
        (
            paired(minor, (6.0, 8.0, 4.0), MUSCLE_HU, muscle),
            both(sheet(_SURFACE, 13.0, breast), MUSCLE_HU, muscle),
            paired(arm, (13.0, 14.0, 8.0), MUSCLE_HU, muscle),
        )
    )
