"""All of the head above the mouth, in the order in which it is painted."""

from phantom.anatomy.brain import brain_tissues
from phantom.anatomy.chewing import chewing_tissues
from phantom.anatomy.jaw import jaw_tissues
from phantom.anatomy.nose import nose_tissues
from phantom.anatomy.orbit import orbit_tissues
from phantom.anatomy.skull import skull_tissues, temporal_tissues
from phantom.anatomy.tissue import Tissue, flat
from phantom.anatomy.uptake import Uptake


def head_tissues(uptake: Uptake) -> list[Tissue]:
    """Return the head's tissues: muscles, skull and brain, then face bones over them, air last."""
    return flat(
        (
            chewing_tissues(uptake),
            skull_tissues(),
            brain_tissues(uptake),
            temporal_tissues(),
            jaw_tissues(),
            orbit_tissues(uptake),
            nose_tissues(),
        )
    )
