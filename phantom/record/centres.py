"""The centres of HECKTOR 2025: their scanners' grids, their share and what they leave blank.

Counts are those of the published geometry (CT and PET voxels, extents) and of the clinical
table's missing values by centre; point spread and the USZ row are typical values of the
scanner types.
"""

from dataclasses import dataclass

from numpy.random import Generator

from phantom.streams import pick


@dataclass(frozen=True)
class Matrix:
    """One reconstruction grid of a scanner and how often the centre uses it."""

    size: int
    pixel_mm: float
    slice_mm: float
    weight: float


@dataclass(frozen=True)
class Missing:
    """Fractions of patients whose value is not in the clinical table."""

    tobacco: float
    alcohol: float
    performance: float
    treatment: float
    hpv: float


@dataclass(frozen=True)
class Centre:
    """A centre's preset.

    Attributes
    ----------
    centre_id : int
        Code in the data set's ``CenterID`` column.
    patients : int
        Patients in the 2025 training set, the weight of the centre in a cohort.
    ct, pet : tuple of Matrix
        Native grids with their weights.
    neck_extent_mm, body_extent_mm : tuple of float
        Least, most usual and largest length along z of a neck and of a whole-body CT.
    whole_body : float
        Fraction of scans of the whole body.
    pet_extent_mm : tuple of float or None
        Length of the PET along z where it differs from the CT's, else None.
    pet_shorter_mm : float
        By how much the PET is shorter than the CT.
    fwhm_mm : float
        Full width at half maximum of the PET's point spread.
    table_y_mm : float
        Typical y of the scanner's centre in patient coordinates.
    primary_suv_max : float
        Published median SUVmax of the centre's primaries.
    log_risk : float
        Offset of the log risk of relapse.
    missing : Missing
        What the centre leaves blank.
    """

    centre_id: int
    patients: int
    ct: tuple[Matrix, ...]
    pet: tuple[Matrix, ...]
    neck_extent_mm: tuple[float, float, float]
    body_extent_mm: tuple[float, float, float]
    whole_body: float
    pet_extent_mm: tuple[float, float, float] | None
    pet_shorter_mm: float
    fwhm_mm: float
    table_y_mm: float
    primary_suv_max: float
    log_risk: float
    missing: Missing

    @property
    def suv_factor(self) -> float:
        """Lesions' uptake here over the mean centre's, from the medians of the primaries."""
        return self.primary_suv_max / MEAN_PRIMARY_SUV_MAX


MEAN_PRIMARY_SUV_MAX = 12.76
"""Geometric mean of the centres' medians, weighted by their patients."""
_NO_HABITS = {"tobacco": 1.0, "alcohol": 1.0, "performance": 1.0, "treatment": 0.0}

CENTRES: dict[str, Centre] = {
    "CHUM": Centre(
        centre_id=1,
        patients=56,
        ct=(
            Matrix(512, 0.977, 1.5, 0.71),
            Matrix(512, 0.977, 3.27, 0.25),
            Matrix(512, 1.367, 3.27, 0.04),
        ),
        pet=(
            Matrix(144, 4.0, 4.0, 0.72),
            Matrix(128, 3.516, 3.27, 0.20),
            Matrix(128, 5.469, 3.27, 0.08),
        ),
        neck_extent_mm=(280.0, 360.0, 390.0),
        body_extent_mm=(720.0, 800.0, 860.0),
        whole_body=0.07,
        pet_extent_mm=None,
        pet_shorter_mm=10.0,
        fwhm_mm=7.0,
        table_y_mm=-23.0,
        primary_suv_max=10.7,
        log_risk=-0.5,
        missing=Missing(**_NO_HABITS, hpv=0.61),
    ),
    "CHUP": Centre(
        centre_id=2,
        patients=72,
        ct=(Matrix(512, 0.977, 1.5, 1.0),),
        pet=(Matrix(200, 4.07, 2.03, 1.0),),
        neck_extent_mm=(728.0, 978.0, 1104.0),
        body_extent_mm=(728.0, 978.0, 1104.0),
        whole_body=1.0,
        pet_extent_mm=None,
        pet_shorter_mm=0.0,
        fwhm_mm=5.5,
        table_y_mm=-224.0,
        primary_suv_max=15.3,
        log_risk=1.05,
        missing=Missing(tobacco=0.0, alcohol=0.0, performance=0.0, treatment=0.0, hpv=0.20),
    ),
    "CHUS": Centre(
        centre_id=3,
        patients=72,
        ct=(Matrix(512, 1.172, 3.0, 0.8), Matrix(512, 1.172, 2.0, 0.2)),
        pet=(Matrix(144, 4.0, 4.0, 1.0),),
        neck_extent_mm=(327.0, 402.0, 432.0),
        body_extent_mm=(850.0, 950.0, 1025.0),
        whole_body=0.01,
        pet_extent_mm=(848.0, 1016.0, 1184.0),
        pet_shorter_mm=0.0,
        fwhm_mm=7.5,
        table_y_mm=2.0,
        primary_suv_max=11.4,
        log_risk=-0.02,
        missing=Missing(**_NO_HABITS, hpv=0.54),
    ),
    "MDA": Centre(
        centre_id=5,
        patients=396,
        ct=(
            Matrix(512, 0.977, 3.27, 0.89),
            Matrix(512, 1.367, 3.27, 0.03),
            Matrix(512, 0.488, 2.5, 0.02),
            Matrix(512, 0.977, 2.5, 0.03),
            Matrix(512, 0.977, 4.25, 0.03),
        ),
        pet=(
            Matrix(128, 5.469, 3.27, 0.80),
            Matrix(192, 3.646, 3.27, 0.06),
            Matrix(128, 4.688, 3.27, 0.04),
            Matrix(256, 2.734, 3.27, 0.06),
            Matrix(128, 3.906, 3.27, 0.04),
        ),
        neck_extent_mm=(273.0, 415.0, 440.0),
        body_extent_mm=(720.0, 900.0, 1017.0),
        whole_body=0.25,
        pet_extent_mm=None,
        pet_shorter_mm=0.0,
        fwhm_mm=7.0,
        table_y_mm=-30.0,
        primary_suv_max=12.4,
        log_risk=-0.06,
        missing=Missing(tobacco=0.0, alcohol=0.01, performance=0.11, treatment=0.04, hpv=0.02),
    ),
    "HGJ": Centre(
        centre_id=6,
        patients=55,
        ct=(Matrix(512, 0.977, 3.27, 1.0),),
        pet=(Matrix(128, 3.516, 3.27, 1.0),),
        neck_extent_mm=(298.0, 298.0, 441.0),
        body_extent_mm=(720.0, 800.0, 860.0),
        whole_body=0.0,
        pet_extent_mm=None,
        pet_shorter_mm=0.0,
        fwhm_mm=7.0,
        table_y_mm=-88.0,
        primary_suv_max=16.3,
        log_risk=0.0,
        missing=Missing(**_NO_HABITS, hpv=0.31),
    ),
    "HMR": Centre(
        centre_id=7,
        patients=18,
        ct=(Matrix(512, 0.977, 3.27, 0.78), Matrix(512, 1.367, 3.27, 0.22)),
        pet=(Matrix(128, 3.516, 3.27, 0.78), Matrix(128, 5.469, 3.27, 0.22)),
        neck_extent_mm=(271.0, 298.0, 298.0),
        body_extent_mm=(720.0, 800.0, 873.0),
        whole_body=0.22,
        pet_extent_mm=None,
        pet_shorter_mm=0.0,
        fwhm_mm=7.0,
        table_y_mm=-59.0,
        primary_suv_max=14.2,
        log_risk=0.2,
        missing=Missing(**_NO_HABITS, hpv=0.89),
    ),
    "USZ": Centre(
        centre_id=8,
        patients=11,
        ct=(Matrix(512, 0.977, 3.27, 1.0),),
        pet=(Matrix(128, 5.469, 3.27, 0.7), Matrix(256, 2.734, 3.27, 0.3)),
        neck_extent_mm=(300.0, 400.0, 440.0),
        body_extent_mm=(720.0, 900.0, 1000.0),
        whole_body=0.4,
        pet_extent_mm=None,
        pet_shorter_mm=0.0,
        fwhm_mm=6.5,
        table_y_mm=-40.0,
        primary_suv_max=13.5,
        log_risk=1.95,
        missing=Missing(**_NO_HABITS, hpv=1.0),
    ),
}


def check_centres(names: tuple[str, ...]) -> None:
    """Raise ValueError unless every name is a known centre."""
    unknown = sorted(set(names) - CENTRES.keys())
    if unknown:
        raise ValueError(f"unknown centre {', '.join(unknown)}; known are {', '.join(CENTRES)}")


def draw_centre(rng: Generator, names: tuple[str, ...] | None = None) -> str:
    """Draw a centre with the data set's weights, among `names` where given."""
    known = tuple(CENTRES) if names is None else names
    check_centres(known)
    return known[pick(rng, [CENTRES[name].patients for name in known])]


def draw_matrix(rng: Generator, matrices: tuple[Matrix, ...]) -> Matrix:
    """Draw one reconstruction grid by its weight."""
    return matrices[pick(rng, [matrix.weight for matrix in matrices])]
