"""One small cohort on disk for all commands."""

from pathlib import Path

import pytest

from phantom.disk.cohort import write_cohort

COHORT_SEED = 4321


@pytest.fixture(scope="session")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four patients in the data set's layout, of the centre whose scans are the smallest."""
    folder = tmp_path_factory.mktemp("cohort") / "phantom"
    write_cohort(folder, patients=4, seed=COHORT_SEED, centres=("HGJ",), neck_only=True)
    return folder


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Prepared samples, which recipes of one spec share."""
    return tmp_path_factory.mktemp("cache")
