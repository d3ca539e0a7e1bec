"""The shoulder girdle: collar bone, shoulder blade, head of the arm, and their muscles."""

from phantom.anatomy.arms import humerus_tissues
from phantom.anatomy.build import Build
from phantom.anatomy.tissue import FAT_HU, MUSCLE_HU, Tissue, both, flat
from phantom.anatomy.tubes import Points, bend, filled, mirrored, narrowed, paired, sheet
from phantom.anatomy.uptake import Uptake
from phantom.anatomy.wall import CAGE_MM, CHEST
from phantom.geometry.combine import Common, Shell
from phantom.geometry.shapes import Ellipsoid, Strand

_HEAD = Ellipsoid((164.0, 34.0, -342.0), (23.0, 23.0, 24.0))
_COLLAR: Points = (
    (16.0, -40.0, -341.0),
    (48.0, -36.0, -331.0),
    (92.0, -16.0, -322.0),
    (128.0, 8.0, -316.0),
    (158.0, 26.0, -314.0),
    (176.0, 30.0, -314.0),
)
# Height, centre x, centre y, half width and turn of the blade's cross-section.
_BLADE = (
    (-472.0, 92.0, 99.0, 7.0, -44.0),
    (-440.0, 97.0, 94.0, 18.0, -42.0),
    (-400.0, 104.0, 88.0, 34.0, -40.0),
    (-362.0, 106.0, 80.0, 44.0, -38.0),
    (-336.0, 100.0, 80.0, 36.0, -36.0),
    (-318.0, 84.0, 86.0, 14.0, -36.0),
)


def shoulder_tissues(build: Build, uptake: Uptake) -> list[Tissue]:
    """Return the muscles around the shoulder, then its vessels and nerves, then its bones."""
    return flat(
        (
            _muscles(build, uptake.muscle),
            _vessels(build, uptake.blood),
            humerus_tissues(build, 0.7 * uptake.marrow),
            _bones(0.7 * uptake.marrow),
        )
    )


def _slab(*, out: float, back: float, width: float, half: float) -> Strand:
    """Return a layer along the blade, `out` and `back` from it."""
    return Strand(
        tuple((z, x + out, y + back, width * a, half, turn) for z, x, y, a, turn in _BLADE)
    )


def _muscles(build: Build, muscle: float) -> list[Tissue]:
    supraspinatus = ((82.0, 82.0, -326.0), (118.0, 66.0, -324.0), (160.0, 40.0, -319.0))
    levator = ((66.0, 62.0, -300.0), (110.0, 60.0, -305.0), (156.0, 46.0, -308.0))
    rhomboid = ((14.0, 104.0, -345.0), (60.0, 104.0, -395.0), (80.0, 102.0, -430.0))
    subclavius = ((26.0, -26.0, -346.0), (80.0, -8.0, -334.0), (126.0, 14.0, -326.0))
    omohyoid = ((34.0, -8.0, -296.0), (64.0, 12.0, -306.0), (112.0, 56.0, -318.0))
    rim = Ellipsoid((92.0, 44.0, -352.0), (44.0, 46.0, 40.0))
    axilla = Ellipsoid((136.0, 8.0, -400.0), (26.0, 24.0, 42.0))
    return flat(
        (
            both(axilla, FAT_HU, 0.3),
            both(sheet(CHEST.grown(CAGE_MM + 9.0), 7.0, rim), MUSCLE_HU, muscle),
            paired(subclavius, (4.0, 5.5, 4.5), MUSCLE_HU, muscle),
            paired(omohyoid, (3.0,), MUSCLE_HU, muscle),
            paired(rhomboid, (4.0,), MUSCLE_HU, muscle),
            both(_slab(out=-7.0, back=-9.0, width=0.92, half=7.0), MUSCLE_HU, muscle),
            both(_slab(out=6.0, back=8.5, width=0.88, half=7.0), MUSCLE_HU, muscle),
            paired(supraspinatus, (9.0, 13.0, 7.0), MUSCLE_HU, muscle),
            paired(levator, (7.0, 8.0, 6.0), MUSCLE_HU, muscle),
            both(Shell(Ellipsoid(_HEAD.centre_mm, (29.0, 29.0, 30.0)), 5.0), MUSCLE_HU, muscle),
            both(_deltoid(build), MUSCLE_HU, muscle),
        )
    )


def _deltoid(build: Build) -> Common:
    """Return the muscle that covers the joint, along the arm whether that hangs or is raised."""
    if build.arms_up:
        cap = Ellipsoid((168.0, 36.0, -300.0), (44.0, 42.0, 72.0), (0.0, 10.0, 0.0))
        side = Ellipsoid((212.0, 36.0, -300.0), (48.0, 80.0, 84.0))
    else:
        cap = Ellipsoid((164.0, 35.0, -374.0), (50.0, 47.0, 76.0))
        side = Ellipsoid((212.0, 35.0, -374.0), (50.0, 90.0, 84.0))
    return Common((Shell(cap, 15.0), side))


def _vessels(build: Build, blood: float) -> list[Tissue]:
    hu = 165.0 if build.contrast else 42.0
    artery = (
        (24.0, 18.0, -334.0),
        (44.0, 16.0, -318.0),
        (80.0, 8.0, -326.0),
        (118.0, 8.0, -356.0),
        (146.0, 16.0, -400.0),
        (176.0, 34.0, -460.0),
    )
    vein = (
        (22.0, -16.0, -340.0),
        (52.0, -12.0, -330.0),
        (92.0, -6.0, -338.0),
        (122.0, -2.0, -366.0),
        (144.0, 8.0, -408.0),
    )
    plexus = ((34.0, 26.0, -306.0), (72.0, 18.0, -318.0), (122.0, 16.0, -354.0))
    return [
        *paired(plexus, (3.5, 4.5, 3.5), 32.0, 0.7),
        *paired(vein, (7.0, 7.0, 5.5, 4.5, 3.5), hu, blood),
        *paired(artery, (5.0, 5.0, 4.0, 3.3, 2.7, 2.0), hu, blood),
    ]


def _bones(marrow: float) -> list[Tissue]:
    spine = (
        (76.0, 101.0, -350.0),
        (108.0, 94.0, -340.0),
        (142.0, 76.0, -326.0),
        (172.0, 52.0, -315.0),
    )
    border = ((138.0, 48.0, -362.0), (118.0, 76.0, -410.0), (92.0, 99.0, -468.0))
    coracoid = ((134.0, 40.0, -334.0), (132.0, 20.0, -328.0), (142.0, 4.0, -338.0))
    neck = ((124.0, 62.0, -350.0), (139.0, 44.0, -344.0))
    collar = bend(_COLLAR, (9.0, 6.5, 5.5, 6.0, 7.0, 5.5))
    collars = (*collar, *mirrored(collar))
    cup = Ellipsoid((141.0, 42.0, -344.0), (5.0, 12.0, 17.0), (0.0, 0.0, -38.0))
    shaft = ((168.0, 35.0, -350.0), (178.0, 38.0, -380.0))
    return flat(
        (
            both(_slab(out=0.0, back=0.0, width=1.0, half=3.2), 480.0, 0.8 * marrow),
            paired(border, (6.0, 5.0, 4.5), 450.0, marrow),
            paired(spine, (3.5, 4.5, 5.5, 7.0), 480.0, marrow),
            both(Ellipsoid((176.0, 42.0, -313.0), (13.0, 17.0, 5.0)), 480.0, marrow),
            paired(coracoid, (6.0, 5.5, 5.0), 450.0, marrow),
            paired(neck, (7.0, 10.0), 380.0, marrow),
            both(cup, 520.0, marrow),
            filled(collars, 650.0, 0.8 * marrow),
            filled(narrowed(collars, 3.0), 260.0, marrow),
            paired(shaft, (19.0, 15.0), 600.0, 0.5 * marrow),
            both(_HEAD, 620.0, marrow),
            paired(shaft, (15.0, 10.0), 120.0, 0.8 * marrow),
            both(Ellipsoid(_HEAD.centre_mm, (19.5, 19.5, 20.5)), 200.0, marrow),
        )
    )
