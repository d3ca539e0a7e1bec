"""The outline of the body: what is skin and fat before anything else is painted."""

from phantom.anatomy.build import Build
from phantom.anatomy.tissue import FAT_HU, MUSCLE_HU, SOFT_HU, Tissue, both, flat, rods
from phantom.anatomy.uptake import Uptake
from phantom.shapes import Ellipsoid, Loft, Shape

CRANIUM = Ellipsoid((0.0, 5.0, -82.0), (76.0, 96.0, 82.0))
FACE = Loft(
    (
        (-237.0, -52.0, 16.0, 20.0),
        (-228.0, -49.0, 32.0, 36.0),
        (-205.0, -44.0, 51.0, 49.0),
        (-170.0, -40.0, 63.0, 55.0),
        (-130.0, -40.0, 68.0, 57.0),
        (-80.0, -36.0, 70.0, 54.0),
    ),
    squareness=0.5,
)
NECK = Loft(
    (
        (-325.0, 24.0, 95.0, 66.0),
        (-300.0, 25.0, 78.0, 62.0),
        (-280.0, 22.0, 64.0, 58.0),
        (-240.0, 20.0, 59.0, 56.0),
        (-200.0, 24.0, 60.0, 56.0),
        (-150.0, 32.0, 64.0, 56.0),
        (-110.0, 36.0, 62.0, 54.0),
    )
)
TORSO = Loft(
    (
        (-965.0, 4.0, 174.0, 105.0),
        (-920.0, 4.0, 180.0, 108.0),
        (-850.0, 5.0, 174.0, 110.0),
        (-740.0, 5.0, 152.0, 106.0),
        (-660.0, 5.0, 155.0, 108.0),
        (-560.0, 8.0, 162.0, 114.0),
        (-460.0, 10.0, 168.0, 114.0),
        (-400.0, 14.0, 182.0, 106.0),
        (-360.0, 22.0, 200.0, 92.0),
        (-332.0, 28.0, 192.0, 78.0),
        (-312.0, 34.0, 158.0, 68.0),
        (-298.0, 32.0, 112.0, 62.0),
        (-286.0, 30.0, 66.0, 54.0),
    ),
    squareness=0.72,
)
THIGH = Loft(
    ((-1250.0, 6.0, 70.0, 74.0), (-960.0, 6.0, 86.0, 92.0), (-930.0, 6.0, 86.0, 92.0)),
    centre_x_mm=88.0,
)
NOSE = Ellipsoid((0.0, -97.0, -142.0), (13.0, 16.0, 24.0))
SLOPE = ((36.0, 48.0, -240.0), (75.0, 48.0, -284.0), (130.0, 42.0, -325.0))
EAR = Ellipsoid((76.0, 12.0, -125.0), (6.0, 14.0, 28.0))


def _arms(build: Build, fat_suv: float, muscle_suv: float) -> list[Tissue]:
    if build.arms_up:
        points = ((185.0, 35.0, -335.0), (205.0, 30.0, -180.0), (150.0, 20.0, 60.0))
    else:
        points = ((190.0, 35.0, -340.0), (215.0, 40.0, -600.0), (215.0, 10.0, -860.0))
    return flat(
        (
            rods(points, (52.0, 42.0, 34.0), FAT_HU, fat_suv),
            rods(points, (45.0, 34.0, 27.0), MUSCLE_HU, muscle_suv),
            rods(points, (12.0, 11.0, 10.0), 800.0, 0.6),
        )
    )


def outline_tissues(build: Build, uptake: Uptake, swellings: tuple[Shape, ...]) -> list[Tissue]:
    """Return skin, fat and the torso's muscle.

    Parameters
    ----------
    build : Build
        Gives the thickness of the fat and the arms' position.
    uptake : Uptake
        Gives the SUV.
    swellings : tuple of Shape
        Where a large lesion pushes the skin outwards.
    """
    tissues = _arms(build, uptake.fat, uptake.muscle)
    solids: tuple[Shape, ...] = (CRANIUM, FACE, NECK, TORSO, NOSE, *swellings)
    skins = [Tissue(solid, 10.0, 0.5) for solid in solids]
    skins += both(EAR, 20.0, 0.5) + both(THIGH, 10.0, 0.5)
    skins += rods(SLOPE, (18.0, 22.0, 28.0), 10.0, 0.5)
    tissues += skins
    fats: tuple[Shape, ...] = (FACE.grown(-2.5), NECK.grown(-2.5), TORSO.grown(-2.5), *swellings)
    tissues += [Tissue(solid, FAT_HU, uptake.fat) for solid in fats]
    tissues += rods(SLOPE, (15.5, 19.5, 25.5), FAT_HU, uptake.fat)
    tissues += both(THIGH.grown(-2.5), FAT_HU, uptake.fat)
    tissues.append(Tissue(Ellipsoid((0.0, 5.0, -82.0), (73.0, 93.0, 79.0)), SOFT_HU, 0.6))
    tissues += both(THIGH.grown(-2.0 - 1.5 * build.fat_mm), MUSCLE_HU, uptake.muscle)
    tissues.append(Tissue(TORSO.grown(-2.0 - 1.5 * build.fat_mm), MUSCLE_HU, uptake.muscle))
    return tissues
