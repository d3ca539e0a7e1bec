"""What is measured of one rendered patient; the scans themselves are not kept."""

import resource
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from evaluation.metrics.components import cut_out
from evaluation.metrics.pet_rules import score_rules
from phantom.disease.drawing import Lesion
from phantom.patient import Patient, draw_body, plan_scan, render_patient
from phantom.profile import Profile, draw_profile
from phantom.report.geometry import Extent
from phantom.report.regions import Regions, find_regions
from phantom.report.sample import LABELS, Component, Row, outcome_values
from phantom.report.surface import sphericity
from phantom.report.thumbnail import Thumbnail, make_thumbnail

HU_RANGE = (-400, 400)
"""CT values that are counted one by one; beyond they count as the nearest."""
_LOG_VOLUME_MM = 10.0
"""What a factor e of volume weighs beside a distance, when lesions are matched."""


@dataclass(frozen=True)
class Pair:
    """A lesion as measured on the PET's grid beside the same as drawn."""

    label: int
    volume_ml: float
    suv_max: float
    drawn_volume_ml: float
    drawn_suv_max: float


@dataclass(frozen=True)
class Measured:
    """One rendered patient.

    Attributes
    ----------
    row : Row
        As the published tables would hold the patient, components measured on the PET's grid.
    ct, pet : Extent
        Native grids.
    in_bqml : bool
        Whether the PET is stored in Bq/ml.
    pairs : tuple of Pair
        Lesions beside what was drawn.
    mean_to_max : tuple of (label, float)
        SUVmean over SUVmax of the components of at least 1 ml.
    sphericity : tuple of float
        Of the primaries of at least 1 ml.
    hu_counts : ndarray of int
        Voxels inside the labels by CT value, over `HU_RANGE`.
    pet_max_suv : float
        Highest uptake of the scan.
    dice : dict of rule to float
        How well simple PET rules do.
    seconds : float
        To render the patient.
    peak_bytes : int
        Most memory of the worker process so far.
    thumbnail : Thumbnail or None
        Small pictures for the montage.
    """

    row: Row
    ct: Extent
    pet: Extent
    in_bqml: bool
    pairs: tuple[Pair, ...]
    mean_to_max: tuple[tuple[int, float], ...]
    sphericity: tuple[float, ...]
    hu_counts: NDArray[np.int64]
    pet_max_suv: float
    dice: dict[str, float]
    seconds: float
    peak_bytes: int
    thumbnail: Thumbnail | None


@dataclass(frozen=True)
class Job:
    """A patient to render and measure, and whether pictures are wanted."""

    seed: int
    index: int
    thumbnail: bool


def measure(job: Job) -> Measured:
    """Render a patient, measure, and let go of the scans."""
    profile = draw_profile(job.seed, job.index)
    start = time.perf_counter()
    patient = render_patient(profile, planning=False)
    seconds = time.perf_counter() - start
    regions = find_regions(patient)
    suv = _suv(profile, patient)
    spacing = patient.pet.GetSpacing()[::-1]
    found = _components(regions, suv, spacing)
    return Measured(
        row=_row(profile, patient, tuple(component for component, _, _ in found)),
        ct=_extent(patient.ct_hu),
        pet=_extent(patient.pet),
        in_bqml=patient.pet_unit != "SUV",
        pairs=_pairs(profile, regions, suv, spacing),
        mean_to_max=tuple(
            (component.label, ratio) for component, ratio, _ in found if component.counted
        ),
        sphericity=tuple(
            sphericity(mask, spacing)
            for component, _, mask in found
            if component.counted and component.label == 1
        ),
        hu_counts=np.bincount(
            np.clip(regions.hu, *HU_RANGE).astype(np.intp) - HU_RANGE[0],
            minlength=HU_RANGE[1] - HU_RANGE[0] + 1,
        ),
        pet_max_suv=float(suv.max()),
        dice=score_rules(suv, regions.labels, spacing),
        seconds=seconds,
        peak_bytes=peak_bytes(),
        thumbnail=make_thumbnail(profile, patient, regions, suv) if job.thumbnail else None,
    )


def peak_bytes() -> int:
    """Return the most memory that this process has held."""
    status = Path("/proc/self/status")
    if status.exists():
        # The other counter of Linux begins with what the process held that started this one.
        (line,) = (x for x in status.read_text().splitlines() if x.startswith("VmHWM:"))
        return 1024 * int(line.split()[1])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak


def _suv(profile: Profile, patient: Patient) -> NDArray[np.float32]:
    factor = plan_scan(profile).bqml_per_suv
    pet: NDArray[np.float32] = sitk.GetArrayViewFromImage(patient.pet)
    return pet if factor is None else pet / np.float32(factor)


def _extent(image: sitk.Image) -> Extent:
    return Extent(image.GetSize(), image.GetSpacing())


def _row(profile: Profile, patient: Patient, found: tuple[Component, ...]) -> Row:
    outcome = outcome_values(
        hpv=patient.hpv_positive,
        relapse=patient.relapse,
        days=patient.rfs_days,
        followed_up=patient.followed_up,
    )
    return Row(profile.centre, found, patient.clinical | outcome)


def _components(
    regions: Regions, suv: NDArray[np.float32], spacing: tuple[float, float, float]
) -> list[tuple[Component, float, NDArray[np.bool_]]]:
    """Return each component on the PET's grid, its SUVmean over SUVmax, and its mask."""
    found = []
    for label in LABELS:
        for box, mask in cut_out(regions.labels == label):
            values = suv[box][mask]
            volume = values.size * float(np.prod(spacing)) / 1000
            peak = float(values.max())
            ratio = float(values.mean()) / peak if peak > 0 else float("nan")
            found.append((Component(label, volume, peak), ratio, mask))
    return found


def _pairs(
    profile: Profile,
    regions: Regions,
    suv: NDArray[np.float32],
    spacing: tuple[float, float, float],
) -> tuple[Pair, ...]:
    """Match lesions with what was drawn, by label, place and volume; each at most once."""
    pairs = []
    for label in LABELS:
        drawn = [lesion for lesion in profile.lesions if lesion.label == label]
        parts = [i for i, of in enumerate(regions.part_labels) if of == label]
        if not drawn or not parts:
            continue
        cost = _distance_mm(profile, drawn, regions.part_centres_mm[parts])
        ratio = np.log(np.array([x.volume_ml for x in drawn]))[:, None] - np.log(
            np.array(regions.part_ml)[parts]
        )
        rows, columns = linear_sum_assignment(cost + _LOG_VOLUME_MM * np.abs(ratio))
        for row, column in zip(rows, columns, strict=True):
            values = suv[regions.parts == parts[column] + 1]
            if values.size:
                volume = values.size * float(np.prod(spacing)) / 1000
                lesion = drawn[row]
                peak = float(values.max())
                pairs.append(Pair(label, volume, peak, lesion.volume_ml, lesion.suv_max))
    return tuple(pairs)


def _distance_mm(
    profile: Profile, drawn: list[Lesion], centres_mm: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return distances between drawn seats, brought roughly to the scanner, and found centres."""
    seats = np.array([lesion.centre_mm for lesion in drawn]) * draw_body(profile).scale_xyz
    seats = seats + np.array(plan_scan(profile).world_mm)
    return np.asarray(np.linalg.norm(seats[:, None] - centres_mm[None], axis=2))
