"""The checks that drawn and rendered patients share: lesions, counts and clinical values."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from phantom.report import published as known
from phantom.report.checks import Check, Judge, Limits
from phantom.report.published import Quantiles
from phantom.report.sample import LABELS, Sample

PROBABILITIES = (0.05, 0.25, 0.50, 0.75, 0.95)
QUARTILES = (0.25, 0.50, 0.75)
LESION_TOLERANCE, RFS_TOLERANCE, AGE_TOLERANCE = 0.15, 0.20, 0.05


def quantile_checks(
    group: str,
    values: NDArray[np.float64],
    published: Quantiles,
    judge: Judge,
    *,
    probabilities: tuple[float, ...] = PROBABILITIES,
    tolerance: float = LESION_TOLERANCE,
) -> Iterator[Check]:
    """Compare quantiles of some values with a published distribution."""
    for probability in probabilities:
        limits = judge.quantile(published, probability, max(values.size, 1), tolerance=tolerance)
        yield Check(
            group=group,
            name=f"{100 * probability:.0f} % quantile",
            published=float(published.at(probability)),
            found=float(np.quantile(values, probability)) if values.size else float("nan"),
            low=limits.low,
            high=limits.high,
            rule=limits.rule,
            source=published.source,
            unit=published.unit,
        )


def share_check(
    group: str,
    name: str,
    flags: NDArray[np.bool_],
    published: float,
    limits: Limits,
    source: str,
) -> Check:
    """Compare a share with the published one."""
    return Check(
        group=group,
        name=name,
        published=published,
        found=float(flags.mean()) if flags.size else float("nan"),
        low=limits.low,
        high=limits.high,
        rule=limits.rule,
        source=source,
        unit="%",
    )


def lesion_checks(sample: Sample, judge: Judge) -> Iterator[Check]:
    """Volumes, SUVmax and numbers of lesions, and how often there are none."""
    for label, name in LABELS.items():
        volumes, peaks = sample.volume_ml[label], sample.suv_max[label]
        yield from quantile_checks(f"{name} volume", volumes, known.VOLUME_ML[label], judge)
        yield from quantile_checks(f"{name} SUVmax", peaks, known.SUV_MAX[label], judge)
    with_any = (sample.counts[1] > 0) | (sample.counts[2] > 0)
    for label, name in LABELS.items():
        yield from _count_checks(name, sample.counts[label][with_any], known.COUNTS[label], judge)
        yield share_check(
            "absent structures",
            f"no {name} of any size",
            ~sample.present[label],
            known.ABSENT[label],
            judge.share(known.ABSENT[label], sample.centres.size),
            known.ABSENCE,
        )
    yield from quantile_checks(
        "GTVn of a patient together",
        sample.nodes_ml,
        known.TOTAL_NODES_ML,
        judge,
        probabilities=known.TOTAL_NODES_ML.probabilities,
    )


def _count_checks(
    name: str, counts: NDArray[np.intp], published: tuple[int, ...], judge: Judge
) -> Iterator[Check]:
    last, total = len(published) - 1, sum(published)
    for number, patients in enumerate(published):
        found = counts >= last if number == last else counts == number
        label = f"{number}{' or more' if number == last else ''} of at least 1 ml"
        group = f"{name} components of a patient"
        share = patients / total
        limits = judge.share(share, max(found.size, 1))
        yield share_check(group, label, found, share, limits, known.LESION_TABLE)


def clinical_checks(sample: Sample, judge: Judge, relapse: Judge) -> Iterator[Check]:
    """Age, habits, treatment, HPV, relapse and days, among the known values."""
    source = known.CLINICAL_TABLE
    age, days = sample.known("Age"), sample.known("RFS")
    yield from quantile_checks(
        "age", age, known.AGE_YEARS, judge, probabilities=QUARTILES, tolerance=AGE_TOLERANCE
    )
    for column, (name, share) in known.SHARES.items():
        flags = sample.known(column) == 1
        chosen = relapse if column == "Relapse" else judge
        limits = chosen.share(share, max(flags.size, 1))
        yield share_check("clinical table", name, flags, share, limits, source)
    states = sample.known("Performance Status")
    for state, patients in enumerate(known.PERFORMANCE):
        share = patients / sum(known.PERFORMANCE)
        name = f"performance status {state}"
        limits = judge.share(share, max(states.size, 1))
        yield share_check("clinical table", name, states == state, share, limits, source)
    yield from quantile_checks(
        "relapse-free days",
        days,
        known.RFS_DAYS,
        judge,
        probabilities=QUARTILES,
        tolerance=RFS_TOLERANCE,
    )
