import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from phantom.record.centres import CENTRES as PRESETS
from phantom.report import published
from phantom.report.geometry import PUBLISHED, Extent
from phantom.report.published import Quantiles

DISTRIBUTIONS = [
    *published.VOLUME_ML.values(),
    *published.SUV_MAX.values(),
    *published.MEAN_TO_MAX.values(),
    published.TOTAL_NODES_ML,
    published.AGE_YEARS,
    published.RFS_DAYS,
]
OF_ANY = st.sampled_from(DISTRIBUTIONS)
LEVELS = st.floats(min_value=1e-6, max_value=1 - 1e-6)


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_a_distribution_goes_through_its_published_points(distribution: Quantiles) -> None:
    assert distribution.at(distribution.probabilities) == pytest.approx(distribution.values)


@given(distribution=OF_ANY, first=LEVELS, second=LEVELS)
def test_a_distribution_never_falls(distribution: Quantiles, first: float, second: float) -> None:
    low, high = distribution.at(sorted((first, second)))
    assert 0 < low <= high


def test_a_log_normal_is_read_between_and_beyond_its_points() -> None:
    # Quartiles of the log-normal of median 10 and sigma 1: exp(±0.6745).
    spread = np.exp(0.67448975)
    curve = Quantiles((0.25, 0.5, 0.75), (10 / spread, 10.0, 10 * spread), "", "")
    assert curve.at(0.8413447) == pytest.approx(10 * np.e, rel=1e-5)
    assert curve.at(0.6) == pytest.approx(10 * np.exp(0.2533471), rel=1e-5)


def test_the_counted_patients_are_those_of_the_table() -> None:
    assert [sum(counts) for counts in published.COUNTS.values()] == [676, 676]
    primaries, components = 608 + 2 * 4, 1573
    nodes = np.dot((0, 1, 2, 3, 4), published.COUNTS[2][:5])
    assert components - primaries - nodes >= 5 * published.COUNTS[2][5]


def test_every_centre_of_the_generator_has_published_figures() -> None:
    assert set(published.CENTRES) == set(PRESETS) == set(PUBLISHED)
    assert sum(published.PATIENTS.values()) == 680
    assert all(len(shares) == len(published.CENTRES) for shares in published.MISSING.values())


@pytest.mark.parametrize(
    ("size", "spacing", "known"),
    [
        ((512, 512, 90), (0.977, 0.977, 3.27), True),
        ((512, 512, 90), (0.9765625, 0.9765625, 3.27), True),
        ((256, 256, 90), (0.977, 0.977, 3.27), False),
        ((512, 512, 90), (1.0, 1.0, 3.27), False),
        ((512, 512, 90), (0.977, 0.977, 3.0), False),
        ((512, 512, 90), (0.977, 0.9, 3.27), False),
        ((512, 500, 90), (0.977, 0.977, 3.27), False),
    ],
)
def test_a_grid_is_known_by_matrix_and_voxels(
    size: tuple[int, int, int], spacing: tuple[float, float, float], known: bool
) -> None:
    assert Extent(size, spacing).is_one_of(PUBLISHED["HGJ"].ct) is known


def test_extents() -> None:
    neck = Extent((512, 512, 91), (0.977, 0.977, 3.27))
    assert neck.length_mm == pytest.approx(297.57)
    assert not neck.whole_body
    assert neck.fits((298.0, 298.0, 441.0))
    assert not neck.fits((302.0, 350.0, 441.0))
    assert not neck.fits((200.0, 250.0, 290.0))
    assert Extent((200, 200, 345), (4.07, 4.07, 2.03)).whole_body
    assert str(neck) == "512² × 0.977 × 3.27"
