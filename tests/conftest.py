"""Fixtures that several folders of tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.limits import Deadline
from tests.scans import write_input


@pytest.fixture
def input_dir(tmp_path: Path) -> Path:
    """A small, sound input folder."""
    return write_input(tmp_path / "input")


@pytest.fixture
def output_dir(tmp_path: Path) -> Path:
    """An empty output folder."""
    folder = tmp_path / "output"
    folder.mkdir()
    return folder


@pytest.fixture
def ample() -> Deadline:
    """More time than any test needs."""
    return Deadline(600.0)


@pytest.fixture
def over() -> Deadline:
    """No time left."""
    return Deadline(0.0)
