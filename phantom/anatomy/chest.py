"""The inside of the chest: fat, lungs, heart and great vessels."""

from phantom.anatomy.build import Build
from phantom.anatomy.heart import heart_tissues, vessel_tissues
from phantom.anatomy.lungs import lung_tissues
from phantom.anatomy.tissue import FAT_HU, MUSCLE_HU, Tissue
from phantom.anatomy.uptake import Uptake
from phantom.anatomy.wall import CHEST
from phantom.geometry.shapes import Loft

BLOOD_HU, BRIGHT_BLOOD_HU = 42.0, 165.0
_BESIDE_SPINE = Loft(
    ((-645.0, 92.0, 32.0, 12.0), (-400.0, 95.0, 27.0, 11.0), (-322.0, 84.0, 25.0, 11.0)),
    squareness=0.4,
)


def blood_hu(build: Build) -> float:
    """Return the HU of blood, brighter with contrast."""
    return BRIGHT_BLOOD_HU if build.contrast else BLOOD_HU


def chest_tissues(build: Build, uptake: Uptake) -> list[Tissue]:
    """Return what lies within the ribs and above the diaphragm."""
    blood = blood_hu(build)
    return [
        Tissue(CHEST, FAT_HU + 8.0, 0.5),
        *lung_tissues(uptake, blood_hu=blood),
        Tissue(_BESIDE_SPINE, MUSCLE_HU, uptake.muscle),
        *heart_tissues(uptake, blood_hu=blood),
        *vessel_tissues(uptake, blood_hu=blood),
    ]
