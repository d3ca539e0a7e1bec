"""Patients that several benchmarks are tried on."""

from __future__ import annotations

from pathlib import Path

import pytest

from phantom.disk.cohort import write_cohort


@pytest.fixture(scope="session")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two phantom patients in the data set's layout."""
    folder = tmp_path_factory.mktemp("cohort") / "cohort"
    write_cohort(folder, patients=2, seed=4321, centres=("HGJ",), neck_only=True)
    return folder
