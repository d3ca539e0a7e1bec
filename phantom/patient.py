"""A whole patient in memory: scans, labels, clinical values and the truth behind them."""

from dataclasses import dataclass
from typing import Any

import SimpleITK as sitk
from numpy.typing import NDArray

from phantom.anatomy.build import Build, draw_build
from phantom.anatomy.head import brain_tissues, face_tissues
from phantom.anatomy.neck import neck_tissues
from phantom.anatomy.outline import outline_tissues
from phantom.anatomy.spine import back_muscle_tissues, spine_tissues
from phantom.anatomy.tissue import Tissue
from phantom.anatomy.torso import belly_tissues, chest_tissues, shoulder_tissues
from phantom.anatomy.uptake import Uptake
from phantom.canvas import internal_lattice, new_canvas, texture
from phantom.clinical import Value
from phantom.ct import render_ct
from phantom.disease import Lesion
from phantom.lesions import add_lesions, label_volume
from phantom.pet import render_pet
from phantom.profile import Profile, draw_profile
from phantom.sampling import Lattice
from phantom.scan import ScanPlan, draw_scan
from phantom.shapes import Ellipsoid, Shape
from phantom.streams import Stream, generator

_SWELLING_FROM_MM = 10.0
_SWELLING_MARGIN_MM = 4.0


@dataclass(frozen=True)
class Patient:
    """One synthetic patient.

    Attributes
    ----------
    seed, index : int
        Where the patient comes from.
    patient_id : str
        As ``MDA-0007``: centre and index.
    centre : str
        Name of the centre.
    ct_hu : Image, int16, HU
        On the centre's native CT grid.
    pet : Image, float32
        On the centre's native PET grid, in `pet_unit`.
    pet_unit : str
        ``SUV`` or ``Bq/ml``.
    labels : Image, uint8
        0 background, 1 primary, 2 nodes, on the CT's grid.
    clinical : dict
        Clinical columns of the data set by name, None where the centre left them blank.
    hpv_positive : bool or None
        HPV status as recorded.
    hpv_true : bool
        HPV status behind it.
    followed_up : bool
        Whether the data set's tables know relapse and days.
    relapse : bool
        Whether a relapse was seen.
    rfs_days : float
        Days to relapse or to the last follow-up.
    true_log_risk : float
        Log risk that the outcome was drawn from; higher means earlier relapse.
    planning : None
        Place of the radiotherapy planning images; this cohort has none.
    """

    seed: int
    index: int
    patient_id: str
    centre: str
    ct_hu: sitk.Image
    pet: sitk.Image
    pet_unit: str
    labels: sitk.Image
    clinical: dict[str, Value]
    hpv_positive: bool | None
    hpv_true: bool
    followed_up: bool
    relapse: bool
    rfs_days: float
    true_log_risk: float
    planning: None = None


def make_patient(
    seed: int, index: int, *, neck_only: bool = False, centre: str | None = None
) -> Patient:
    """Make one patient.

    Parameters
    ----------
    seed, index : int
        Seed of the cohort and number of the patient in it; the same pair gives the same bits.
    neck_only : bool
        Scan the top 300 to 350 mm alone: the same patient, less to render.
    centre : str, optional
        Scan at this centre rather than at a drawn one.

    Raises
    ------
    ValueError
        The centre is unknown, or seed or index negative.
    """
    return render_patient(draw_profile(seed, index, centre=centre), neck_only=neck_only)


def render_patient(profile: Profile, *, neck_only: bool = False) -> Patient:
    """Render the images of a patient on paper."""
    seed, index = profile.seed, profile.index
    build = draw_build(generator(seed, index, Stream.BODY), male=profile.clinical.male)
    scan_rng = generator(seed, index, Stream.SCAN)
    plan = draw_scan(scan_rng, profile.centre, build, neck_only=neck_only)
    texture_rng = generator(seed, index, Stream.TEXTURE)
    warp_rng, grain_rng, lesion_rng = texture_rng.spawn(3)
    canvas = new_canvas(_scanned(plan), build, warp_rng)
    uptake = Uptake.draw(generator(seed, index, Stream.UPTAKE), age=profile.clinical.age_years)
    for tissue in _tissues(build, uptake, profile.lesions):
        canvas.paint(tissue)
    canvas.roughen(texture(canvas.lattice, grain_rng))
    masses = add_lesions(
        canvas, profile.lesions, lesion_rng, sigma_mm=plan.sigma_mm, contrast=build.contrast
    )
    labels = label_volume(canvas, masses, plan.ct)
    ct = render_ct(canvas.hu, canvas.lattice, plan, generator(seed, index, Stream.CT_NOISE))
    pet = render_pet(canvas.suv, canvas.lattice, plan, generator(seed, index, Stream.PET_NOISE))
    return Patient(
        seed=seed,
        index=index,
        patient_id=profile.patient_id,
        centre=profile.centre,
        ct_hu=_image(ct, plan.ct.moved(plan.world_mm)),
        pet=_image(pet, plan.pet.moved(plan.world_mm)),
        pet_unit="SUV" if plan.bqml_per_suv is None else "Bq/ml",
        labels=_image(labels, plan.ct.moved(plan.world_mm)),
        clinical=dict(profile.recorded.values),
        hpv_positive=profile.recorded.hpv_positive,
        hpv_true=profile.clinical.hpv_positive,
        followed_up=profile.recorded.followed_up,
        relapse=profile.outcome.relapse,
        rfs_days=profile.outcome.days,
        true_log_risk=profile.outcome.log_risk,
    )


def _scanned(plan: ScanPlan) -> Lattice:
    """Return the internal grid over what CT and PET see together."""
    reach = 3 * plan.sigma_mm + 4
    tops = [grid.axis_mm(2)[-1] for grid in (plan.ct, plan.pet)]
    bottoms = [grid.origin_mm[2] for grid in (plan.ct, plan.pet)]
    return internal_lattice(bottom_mm=min(bottoms) - reach, top_mm=min(max(tops) + reach, 30.0))


def _tissues(build: Build, uptake: Uptake, lesions: tuple[Lesion, ...]) -> list[Tissue]:
    swellings = tuple(_swelling(lesion) for lesion in lesions if _bulges(lesion))
    return [
        *outline_tissues(build, uptake, swellings),
        *brain_tissues(uptake),
        *face_tissues(uptake),
        *shoulder_tissues(uptake),
        *chest_tissues(build, uptake),
        *belly_tissues(uptake),
        *back_muscle_tissues(uptake),
        *neck_tissues(build, uptake),
        *spine_tissues(uptake),
    ]


def _bulges(lesion: Lesion) -> bool:
    return lesion.number > 0 and lesion.radius_mm > _SWELLING_FROM_MM


def _swelling(lesion: Lesion) -> Shape:
    x, y, z = (lesion.radius_mm * e + _SWELLING_MARGIN_MM for e in lesion.elongation)
    return Ellipsoid(lesion.centre_mm, (x, y, z))


def _image(array: NDArray[Any], lattice: Lattice) -> sitk.Image:
    image = sitk.GetImageFromArray(array)
    image.SetSpacing(lattice.spacing_mm)
    image.SetOrigin(lattice.origin_mm)
    return image
