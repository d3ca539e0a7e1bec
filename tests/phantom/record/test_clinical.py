import numpy as np
import pytest

from phantom.profile import Profile
from phantom.record.centres import CENTRES


def test_age_sex_and_treatment_are_as_published(profiles: list[Profile]) -> None:
    ages = np.array([profile.clinical.age_years for profile in profiles])
    assert ages.mean() == pytest.approx(60.0, abs=0.3)
    assert ages.std() == pytest.approx(9.2, abs=0.3)
    assert ages.min() >= 32
    assert ages.max() <= 90
    np.testing.assert_allclose(np.percentile(ages, (25, 50, 75)), (53, 59, 66), atol=1.5)
    for name, rate in (("male", 0.835), ("tobacco", 0.462), ("alcohol", 0.638)):
        share = np.mean([getattr(profile.clinical, name) for profile in profiles])
        assert share == pytest.approx(rate, abs=0.015), name
    chemo = np.mean([profile.clinical.chemotherapy for profile in profiles])
    assert chemo == pytest.approx(0.836, abs=0.01)


def test_performance_status_is_as_published(profiles: list[Profile]) -> None:
    counts = np.bincount([profile.clinical.performance for profile in profiles], minlength=5)
    published = np.array([226, 208, 23, 7, 4]) / 468
    np.testing.assert_allclose(counts / len(profiles), published, atol=0.012)


def test_hpv_prevalence_and_its_patients(profiles: list[Profile]) -> None:
    hpv = np.array([profile.clinical.hpv_positive for profile in profiles])
    age = np.array([profile.clinical.age_years for profile in profiles])
    tobacco = np.array([profile.clinical.tobacco for profile in profiles])
    assert hpv.mean() == pytest.approx(0.893, abs=0.01)
    assert age[hpv].mean() - age[~hpv].mean() == pytest.approx(-1.5, abs=0.7)
    assert tobacco[hpv].mean() == pytest.approx(0.43, abs=0.02)
    assert tobacco[~hpv].mean() == pytest.approx(0.75, abs=0.03)
    recorded = [p.recorded.hpv_positive for p in profiles if p.recorded.hpv_positive is not None]
    assert np.mean(recorded) == pytest.approx(0.893, abs=0.01)


PUBLISHED_MISSING = {
    # centre: tobacco, alcohol, performance status, treatment, HPV, per cent
    "CHUM": (100, 100, 100, 0, 61),
    "CHUP": (0, 0, 0, 0, 20),
    "CHUS": (100, 100, 100, 0, 54),
    "MDA": (0, 1, 11, 4, 2),
    "HGJ": (100, 100, 100, 0, 31),
    "HMR": (100, 100, 100, 0, 89),
    "USZ": (100, 100, 100, 0, 100),
}


@pytest.mark.parametrize("centre", CENTRES)
def test_each_centre_leaves_its_own_values_blank(profiles: list[Profile], centre: str) -> None:
    there = [profile.recorded for profile in profiles if profile.centre == centre]
    columns = ("Tobacco Consumption", "Alcohol Consumption", "Performance Status", "Treatment")
    missing = [100 * np.mean([r.values[column] is None for r in there]) for column in columns]
    missing.append(100 * np.mean([record.hpv_positive is None for record in there]))
    np.testing.assert_allclose(missing, PUBLISHED_MISSING[centre], atol=4.0)


def test_recorded_values_are_the_true_ones_in_the_tables_codes(profiles: list[Profile]) -> None:
    for profile in profiles[:500]:
        values, clinical = profile.recorded.values, profile.clinical
        assert values["CenterID"] == CENTRES[profile.centre].centre_id
        assert values["Age"] == clinical.age_years
        assert values["Gender"] == (1.0 if clinical.male else 0.0)
        assert values["M-stage"] == ("M1" if clinical.metastasis else "M0")
        assert values["Tobacco Consumption"] in (None, float(clinical.tobacco))
        assert values["Treatment"] in (None, float(clinical.chemotherapy))
        assert profile.recorded.hpv_positive in (None, clinical.hpv_positive)
