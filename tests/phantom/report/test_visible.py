from dataclasses import replace

import numpy as np
import pytest

import phantom.report.visible
from evaluation.metrics.calls import roc_auc
from phantom.disease.seats import SITES
from phantom.profile import Profile, draw_profile
from phantom.report.visible import (
    VISIBLE_PATIENTS,
    VISIBLE_SEED,
    fit_visible,
    image_findings,
    recorded_values,
    visible_score,
)


def aged(profile: Profile) -> Profile:
    """The same patient on the images, with another true record."""
    return replace(profile, clinical=replace(profile.clinical, age_years=33.0, tobacco=True))


def rewritten(profile: Profile, **values: float | str | None) -> Profile:
    """The same patient with other recorded values."""
    told = {name.replace("_", " "): value for name, value in values.items()}
    return replace(
        profile, recorded=replace(profile.recorded, values=profile.recorded.values | told)
    )


def hpv(profiles: list[Profile]) -> np.ndarray:
    return np.array([profile.clinical.hpv_positive for profile in profiles])


def test_image_findings_hold_no_clinical_value(profiles: list[Profile]) -> None:
    few = profiles[:50]
    findings = image_findings(few)
    assert np.isfinite(findings).all()
    assert (findings == image_findings([aged(p) for p in few])).all()


def test_findings_of_a_patient_do_not_depend_on_the_others(profiles: list[Profile]) -> None:
    assert (image_findings(profiles[:50])[7] == image_findings(profiles[7:8])[0]).all()
    sites = image_findings(profiles[:50])[:, -len(SITES) :].sum(axis=1)
    assert set(sites.tolist()) <= {0.0, 1.0, 2.0}


def test_records_by_hand(profiles: list[Profile]) -> None:
    one = rewritten(profiles[0], Age=61.0, Tobacco_Consumption=None, Treatment=1.0)
    one = replace(
        one, recorded=replace(one.recorded, values=one.recorded.values | {"M-stage": "M1"})
    )
    row = recorded_values([one])[0]
    assert (row[0], row[5], row[6]) == (61.0, 1.0, 1.0)
    assert np.isnan(row[2])


def test_a_score_sees_the_record_as_it_is_kept_and_not_the_truth(profiles: list[Profile]) -> None:
    score = fit_visible(profiles)
    few = profiles[:20]
    assert (score.of(few) == score.of([aged(p) for p in few])).all()
    smokers = score.of([rewritten(p, Tobacco_Consumption=1.0) for p in few])
    others = score.of([rewritten(p, Tobacco_Consumption=0.0) for p in few])
    # Who is HPV negative smokes more often.
    assert (smokers < others).all()
    assert np.ptp(others - smokers) == pytest.approx(0.0, abs=1e-9)


def test_the_score_tells_more_than_chance_and_less_than_the_truth() -> None:
    score = fit_visible([draw_profile(1, index) for index in range(1500)])
    unseen = [draw_profile(2, index) for index in range(600)]
    assert 0.68 < roc_auc(score.of(unseen), truth=hpv(unseen)) < 0.93


def test_the_kept_score_is_of_its_own_cohort(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int]] = []

    def drawn(seed: int, index: int) -> Profile:
        asked.append((seed, index))
        return draw_profile(seed, index)

    monkeypatch.setattr(phantom.report.visible, "draw_profile", drawn)
    monkeypatch.setattr(phantom.report.visible, "VISIBLE_PATIENTS", 100)
    fresh = visible_score.__wrapped__()
    assert asked == [(VISIBLE_SEED, index) for index in range(100)]
    assert VISIBLE_PATIENTS >= 10_000
    assert np.isfinite(fresh.weights).all()
