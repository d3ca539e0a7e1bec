"""Rendered patients: whether what is in the images is what was drawn and what is published."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluation.metrics import pet_rules
from phantom.report import published as known
from phantom.report.calibration import clinical_checks, lesion_checks
from phantom.report.checks import Check, Sampling
from phantom.report.geometry_checks import geometry_checks
from phantom.report.measure import Measured
from phantom.report.sample import LABELS, Sample, make_sample
from phantom.report.texture import hu_checks, texture_checks

_MEDIAN_TOLERANCE = 0.05


@dataclass(frozen=True)
class Rendered:
    """Rendered patients and their figures."""

    patients: tuple[Measured, ...]
    sample: Sample

    def ratios(self, label: int) -> dict[str, NDArray[np.float64]]:
        """Return measured over drawn volume and SUVmax of the lesions of a label."""
        pairs = [pair for patient in self.patients for pair in patient.pairs if pair.label == label]
        return {
            "volume": np.array([pair.volume_ml / pair.drawn_volume_ml for pair in pairs]),
            "SUVmax": np.array([pair.suv_max / pair.drawn_suv_max for pair in pairs]),
        }

    def mean_to_max(self, label: int) -> NDArray[np.float64]:
        """Return SUVmean over SUVmax of the components of a label."""
        found = [ratio for patient in self.patients for of, ratio in patient.mean_to_max]
        labels = [of for patient in self.patients for of, _ in patient.mean_to_max]
        return np.asarray(np.array(found)[np.array(labels) == label])

    def sphericity(self) -> NDArray[np.float64]:
        """Return the sphericity of the primaries."""
        return np.array([value for patient in self.patients for value in patient.sphericity])

    def dice(self, rule: str) -> NDArray[np.float64]:
        """Return the Dice of a PET rule in each patient whom it applies to."""
        return np.array([p.dice[rule] for p in self.patients if rule in p.dice])

    def hu_counts(self) -> NDArray[np.float64]:
        """Return the share of each CT value inside the labels, shape (patients with any, values).

        Each patient weighs the same, as in a fingerprint that samples every case alike.
        """
        counts = np.array([p.hu_counts for p in self.patients], dtype=float)
        total = counts.sum(axis=1, keepdims=True)
        return np.asarray(counts[total[:, 0] > 0] / total[total[:, 0] > 0])


def make_rendered(patients: Sequence[Measured]) -> Rendered:
    """Gather the figures of measured patients."""
    return Rendered(tuple(patients), make_sample([patient.row for patient in patients]))


def rendered_checks(rendered: Rendered) -> tuple[Check, ...]:
    """Compare rendered patients with the published figures and with what was drawn."""
    judge = Sampling()
    return (
        *lesion_checks(rendered.sample, judge),
        *clinical_checks(rendered.sample, judge, judge),
        *_fidelity_checks(rendered),
        *texture_checks(
            {label: rendered.mean_to_max(label) for label in LABELS}, rendered.sphericity()
        ),
        *hu_checks(rendered.hu_counts()),
        *geometry_checks(rendered.patients, judge),
        *_hardness_checks(rendered),
        *_cost_checks(rendered),
    )


def _fidelity_checks(rendered: Rendered) -> Iterator[Check]:
    for label, name in LABELS.items():
        for figure, values in rendered.ratios(label).items():
            yield Check(
                group="measured over drawn",
                name=f"{name} {figure}, median",
                published=1.0,
                found=float(np.median(values)) if values.size else float("nan"),
                low=1 - _MEDIAN_TOLERANCE,
                high=1 + _MEDIAN_TOLERANCE,
                rule=f"± {_MEDIAN_TOLERANCE:.0%}, n = {values.size}",
                source=known.REQUIRED,
            )


def _hardness_checks(rendered: Rendered) -> Iterator[Check]:
    for rule, limits in (
        (pet_rules.IN_BOX, (0.5, 0.75)),
        (pet_rules.FIXED, (0.0, 0.5)),
        (pet_rules.OF_NECK, (0.0, 0.5)),
        (pet_rules.FIXED_ALL, (0.0, 0.5)),
        (pet_rules.OF_NECK_ALL, (0.0, 0.5)),
    ):
        values = rendered.dice(rule)
        yield Check(
            group="how far simple PET rules come",
            name=f"{rule}, mean Dice",
            published=None,
            found=float(values.mean()) if values.size else float("nan"),
            low=limits[0],
            high=limits[1],
            rule="required range",
            source=known.REQUIRED,
        )


def _cost_checks(rendered: Rendered) -> Iterator[Check]:
    for name, limit, whole_body in (
        ("neck", known.NECK_SECONDS, False),
        ("whole body", known.BODY_SECONDS, True),
    ):
        seconds = [p.seconds for p in rendered.patients if is_whole_body(p) == whole_body]
        found = float(np.median(seconds)) if seconds else float("nan")
        yield _limit_check(f"{name}, median seconds", found, limit, "s")
    peak = max(patient.peak_bytes for patient in rendered.patients)
    yield _limit_check("peak memory of a worker", peak / 1e9, known.PEAK_GB, "GB")


def is_whole_body(patient: Measured) -> bool:
    """Whether either scan shows the whole body."""
    return patient.ct.whole_body or patient.pet.whole_body


def _limit_check(name: str, found: float, limit: float, unit: str) -> Check:
    return Check(
        group="cost of a patient",
        name=name,
        published=None,
        found=found,
        low=0.0,
        high=limit,
        rule=f"at most {limit:g}",
        source=known.REQUIRED,
        unit=unit,
    )
