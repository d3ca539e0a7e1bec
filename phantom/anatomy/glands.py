"""Parotid and submandibular glands and the thyroid."""

from phantom.anatomy.build import Build
from phantom.anatomy.tissue import Tissue, both, flat, line
from phantom.anatomy.uptake import Uptake
from phantom.geometry.combine import Rough, Union, Waves
from phantom.geometry.shapes import Ellipsoid

_PAROTID = Union(
    (
        Ellipsoid((56.5, -6.0, -161.0), (5.0, 19.0, 22.0), (0.0, 0.0, -6.0)),
        Ellipsoid((55.5, 5.0, -171.0), (8.0, 13.0, 24.0), (0.0, 6.0, -12.0)),
    )
)
_DEEP_LOBE = Ellipsoid((45.0, 5.0, -166.0), (9.0, 7.5, 15.0), (0.0, 0.0, -15.0))
_SUBMANDIBULAR = Union(
    (
        Ellipsoid((35.0, -30.0, -213.0), (8.0, 14.0, 12.5), (12.0, 0.0, 22.0)),
        Ellipsoid((27.0, -40.0, -206.0), (5.0, 9.0, 6.0), (0.0, 0.0, 20.0)),
    )
)
_THYROID = Union(
    (
        Ellipsoid((16.0, -9.0, -284.0), (7.5, 10.5, 24.0), (8.0, 6.0, -20.0)),
        Ellipsoid((11.0, -18.0, -292.0), (6.0, 5.0, 9.0)),
    )
)
_LOBULES, _KNOBS = Waves(7.0, seed=11), Waves(12.0, seed=12)


def gland_tissues(build: Build, uptake: Uptake) -> list[Tissue]:
    """Return the glands of the neck; the parotid turns to fat in the stout."""
    fat = build.fat_mm - 7.0
    parotid_hu = -5.0 - 4.0 * fat
    thyroid_hu = 175.0 if build.contrast else 102.0
    gain = 35.0 if build.contrast else 0.0
    # Isthmus from one lobe to the other before the windpipe.
    isthmus = ((-11.0, -22.5, -293.0), (0.0, -25.0, -293.0), (11.0, -22.5, -293.0))
    mean_thyroid = sum(uptake.thyroid) / 2
    return flat(
        (
            both(_rough(_DEEP_LOBE, 0.8), parotid_hu + gain, uptake.parotid),
            both(_rough(_PAROTID, 0.8), parotid_hu + gain, uptake.parotid),
            both(Rough(_SUBMANDIBULAR, 0.7, _KNOBS), 42.0 + gain, uptake.submandibular),
            both(Rough(_THYROID, 0.7, _KNOBS), thyroid_hu, uptake.thyroid),
            line(isthmus, (3.2, 2.6, 3.2), thyroid_hu, mean_thyroid),
        )
    )


def _rough(solid: Ellipsoid | Union, amplitude_mm: float) -> Rough:
    return Rough(solid, amplitude_mm, _LOBULES)
