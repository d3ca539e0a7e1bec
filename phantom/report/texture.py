"""What is inside the lesions: uptake, shape and CT values, as published."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from phantom.report import published as known
from phantom.report.calibration import quantile_checks
from phantom.report.checks import CONFIDENCE, Check, Sampling
from phantom.report.measure import HU_RANGE
from phantom.report.sample import LABELS

_RESAMPLES = 4000


def texture_checks(
    mean_to_max: dict[int, NDArray[np.float64]], sphericity: NDArray[np.float64]
) -> Iterator[Check]:
    """SUVmean over SUVmax by label, and the sphericity of primaries."""
    for label, name in LABELS.items():
        yield from quantile_checks(
            f"{name} SUVmean over SUVmax",
            mean_to_max[label],
            known.MEAN_TO_MAX[label],
            Sampling(),
            probabilities=known.MEAN_TO_MAX[label].probabilities,
        )
    yield _bootstrap_check(
        "GTVp sphericity",
        "median",
        known.SPHERICITY_MEDIAN,
        _resampled_medians(sphericity),
        float(np.median(sphericity)) if sphericity.size else float("nan"),
        known.LESION_TABLE,
    )


def _resampled_medians(values: NDArray[np.float64]) -> NDArray[np.float64]:
    rng = np.random.default_rng(0)
    picks = rng.integers(0, max(values.size, 1), (_RESAMPLES, values.size))
    return np.asarray(np.median(values[picks], axis=1)) if values.size else np.full(1, np.nan)


def _bootstrap_check(
    group: str,
    name: str,
    published: float,
    resampled: NDArray[np.float64],
    found: float,
    source: str,
    unit: str = "",
) -> Check:
    """Return a check within the published figure plus the found figure's own 99 % spread."""
    tail = 50 * (1 - CONFIDENCE)
    low, high = np.percentile(resampled, (tail, 100 - tail)) - found
    return Check(
        group=group,
        name=name,
        published=published,
        found=found,
        low=published + float(low),
        high=published + float(high),
        rule="99 % of patients drawn again (bootstrap)",
        source=source,
        unit=unit,
    )


def hu_checks(shares: NDArray[np.float64]) -> Iterator[Check]:
    """CT values inside the labels; nothing where no patient has any.

    Parameters
    ----------
    shares : ndarray, shape (patients, values)
        Histogram of each patient over `HU_RANGE`.
    """
    if not len(shares):
        return
    rng = np.random.default_rng(0)
    weights = rng.multinomial(len(shares), np.full(len(shares), 1 / len(shares)), _RESAMPLES)
    found = hu_figures(shares.sum(axis=0, keepdims=True))
    resampled = hu_figures(weights @ shares)
    for name, published in known.HU.items():
        yield _bootstrap_check(
            "CT inside the labels",
            name,
            published,
            resampled[name],
            float(found[name][0]),
            known.FINGERPRINT,
            "HU",
        )


def hu_figures(shares: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Return mean, sd and quantiles of histograms over `HU_RANGE`, shape (n, values), by name."""
    values = np.arange(HU_RANGE[0], HU_RANGE[1] + 1, dtype=np.float64)
    total = shares.sum(axis=1)
    mean = shares @ values / total
    below = np.cumsum(shares, axis=1) / total[:, None]

    def quantile(probability: float) -> NDArray[np.float64]:
        return np.asarray(values[np.argmax(below >= probability, axis=1)])

    return {
        "mean": mean,
        "median": quantile(0.5),
        "sd": np.sqrt(shares @ values**2 / total - mean**2),
        "p0.5": quantile(0.005),
        "p99.5": quantile(0.995),
    }
