"""The arms: skin, fat, flexors and extensors, the long bones, the elbow."""

from phantom.anatomy.build import Build
from phantom.anatomy.tissue import BONE_HU, FAT_HU, MUSCLE_HU, Tissue, both, flat
from phantom.anatomy.tubes import Points, bend, filled, mirrored, narrowed, paired
from phantom.anatomy.uptake import Uptake
from phantom.geometry.shapes import Ellipsoid

_SKIN_MM = 2.5
_SKIN_HU, _SKIN_SUV = 10.0, 0.5
_MARROW_HU = -20.0
_DOWN: Points = (
    (170.0, 36.0, -350.0),
    (188.0, 42.0, -440.0),
    (202.0, 48.0, -545.0),
    (214.0, 50.0, -640.0),
    (219.0, 40.0, -700.0),
    (221.0, 20.0, -790.0),
    (220.0, 0.0, -880.0),
    (216.0, -8.0, -945.0),
)
_UP: Points = (
    (168.0, 36.0, -340.0),
    (192.0, 36.0, -280.0),
    (210.0, 32.0, -180.0),
    (222.0, 22.0, -60.0),
    (214.0, 8.0, -15.0),
    (176.0, -12.0, 35.0),
    (120.0, -30.0, 80.0),
    (70.0, -40.0, 110.0),
)
_RADII = (46.0, 46.0, 42.0, 36.0, 38.0, 32.0, 25.0, 24.0)
_ELBOW = 3


def _path(build: Build) -> Points:
    return _UP if build.arms_up else _DOWN


def _beside(points: Points, *, out: float, back: float) -> Points:
    """Move a path outwards (along x) and to the back."""
    return tuple((x + out, y + back, z) for x, y, z in points)


def sleeve(build: Build, uptake: Uptake) -> list[Tissue]:
    """Return the skin of the arms and the fat under it."""
    arm = bend(_path(build), _RADII, step_mm=40.0)
    sides = (*arm, *mirrored(arm))
    return [
        *filled(sides, _SKIN_HU, _SKIN_SUV),
        *filled(narrowed(sides, _SKIN_MM), FAT_HU, uptake.fat),
    ]


def limb_tissues(build: Build, uptake: Uptake) -> list[Tissue]:
    """Return muscle and forearms, on fat where the skin of the shoulder crossed the arm."""
    path = _path(build)
    arm = bend(path, _RADII, step_mm=40.0)
    upper, lower = path[: _ELBOW + 1], path[_ELBOW:]
    fat = narrowed((*arm, *mirrored(arm)), _SKIN_MM)
    return flat(
        (
            filled(fat, FAT_HU, uptake.fat),
            _muscles(upper, lower, uptake.muscle, spread=1.0 - 0.03 * (build.fat_mm - 7.0)),
            _forearms(lower),
        )
    )


def _muscles(upper: Points, lower: Points, muscle: float, *, spread: float) -> list[Tissue]:
    groups = (
        (_beside(upper, out=-3.0, back=-15.0), (8.0, 20.0, 22.0, 12.0)),
        (_beside(upper, out=3.0, back=14.0), (10.0, 22.0, 22.0, 15.0)),
        (_beside(lower, out=-11.0, back=-4.0), (14.0, 19.0, 16.0, 8.0, 6.0)),
        (_beside(lower, out=12.0, back=2.0), (14.0, 17.0, 14.0, 7.0, 6.0)),
    )
    return flat(
        paired(points, tuple(spread * r for r in radii), MUSCLE_HU, muscle, step_mm=40.0)
        for points, radii in groups
    )


def humerus_tissues(build: Build, marrow: float) -> list[Tissue]:
    """Return the shafts of the upper arms, to be painted after the shoulders' muscles."""
    line = _beside(_path(build)[: _ELBOW + 1], out=-1.0, back=0.0)
    shaft = bend(line, (14.0, 11.0, 10.5, 12.0), step_mm=40.0)
    sides = (*shaft, *mirrored(shaft))
    return [
        *filled(sides, BONE_HU, 0.3),
        *filled(narrowed(sides, 5.0), _MARROW_HU, 0.4 * marrow),
    ]


def _forearms(lower: Points) -> list[Tissue]:
    condyles = Ellipsoid(lower[0], (26.0, 12.0, 15.0))
    radius, ulna = _beside(lower, out=9.0, back=-3.0), _beside(lower, out=-8.0, back=4.0)
    return flat(
        (
            both(condyles, 420.0, 0.3),
            paired(radius, (10.0, 7.0, 6.5, 8.0, 10.0), 700.0, 0.3, step_mm=40.0),
            paired(ulna, (11.0, 8.0, 6.0, 5.0, 4.0), 700.0, 0.3, step_mm=40.0),
        )
    )
