"""The outline of trunk and thighs, the arms, and the muscles that lie under the fat."""

from phantom.anatomy.arms import limb_tissues, sleeve
from phantom.anatomy.build import Build
from phantom.anatomy.hips import hip_muscle_tissues
from phantom.anatomy.tissue import Tissue
from phantom.anatomy.tubes import bend
from phantom.anatomy.uptake import Uptake
from phantom.anatomy.wall import THIGH, TORSO, wall_muscle_tissues
from phantom.geometry.shapes import Ellipsoid, Loft, Shape

_SHOULDER = Ellipsoid((166.0, 34.0, -352.0), (53.0, 53.0, 54.0))
_RAISED_SHOULDER = Ellipsoid((158.0, 36.0, -338.0), (50.0, 50.0, 52.0))
# What fills the hollow between neck and shoulder in front, over the collar bone.
_YOKE = bend(
    ((44.0, 2.0, -324.0), (100.0, 10.0, -326.0), (160.0, 30.0, -334.0)), (34.0, 30.0, 36.0)
)
_BUTTOCK = Ellipsoid((72.0, 66.0, -870.0), (76.0, 62.0, 88.0))
_USUAL_FAT_MM = 7.0


def skin(build: Build) -> tuple[Shape, ...]:
    """Return solids whose union is trunk and thighs with their skin.

    Fat makes the trunk wider and pushes its front forwards; the back stays on the couch.
    """
    extra = 1.3 * (build.fat_mm - _USUAL_FAT_MM)
    thigh = THIGH.grown(0.6 * extra)
    torso = _forwards(TORSO.grown(extra), 0.7 * extra)
    shoulder = _RAISED_SHOULDER if build.arms_up else _SHOULDER
    sides: tuple[Shape, ...] = (thigh, shoulder, _BUTTOCK, *_YOKE)
    return (torso, *sides, *(side.mirrored() for side in sides))


def _forwards(stack: Loft, by_mm: float) -> Loft:
    rows = tuple((z, y - by_mm, a, b) for z, y, a, b in stack.rows)
    return Loft(rows, stack.centre_x_mm, stack.squareness)


def arm_tissues(build: Build, uptake: Uptake) -> list[Tissue]:
    """Return the arms' skin and fat, beside the head or beside the trunk."""
    return sleeve(build, uptake)


def trunk_muscle_tissues(build: Build, uptake: Uptake) -> list[Tissue]:
    """Return the muscles and bones of the limbs, and the muscles of the trunk's surface."""
    return [
        *limb_tissues(build, uptake),
        *wall_muscle_tissues(build, uptake),
        *hip_muscle_tissues(uptake),
    ]
