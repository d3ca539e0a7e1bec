"""Patients drawn and rendered once for all tests of the phantom."""

from collections.abc import Callable
from functools import cache

import pytest

from phantom.patient import Patient, make_patient
from phantom.profile import Profile, draw_profile

SEED = 20250
DRAWN = 20_000

PatientOf = Callable[[str], Patient]


@pytest.fixture(scope="session")
def profiles() -> list[Profile]:
    """Patients on paper, enough for their statistics to stand still."""
    return [draw_profile(SEED, index) for index in range(DRAWN)]


@pytest.fixture(scope="session")
def neck_patient() -> PatientOf:
    """A neck-only patient of a centre, each rendered once."""

    @cache
    def render(centre: str) -> Patient:
        return make_patient(SEED, 1, neck_only=True, centre=centre)

    return render
