"""What lies within the trunk, in the order in which it is painted; the pelvis comes after."""

from phantom.anatomy.belly import belly_tissues, cavity_tissues
from phantom.anatomy.build import Build
from phantom.anatomy.chest import chest_tissues
from phantom.anatomy.pelvis import pelvis_muscle_tissues
from phantom.anatomy.ribs import rib_tissues
from phantom.anatomy.shoulders import shoulder_tissues
from phantom.anatomy.tissue import Tissue
from phantom.anatomy.uptake import Uptake


def torso_tissues(build: Build, uptake: Uptake) -> list[Tissue]:
    """Return chest, belly and shoulders, on the muscles that the outline painted.

    The bones of the pelvis are painted after the muscles of the back, so they are not among
    these.
    """
    return [
        *chest_tissues(build, uptake),
        *cavity_tissues(uptake),
        *pelvis_muscle_tissues(uptake),
        *belly_tissues(build, uptake),
        *rib_tissues(uptake),
        *shoulder_tissues(build, uptake),
    ]
