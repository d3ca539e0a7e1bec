"""A whole patient in memory: scans, labels, clinical values and the truth behind them."""

from dataclasses import dataclass, replace

import numpy as np
import SimpleITK as sitk
from numpy.random import Generator
from numpy.typing import NDArray

from phantom.anatomy.build import Build, draw_build
from phantom.anatomy.mouth import mouth_tissues
from phantom.anatomy.neck import neck_tissues
from phantom.anatomy.outline import outline_tissues
from phantom.anatomy.pelvis import pelvis_tissues
from phantom.anatomy.spine import back_muscle_tissues, spine_tissues
from phantom.anatomy.teeth import inflamed_tissues
from phantom.anatomy.tissue import Tissue
from phantom.anatomy.torso import torso_tissues
from phantom.anatomy.uptake import Uptake
from phantom.anatomy.whole_head import head_tissues
from phantom.disease.drawing import NODE, Lesion
from phantom.disease.lesions import add_lesions, label_volume
from phantom.disease.masses import Mass
from phantom.geometry.canvas import Canvas, internal_lattices, new_canvas, split_at_seam, texture
from phantom.geometry.image import to_image
from phantom.geometry.sampling import Lattice
from phantom.geometry.shapes import Ellipsoid, Shape
from phantom.profile import Profile, draw_profile
from phantom.radiotherapy.planning import Planning, draw_planning, render_planning
from phantom.record.clinical import Value
from phantom.scanner.ct import render_ct
from phantom.scanner.metal import metal_tissues
from phantom.scanner.motion import Motion
from phantom.scanner.pet import render_pet
from phantom.scanner.scan import ScanPlan, draw_scan
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
        As ``MDA-008``: centre, and index counted from one.
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
    planning : Planning or None
        Planning CT and dose map, where radiotherapy was planned on a CT of its own.
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
    planning: Planning | None = None


def make_patient(
    seed: int,
    index: int,
    *,
    neck_only: bool = False,
    centre: str | None = None,
    planning: bool = True,
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
    planning : bool
        Whether to render the planning CT and the dose where there are any: 1 s a patient.

    Raises
    ------
    ValueError
        The centre is unknown, or seed or index negative.
    """
    profile = draw_profile(seed, index, centre=centre)
    return render_patient(profile, neck_only=neck_only, planning=planning)


def plan_scan(profile: Profile, *, neck_only: bool = False) -> ScanPlan:
    """Draw how a patient on paper is scanned."""
    return draw_scan(
        generator(profile.seed, profile.index, Stream.SCAN),
        profile.centre,
        draw_body(profile),
        neck_only=neck_only,
    )


def draw_body(profile: Profile) -> Build:
    """Draw the body of a patient on paper."""
    rng = generator(profile.seed, profile.index, Stream.BODY)
    return draw_build(rng, male=profile.clinical.male)


def render_patient(
    profile: Profile,
    *,
    neck_only: bool = False,
    planning: bool = True,
    plan: ScanPlan | None = None,
) -> Patient:
    """Render the images of a patient on paper; see `make_patient`.

    A `plan` scans otherwise than the one drawn: `plan_scan` changed in some way.
    """

    def stream(name: Stream) -> Generator:
        return generator(profile.seed, profile.index, name)

    plan = plan_scan(profile, neck_only=neck_only) if plan is None else plan
    build = draw_body(profile)
    person = profile.clinical
    uptake = Uptake.draw(stream(Stream.UPTAKE), age=person.age_years, male=person.male)
    tissues = [
        *_tissues(build, uptake, profile.lesions),
        *inflamed_tissues(stream(Stream.DENTAL)),
        *metal_tissues(stream(Stream.METAL)),
    ]
    # The same streams for each grid: the warp and the texture do not depend on it.
    head, *body = (
        _healthy(lattice, build, tissues, stream(Stream.TEXTURE)) for lattice in _lattices(plan)
    )
    masses = add_lesions(
        head,
        profile.lesions,
        stream(Stream.TEXTURE).spawn(3)[2],
        sigma_mm=plan.sigma_mm,
        contrast=build.contrast,
    )
    labels = label_volume(head, masses, plan.ct)
    ct = _ct((head, *body), plan, stream(Stream.CT_NOISE))
    lain = Motion.draw(stream(Stream.MOTION)).apply(head)
    pet = render_pet(
        [(lain, head.lattice), *((canvas.suv, canvas.lattice) for canvas in body)],
        plan,
        stream(Stream.PET_NOISE),
    )
    return Patient(
        seed=profile.seed,
        index=profile.index,
        patient_id=profile.patient_id,
        centre=profile.centre,
        ct_hu=to_image(ct, plan.ct.moved(plan.world_mm)),
        pet=to_image(pet, plan.pet.moved(plan.world_mm)),
        pet_unit="SUV" if plan.bqml_per_suv is None else "Bq/ml",
        labels=to_image(labels, plan.ct.moved(plan.world_mm)),
        clinical=dict(profile.recorded.values),
        hpv_positive=profile.recorded.hpv_positive,
        hpv_true=profile.clinical.hpv_positive,
        followed_up=profile.recorded.followed_up,
        relapse=profile.outcome.relapse,
        rfs_days=profile.outcome.days,
        true_log_risk=profile.outcome.log_risk,
        planning=(
            _planning(head, masses, plan, profile.centre, stream(Stream.PLANNING))
            if planning
            else None
        ),
    )


def _healthy(
    lattice: Lattice, build: Build, tissues: list[Tissue], texture_rng: Generator
) -> Canvas:
    warp_rng, grain_rng, _ = texture_rng.spawn(3)
    canvas = new_canvas(lattice, build, warp_rng)
    for tissue in tissues:
        canvas.paint(tissue)
    canvas.roughen(texture(canvas.lattice, grain_rng))
    return canvas


def _planning(
    head: Canvas, masses: tuple[Mass, ...], plan: ScanPlan, centre: str, rng: Generator
) -> Planning | None:
    scan = draw_planning(rng, plan, head.lattice, centre)
    return None if scan is None else render_planning(head, masses, scan, rng)


def _ct(canvases: tuple[Canvas, ...], plan: ScanPlan, rng: Generator) -> NDArray[np.int16]:
    """Scan what lies above the seam and what lies below, each from its own grid."""
    ct = np.empty(plan.ct.shape_zyx, dtype=np.int16)
    heights = split_at_seam(plan.ct)
    for canvas, part, part_rng in zip(canvases, heights, rng.spawn(2), strict=False):
        if part.start < part.stop:
            slices = replace(plan, ct=plan.ct.part((part, slice(None), slice(None))))
            ct[part] = render_ct(canvas.hu, canvas.lattice, slices, part_rng)
    return ct


def _lattices(plan: ScanPlan) -> tuple[Lattice, ...]:
    """Return the internal grids over what CT and PET see together."""
    reach = 3 * plan.sigma_mm + 4
    tops = [grid.axis_mm(2)[-1] for grid in (plan.ct, plan.pet)]
    bottoms = [grid.origin_mm[2] for grid in (plan.ct, plan.pet)]
    return internal_lattices(bottom_mm=min(bottoms) - reach, top_mm=min(max(tops) + reach, 30.0))


def _tissues(build: Build, uptake: Uptake, lesions: tuple[Lesion, ...]) -> list[Tissue]:
    swellings = tuple(_swelling(lesion) for lesion in lesions if _bulges(lesion))
    return [
        *outline_tissues(build, uptake, swellings),
        *torso_tissues(build, uptake),
        *back_muscle_tissues(uptake),
        *neck_tissues(build, uptake),
        *head_tissues(uptake),
        *mouth_tissues(uptake),
        *spine_tissues(build, uptake),
        *pelvis_tissues(uptake),
    ]


def _bulges(lesion: Lesion) -> bool:
    return lesion.label == NODE and lesion.radius_mm > _SWELLING_FROM_MM


def _swelling(lesion: Lesion) -> Shape:
    x, y, z = (lesion.radius_mm * e + _SWELLING_MARGIN_MM for e in lesion.elongation)
    return Ellipsoid(lesion.centre_mm, (x, y, z))
