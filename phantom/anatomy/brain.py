"""The brain: folded cortex over white matter, nuclei, ventricles, cerebellum and stem."""

from phantom.anatomy.folds import Folds, Leaves
from phantom.anatomy.skull import INNER, MIDDLE, POSTERIOR, UPPER
from phantom.anatomy.tissue import Tissue, both, flat, line, rods
from phantom.anatomy.uptake import Uptake
from phantom.geometry.combine import (
    Clipped,
    Common,
    Inset,
    Rough,
    Shell,
    Union,
    Waves,
    Without,
    grown,
)
from phantom.geometry.shapes import Ellipsoid, Shape
from phantom.geometry.solids import Hull

GREY_HU, WHITE_HU, CSF_HU, DURA_HU = 38.0, 28.0, 6.0, 52.0
_CSF_SUV = 0.9
_CORTEX_MM, _SULCUS_MM = 3.5, 0.8
# Of the cerebellum's uptake: textbook FDG pattern of the awake brain with closed eyes.
_WHITE, _GANGLIA, _THALAMUS = 0.40, 1.5, 1.35
_CORTEX, _FRONTAL, _OCCIPITAL, _TEMPORAL = 1.28, 1.40, 1.50, 1.12

_CENTRAL = Ellipsoid((0.0, 4.0, -90.0), (30.0, 40.0, 27.0))
_MEDIAL_FISSURE = Without(Ellipsoid((0.0, 6.0, -70.0), (1.1, 200.0, 200.0)), _CENTRAL)
_CLEFT = Hull(
    tuple(
        (x, y, z + dz)
        for dz in (-0.8, 0.8)
        for x in (37.0, 75.0)
        for y, z in ((-27.0, -107.0), (0.0, -96.0), (32.0, -82.0))
    )
)
_INSULAR = Common(
    (
        Shell(Ellipsoid((17.0, 1.0, -93.0), (21.5, 36.0, 25.0), (12.0, 0.0, 0.0)), 1.6),
        Ellipsoid((45.0, 1.0, -93.0), (16.0, 26.0, 17.0), (12.0, 0.0, 0.0)),
    )
)
_SYLVIAN = Union((Rough(_CLEFT, 0.5, Waves(17.0, seed=8)), _INSULAR))
BRAIN = Union((Inset(UPPER, 2.2), Inset(MIDDLE, 1.8), Inset(MIDDLE.mirrored(), 1.8)))
CEREBRUM = Folds(
    # Cut lower than the brain is: sulci sink from the convexity, not from the cut.
    brain=Union((Inset(Clipped(INNER, z_mm=-125.0), 2.2), *BRAIN.solids[1:])),
    fissures=Union((_MEDIAL_FISSURE, _SYLVIAN, _SYLVIAN.mirrored())),
    waves=Waves(25.0, seed=5, count=9),
    core=Ellipsoid((0.0, 0.0, -95.0), (33.5, 29.0, 22.0)),
    centre_mm=(24.0, 6.0, -90.0),
    sulcus_mm=17.0,
)
_LOBES: tuple[tuple[Shape, float], ...] = (
    (Ellipsoid((0.0, -70.0, -78.0), (60.0, 46.0, 60.0)), _FRONTAL),
    (Ellipsoid((0.0, 88.0, -98.0), (42.0, 34.0, 30.0)), _OCCIPITAL),
)
CEREBELLUM = Without(
    Inset(POSTERIOR, 1.6),
    Union(
        (
            Ellipsoid((0.0, 11.0, -124.0), (30.0, 20.0, 40.0)),
            Ellipsoid((0.0, 88.0, -138.0), (4.0, 18.0, 30.0)),
            Ellipsoid((0.0, 62.0, -154.0), (14.0, 22.0, 10.0)),
        )
    ),
)


def brain_tissues(uptake: Uptake) -> list[Tissue]:
    """Return the brain, from the cortex inwards, then what lies under the tentorium."""
    return flat(
        (
            _cerebrum(uptake.brain),
            _nuclei(uptake.brain),
            _ventricles(),
            _below_tentorium(uptake),
            _dura(uptake),
        )
    )


def _cerebrum(suv: float) -> list[Tissue]:
    white = Common((Inset(BRAIN, 0.6 * _CORTEX_MM), Inset(CEREBRUM, _SULCUS_MM + _CORTEX_MM)))
    return flat(
        (
            [Tissue(BRAIN, GREY_HU, _CORTEX * suv)],
            [Tissue(Common((BRAIN, lobe)), GREY_HU, share * suv) for lobe, share in _LOBES],
            both(Inset(MIDDLE, 1.8), GREY_HU, _TEMPORAL * suv),
            [
                Tissue(white, WHITE_HU, _WHITE * suv),
                Tissue(Without(BRAIN, Inset(CEREBRUM, _SULCUS_MM)), CSF_HU, _CSF_SUV),
            ],
        )
    )


def _nuclei(suv: float) -> list[Tissue]:
    ganglia, thalamus = _GANGLIA * suv, _THALAMUS * suv
    return flat(
        (
            both(
                Ellipsoid((27.0, -5.0, -91.0), (5.5, 18.0, 11.5), (0.0, 0.0, -12.0)), 40.0, ganglia
            ),
            both(
                Ellipsoid((20.5, -3.0, -93.0), (3.6, 10.0, 7.0), (0.0, 0.0, -20.0)),
                40.0,
                0.7 * ganglia,
            ),
            both(
                Ellipsoid((14.5, -20.0, -84.0), (5.5, 11.0, 10.0), (0.0, 0.0, -8.0)), 40.0, ganglia
            ),
            rods(((16.0, -12.0, -77.0), (21.0, 24.0, -74.0)), (4.0, 2.6), 39.0, 0.9 * ganglia),
            both(
                Ellipsoid((10.5, 10.0, -89.0), (8.0, 14.0, 8.5), (0.0, 0.0, -18.0)), 38.0, thalamus
            ),
        )
    )


def _ventricles() -> list[Tissue]:
    """Return the fluid spaces inside, with the plexus and the pineal body chalked as in most."""
    body = ((12.0, -33.0, -82.0), (6.5, -12.0, -75.0), (13.0, 28.0, -73.0), (23.0, 42.0, -86.0))
    return flat(
        (
            rods(body, (3.2, 4.4, 4.2, 6.0), CSF_HU, _CSF_SUV),
            rods(((23.0, 42.0, -86.0), (16.0, 62.0, -89.0)), (5.0, 1.5), CSF_HU, _CSF_SUV),
            rods(((25.0, 40.0, -90.0), (31.0, 4.0, -113.0)), (3.0, 1.6), CSF_HU, _CSF_SUV),
            [Tissue(Ellipsoid((0.0, 3.0, -92.0), (2.0, 15.0, 9.0)), CSF_HU, _CSF_SUV)],
            both(Ellipsoid((21.0, 41.0, -86.0), (2.2, 4.0, 3.5)), 110.0, 1.5),
            [Tissue(Ellipsoid((0.0, 23.0, -93.0), (2.2, 2.2, 2.2)), 140.0, 1.5)],
        )
    )


def _below_tentorium(uptake: Uptake) -> list[Tissue]:
    suv, stem = uptake.brain, 0.62 * uptake.brain
    leaves = Leaves(CEREBELLUM, (0.0, 16.0, -118.0), 6.0, 0.9)
    core = Ellipsoid((19.0, 46.0, -126.0), (13.0, 15.0, 6.5))
    return flat(
        (
            [
                Tissue(grown(POSTERIOR, 0.8), DURA_HU, 1.4),
                Tissue(POSTERIOR, CSF_HU, _CSF_SUV),
                Tissue(CEREBELLUM, GREY_HU, 1.08 * suv),
                Tissue(leaves, 20.0, 0.8 * suv),
            ],
            both(core, 31.0, 0.6 * suv),
            [
                Tissue(
                    Ellipsoid((0.0, 13.0, -104.0), (17.0, 9.0, 9.0), (-30.0, 0.0, 0.0)),
                    33.0,
                    0.75 * suv,
                ),
                Tissue(
                    Ellipsoid((0.0, 16.0, -120.0), (17.0, 11.5, 14.0), (30.0, 0.0, 0.0)), 32.0, stem
                ),
            ],
            rods(((14.0, 22.0, -121.0), (23.0, 36.0, -124.0)), (7.0, 6.0), 32.0, stem),
            line(((0.0, 21.0, -131.0), (0.0, 38.0, -156.0)), (9.0, 6.5), 33.0, 0.4 * suv),
            [
                Tissue(
                    Ellipsoid((0.0, 31.0, -123.0), (6.5, 3.5, 10.0), (25.0, 0.0, 0.0)),
                    CSF_HU,
                    _CSF_SUV,
                )
            ],
        )
    )


def _dura(uptake: Uptake) -> list[Tissue]:
    """Return the falx and the great sinuses of the dura."""
    sheet = Without(Ellipsoid((0.0, 8.0, -70.0), (0.6, 200.0, 200.0)), Inset(_CENTRAL, -10.0))
    falx = Common((sheet, Inset(INNER, 1.0), Clipped(INNER, z_mm=-100.0)))
    sagittal = ((0.0, -30.0, -25.0), (0.0, 15.0, -16.0), (0.0, 66.0, -38.0), (0.0, 86.0, -100.0))
    transverse = (
        (0.0, 84.0, -114.0),
        (30.0, 76.0, -117.0),
        (47.0, 50.0, -120.0),
        (49.0, 30.0, -134.0),
    )
    blood = uptake.blood
    return flat(
        (
            [Tissue(falx, DURA_HU, 1.6)],
            line(sagittal, (2.5, 3.5, 4.0, 4.5), DURA_HU, blood),
            rods(transverse, (4.5, 4.0, 4.5, 4.5), DURA_HU, blood),
        )
    )
