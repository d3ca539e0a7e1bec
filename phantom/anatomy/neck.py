"""The neck between skull base and collar bones: its outline and what lies in it."""

from phantom.anatomy.airway import airway_tissues, pharynx_wall_tissues
from phantom.anatomy.brown_fat import brown_fat_tissues
from phantom.anatomy.build import Build
from phantom.anatomy.glands import gland_tissues
from phantom.anatomy.larynx import larynx_tissues
from phantom.anatomy.muscles import neck_muscle_tissues
from phantom.anatomy.tissue import Tissue
from phantom.anatomy.uptake import Uptake
from phantom.anatomy.vessels import neck_vessel_tissues
from phantom.geometry.shapes import Loft, Shape, rod

NECK = Loft(
    (
        (-325.0, 26.0, 95.0, 68.0),
        (-300.0, 28.0, 79.0, 65.0),
        (-280.0, 25.0, 66.0, 61.0),
        (-240.0, 23.0, 61.5, 59.0),
        (-200.0, 27.0, 62.5, 59.0),
        (-150.0, 35.0, 66.0, 58.0),
        (-110.0, 36.0, 62.0, 54.0),
    )
)
_SLOPES = Loft(
    (
        (-335.0, 40.0, 194.0, 46.0),
        (-320.0, 42.0, 176.0, 42.0),
        (-305.0, 46.0, 148.0, 38.0),
        (-292.0, 49.0, 121.0, 37.0),
        (-278.0, 50.0, 96.0, 35.0),
        (-262.0, 50.0, 74.0, 36.0),
        (-245.0, 49.0, 60.0, 38.0),
        (-220.0, 47.0, 53.0, 42.0),
        (-200.0, 46.0, 53.0, 44.0),
        (-160.0, 48.0, 52.0, 46.0),
    ),
    squareness=0.45,
)
_UNDER_JAW = Loft(
    (
        (-254.0, -6.0, 44.0, 24.0),
        (-243.0, -12.0, 48.0, 34.0),
        (-228.0, -18.0, 53.0, 40.0),
        (-205.0, -16.0, 58.0, 40.0),
        (-185.0, -12.0, 61.0, 40.0),
    )
)
_COLLAR = rod(
    ((0.0, -34.0, -340.0), (48.0, -30.0, -331.0), (92.0, -10.0, -322.0), (130.0, 10.0, -318.0)),
    (14.0, 15.0, 16.0, 16.0),
)
"""Skin and fat over the collar bone."""
SKIN: tuple[Shape, ...] = (
    NECK,
    _SLOPES,
    _UNDER_JAW,
    *_COLLAR,
    *(part.mirrored() for part in _COLLAR),
)
"""Solids whose union is the neck with its skin, down to the shoulders' slope."""


def neck_tissues(build: Build, uptake: Uptake) -> list[Tissue]:
    """Return the tissues between skull base and shoulders, the air last."""
    return [
        *neck_muscle_tissues(build, uptake, NECK),
        *brown_fat_tissues(uptake),
        *gland_tissues(build, uptake),
        *neck_vessel_tissues(build, uptake),
        *pharynx_wall_tissues(uptake),
        *larynx_tissues(uptake),
        *airway_tissues(),
    ]
