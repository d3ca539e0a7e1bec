from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import training.measure.ceilings
from phantom.profile import draw_profile
from phantom.report.visible import VISIBLE_SEED, fit_visible
from shared.errors import ModelError
from training.measure.ceilings import of_ceiling, require_apart, with_truth

PROFILES = [draw_profile(5, index) for index in range(200)]


def test_the_true_risk_is_its_own_ceiling() -> None:
    cases = pd.DataFrame(
        {
            "risk": [profile.outcome.log_risk for profile in PROFILES],
            "event": [profile.outcome.relapse for profile in PROFILES],
            "time_days": [profile.outcome.days for profile in PROFILES],
        }
    )
    whole = of_ceiling(2, with_truth(2, cases, PROFILES))
    low, high = whole["c_index_of_true_risk_95"]
    assert 0.5 < low < whole["c_index_of_true_risk"] < high < 0.9
    assert whole["share_of_the_way"] == 1.0
    assert whole["share_of_the_way_95"] == [1.0, 1.0]
    assert whole["events"] == int(cases["event"].sum())
    against = of_ceiling(2, with_truth(2, cases.assign(risk=-cases["risk"]), PROFILES))
    assert against["share_of_the_way"] == pytest.approx(-1.0)
    flat = of_ceiling(2, with_truth(2, cases.assign(risk=0.0), PROFILES))
    assert flat["share_of_the_way"] == 0.0
    assert flat["share_of_the_way_95"] == [0.0, 0.0]


def test_the_visible_score_is_a_ceiling_of_the_same_patients(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    score = fit_visible([draw_profile(6, index) for index in range(400)])
    monkeypatch.setattr(training.measure.ceilings, "visible_score", lambda: score)
    truth = np.array([profile.clinical.hpv_positive for profile in PROFILES])
    cases = pd.DataFrame({"truth": truth, "probability": score.of(PROFILES)})
    whole = of_ceiling(3, with_truth(3, cases, PROFILES))
    assert whole["auc_of_visible_score"] > 0.6
    assert whole["share_of_the_way"] == 1.0
    assert whole["negatives"] == int((~truth).sum())
    perfect = of_ceiling(3, with_truth(3, cases.assign(probability=truth * 1.0), PROFILES))
    expected = 0.5 / (whole["auc_of_visible_score"] - 0.5)
    assert perfect["share_of_the_way"] == pytest.approx(expected)


def test_masks_have_no_ceiling() -> None:
    cases = pd.DataFrame({"gtvp_dice": [0.5, 0.6]})
    assert with_truth(1, cases, PROFILES[:2]) is cases
    assert of_ceiling(1, cases) == {}


def test_the_visible_scores_own_cohort_measures_nothing() -> None:
    with pytest.raises(ModelError, match=f"seed {VISIBLE_SEED}: expected one that the generator's"):
        require_apart(3, VISIBLE_SEED)
    require_apart(2, VISIBLE_SEED)
    require_apart(3, VISIBLE_SEED + 1)
