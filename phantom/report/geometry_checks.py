"""Whether the scans have the grids, extents and units of their centres."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from phantom.report import published as known
from phantom.report.calibration import share_check
from phantom.report.checks import Check, Judge
from phantom.report.geometry import PUBLISHED
from phantom.report.measure import Measured

GROUP = "scan geometry by centre"
_FEWEST = 10
"""Patients of a centre that make a median of the highest uptake."""


def geometry_checks(patients: Sequence[Measured], judge: Judge) -> Iterator[Check]:
    """Grids and extents by centre, whole-body share, Bq/ml and the highest uptake."""
    for centre, geometry in PUBLISHED.items():
        here = [patient for patient in patients if patient.row.centre == centre]
        pet_length = geometry.pet_length_mm
        for name, flags in (
            ("CT matrix and voxels", [p.ct.is_one_of(geometry.ct) for p in here]),
            ("PET matrix and voxels", [p.pet.is_one_of(geometry.pet) for p in here]),
            ("CT extent", [p.ct.fits(geometry.ct_length_mm) for p in here]),
            ("PET extent", [p.pet.fits(pet_length) for p in here if pet_length]),
        ):
            if flags:
                yield _all_published(f"{centre}, {name}", flags)
    yield whole_body_check(patients, judge)
    in_bqml = np.array([patient.in_bqml for patient in patients])
    limits = judge.share(known.BQML_SHARE, in_bqml.size)
    yield share_check("PET", "stored in Bq/ml", in_bqml, known.BQML_SHARE, limits, known.UNITS)
    yield from _highest_uptake(patients)


def _all_published(name: str, flags: list[bool]) -> Check:
    return Check(
        group=GROUP,
        name=f"{name} as published",
        published=1.0,
        found=float(np.mean(flags)),
        low=1.0,
        high=1.0,
        rule=f"all {len(flags)} patients",
        source=known.GEOMETRY,
        unit="%",
    )


def whole_body_check(patients: Sequence[Measured], judge: Judge) -> Check:
    """Compare the share of whole-body CTs with what the centres' published shares add up to.

    The 31 % of 2022 is another mix of centres; here the published shares are weighted with the
    training patients of 2025. A centre without a published share is left out.
    """
    shares = {centre: geometry.whole_body for centre, geometry in PUBLISHED.items()}
    weights = {c: known.PATIENTS[c] for c, share in shares.items() if share is not None}
    expected = sum((shares[c] or 0.0) * n for c, n in weights.items()) / sum(weights.values())
    flags = np.array([p.ct.whole_body for p in patients if p.row.centre in weights], dtype=bool)
    limits = judge.share(expected, max(flags.size, 1))
    limits = replace(limits, rule=f"{limits.rule}; the mix of 2025 (31 % in that of 2022)")
    name = "whole-body CTs (700 mm or more)"
    return share_check(GROUP, name, flags, expected, limits, known.GEOMETRY)


def _highest_uptake(patients: Sequence[Measured]) -> Iterator[Check]:
    for centre in known.CENTRES:
        peaks = [p.pet_max_suv for p in patients if p.row.centre == centre]
        if len(peaks) >= _FEWEST:
            yield Check(
                group="PET",
                name=f"highest SUV of a scan, {centre}, median",
                published=None,
                found=float(np.median(peaks)),
                low=known.PET_MAX_MEDIANS[0],
                high=known.PET_MAX_MEDIANS[1],
                rule="range of the centres' medians",
                source=known.GEOMETRY,
                unit="SUV",
            )
