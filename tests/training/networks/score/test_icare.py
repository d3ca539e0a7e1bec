"""ICARE at inference against a loop over patients, estimators and features."""

import numpy as np
import pytest
import torch

from training.networks.score.icare import IcareScore
from training.networks.score.values import MemberInputs
from training.recipe.score import IcareNetwork

ESTIMATORS, FEATURES, PATIENTS = 7, 5, 40


def member(combine: str) -> IcareScore:
    network = IcareNetwork.model_validate(
        {"kind": "icare", "estimators": ESTIMATORS, "combine": combine}
    )
    made = IcareScore(network, features=FEATURES, of=None)
    generator = torch.Generator().manual_seed(0)
    chosen = (torch.rand(made.chosen.shape, generator=generator) < 0.4).float()
    chosen[3] = 0.0  # an estimator that found no feature
    made.chosen.copy_(chosen)
    made.weight.copy_(chosen * torch.randn(chosen.shape, generator=generator))
    made.shift.copy_(chosen * torch.randn(chosen.shape, generator=generator))
    made.centre.copy_(torch.randn(ESTIMATORS, generator=generator))
    made.scale.copy_(0.5 + torch.rand(ESTIMATORS, generator=generator))
    return made


def patients() -> MemberInputs:
    generator = torch.Generator().manual_seed(1)
    known = (torch.rand(PATIENTS, FEATURES, generator=generator) < 0.5).float()
    known[0], known[1] = 0.0, 1.0
    values = known * torch.randn(PATIENTS, FEATURES, generator=generator)
    return MemberInputs(None, values, known, 1.0 - known)


def answer(made: IcareScore, values: list[float], known: list[float], combine: str) -> float:
    answers = []
    for e in range(ESTIMATORS):
        parts = [
            values[f] * float(made.weight[e, f]) - float(made.shift[e, f])
            for f in range(FEATURES)
            if float(made.chosen[e, f]) and known[f]
        ]
        if parts:
            mean = sum(parts) / len(parts)
            answers.append((mean - float(made.centre[e])) / float(made.scale[e]))
    if not answers:
        return 0.0
    return float(np.mean(answers) if combine == "mean" else np.median(answers))


@pytest.mark.parametrize("combine", ["mean", "median"])
def test_it_says_what_a_loop_says(combine: str) -> None:
    made, seen = member(combine), patients()
    assert seen.values is not None
    assert seen.known is not None
    rows = zip(seen.values.tolist(), seen.known.tolist(), strict=True)
    expected = [answer(made, values, known, combine) for values, known in rows]
    assert made(seen).tolist() == pytest.approx(expected, abs=1e-5)
    # Nothing known: the average patient.
    assert float(made(seen)[0]) == 0.0


def test_the_median_of_equal_answers_is_theirs() -> None:
    made = member("median")
    made.chosen.fill_(1.0)
    made.weight.fill_(1.0)
    made.shift.fill_(0.0)
    made.centre.fill_(0.0)
    made.scale.fill_(1.0)
    values = torch.full((1, FEATURES), 2.5)
    ones = torch.ones_like(values)
    assert float(made(MemberInputs(None, values, ones, 1.0 - ones))[0]) == 2.5


def test_without_values_there_are_no_features() -> None:
    with pytest.raises(ValueError, match="expected clinical or lesion values, found neither"):
        member("mean").features(MemberInputs())
