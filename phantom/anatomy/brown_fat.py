"""Active brown fat: clusters of small hot lumps in the fat above the collar bones.

It is the classic mimic of lymph nodes: as hot, beside them, but symmetric and of fat's HU.
"""

from phantom.anatomy.tissue import FAT_HU, Tissue, both, flat
from phantom.anatomy.uptake import Uptake
from phantom.geometry.combine import Rough, Waves
from phantom.geometry.shapes import Ellipsoid, Point

_RECOVERY = 0.85
"""Share of a lump's uptake that survives a scanner's blur."""
# Seat, radii and uptake relative to the hottest lump: above the collar bones, along the
# scalenes, beside the spine at the ribs' heads.
_LUMPS: tuple[tuple[Point, Point, float], ...] = (
    ((56.0, 14.0, -291.0), (8.0, 6.0, 6.0), 1.0),
    ((64.0, 20.0, -300.0), (9.0, 6.0, 5.5), 0.9),
    ((50.0, 12.0, -277.0), (6.0, 6.0, 8.0), 0.85),
    ((80.0, 26.0, -306.0), (10.0, 5.5, 5.0), 0.7),
    ((52.0, 22.0, -262.0), (4.5, 5.0, 9.0), 0.6),
    ((98.0, 30.0, -314.0), (8.0, 6.0, 6.0), 0.5),
    ((27.0, 50.0, -318.0), (6.0, 5.0, 5.5), 0.7),
    ((28.0, 62.0, -343.0), (5.5, 5.0, 5.0), 0.6),
    ((29.0, 70.0, -367.0), (5.0, 5.0, 5.0), 0.45),
)
_KNOBS = Waves(11.0, seed=31)


def brown_fat_tissues(uptake: Uptake) -> list[Tissue]:
    """Return the lumps, none where the patient has no active brown fat."""
    left, right = uptake.brown_fat
    if not left:
        return []
    return flat(
        both(
            Rough(Ellipsoid(centre, radii), 0.8, _KNOBS),
            FAT_HU + 20.0,
            (share * left / _RECOVERY, share * right / _RECOVERY),
        )
        for centre, radii, share in _LUMPS
    )
