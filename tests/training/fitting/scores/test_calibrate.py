"""The final scale: mean 0 and sd 1 of a risk, one half as the threshold of an HPV score."""

import numpy as np
import pytest
import torch

from tests.training.patients import outcomes
from tests.training.synthetic import values_only
from training.fitting.scores.calibrate import LEAST_SLOPE, platt, set_scale
from training.networks.build import build_network
from training.networks.score import ScoreNet

EXPERTS: dict[str, object] = {"kind": "experts", "experts": [{"kind": "linear"}, {"kind": "icare"}]}


def network(role: str) -> ScoreNet:
    made = build_network(values_only(role, EXPERTS))
    assert isinstance(made, ScoreNet)
    return made


def scaled(made: ScoreNet, raw: torch.Tensor) -> np.ndarray:
    standard = (raw - made.member_mean) / made.member_sd
    return (made.slope * standard.mean(1) + made.offset).numpy()


def test_a_risk_has_mean_zero_and_sd_one_over_its_patients() -> None:
    rng = np.random.default_rng(0)
    raw = torch.from_numpy(rng.normal([5.0, -300.0], [0.1, 70.0], size=(50, 2))).float()
    made = network("risk")
    set_scale(made, raw, outcomes("risk", time=np.ones(50), outcome=[True] * 50))
    told = scaled(made, raw)
    assert told.mean() == pytest.approx(0.0, abs=1e-5)
    assert told.std() == pytest.approx(1.0, abs=1e-5)
    # Both members count alike, whatever their own scales.
    assert np.corrcoef(told, raw[:, 0])[0, 1] == pytest.approx(
        np.corrcoef(told, raw[:, 1])[0, 1], abs=1e-4
    )


def test_a_member_that_says_nothing_does_not_divide_by_zero() -> None:
    raw = torch.stack([torch.arange(6.0), torch.full((6,), 2.0)], dim=1)
    made = network("risk")
    set_scale(made, raw, outcomes("risk", time=np.ones(6), outcome=[True] * 6))
    assert made.member_sd.tolist()[1] == 1.0
    assert scaled(made, raw).std() == pytest.approx(1.0, abs=1e-5)


def test_one_half_is_where_rare_negatives_and_positives_are_as_likely() -> None:
    rng = np.random.default_rng(0)
    positive = np.arange(4000) >= 400  # nine in ten
    score = rng.normal(np.where(positive, 1.0, -1.0), 1.0)
    slope, offset = platt(score, positive)
    # Of two normals of sd 1 at +1 and -1, equally frequent, the logit is 2 x.
    assert slope == pytest.approx(2.0, abs=0.25)
    assert offset == pytest.approx(0.0, abs=0.15)
    made = network("hpv")
    raw = torch.from_numpy(np.stack([score, 3.0 * score], axis=1)).float()
    set_scale(made, raw, outcomes("hpv", time=np.ones(4000), outcome=positive))
    called = scaled(made, raw) > 0.0
    assert called[positive].mean() == pytest.approx(0.84, abs=0.03)
    assert called[~positive].mean() == pytest.approx(0.16, abs=0.05)


def test_perfect_scores_stay_finite() -> None:
    slope, offset = platt(np.array([-1.0, -1.0, 1.0, 1.0]), np.array([False, False, True, True]))
    # Smoothed targets of 3 / 4 and 1 / 4 are the probabilities, and the logit of 3 / 4 is ln 3.
    assert slope == pytest.approx(np.log(3.0), abs=1e-4)
    assert offset == pytest.approx(0.0, abs=1e-4)


def test_few_negatives_do_not_move_the_threshold_into_them() -> None:
    # Scores of the negatives mirror those of the positives, each of these ten times.
    low = np.array([-2.0, -1.0, -0.5, 0.25])
    score = np.concatenate([low, np.repeat(-low, 10)])
    slope, offset = platt(score, np.arange(44) >= 4)
    assert offset == pytest.approx(0.0, abs=1e-4)
    assert slope > 0.5
    # Whoever the few are.
    turned, other = platt(-score, np.arange(44) < 4)
    assert (turned, other) == pytest.approx((slope, 0.0), abs=1e-4)


def test_a_score_is_never_turned_round() -> None:
    rng = np.random.default_rng(0)
    positive = rng.random(60) < 0.5
    slope, offset = platt(rng.normal(np.where(positive, -1.0, 1.0)), positive)
    assert slope == LEAST_SLOPE
    assert abs(offset) < 0.1
