"""Masked values: those that go missing together are masked together, so no centre stands out."""

import pytest
import torch

from tests.training.patients import outcomes
from training.fitting.scores.linear import fit_linear
from training.fitting.scores.masking import joint_groups, mask_values
from training.networks.score.values import Values

ALONE = torch.arange(7)


def missing(*columns: list[float]) -> torch.Tensor:
    """Return pairs of values 1 whose indicators are these columns, shape (n, 2 f)."""
    indicators = torch.tensor(columns).T
    return torch.stack([1.0 - indicators, indicators], dim=2).flatten(1)


def test_masking_turns_values_missing_and_touches_nothing_else() -> None:
    clinical = torch.rand(64, 14, generator=torch.Generator().manual_seed(0))
    clinical[:, 1::2] = 0.0
    before = clinical.clone()
    masked = mask_values(clinical, 0.2, ALONE, generator=torch.Generator().manual_seed(0))
    gone = masked[:, 1::2] == 1.0
    assert 0.1 < float(gone.float().mean()) < 0.3
    assert not masked[:, 0::2][gone].any()
    assert torch.equal(masked[:, 0::2][~gone], clinical[:, 0::2][~gone])
    assert torch.equal(clinical, before)


def test_what_is_missing_stays_missing() -> None:
    clinical = torch.tensor([[0.0, 1.0, 5.0, 0.0]])
    assert torch.equal(mask_values(clinical, 0.0, ALONE[:2]), clinical)


def test_a_group_is_masked_whole_or_not_at_all() -> None:
    clinical = missing([0.0] * 400, [0.0] * 400, [0.0] * 400)
    groups = torch.tensor([0, 1, 1])
    generator = torch.Generator().manual_seed(0)
    gone = mask_values(clinical, 0.3, groups, generator=generator)[:, 1::2] == 1.0
    assert torch.equal(gone[:, 1], gone[:, 2])
    assert not torch.equal(gone[:, 0], gone[:, 1])
    assert gone.float().mean(0).tolist() == pytest.approx([0.3] * 3, abs=0.07)


def test_values_that_go_missing_together_are_one_group() -> None:
    clinical = missing(
        [0.0] * 8,  # never missing
        [1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0],
        [1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0],  # no correlation with any
        [1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0],  # 0.77 with the second
        [1.0] * 8,  # never known
        [0.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0],  # 0.5 with the second, 0.77 with the fourth
        [0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0],  # known where the second is missing
    )
    assert joint_groups(clinical).tolist() == [0, 1, 2, 1, 3, 1, 4]


def centre_gap(groups: torch.Tensor | None) -> float:
    """Fit HPV status where one centre has three values of none and fewer positives.

    Returns
    -------
    float
        By how much its indicators alone lower a patient's score.
    """
    generator = torch.Generator().manual_seed(0)
    count = 600
    elsewhere = torch.rand(count, generator=generator) < 0.4
    positive = torch.rand(count, generator=generator) < torch.where(elsewhere, 0.3, 0.7)
    values = torch.randn(count, 4, generator=generator) + 0.5 * positive[:, None]
    indicators = torch.zeros(count, 4)
    indicators[elsewhere, :3] = 1.0
    clinical = torch.stack([values * (1.0 - indicators), indicators], dim=2).flatten(1)
    made = Values(clinical=4, lesions=0)
    made.fit(clinical, None)
    copies = (
        [clinical]
        if groups is None
        else [mask_values(clinical, 0.5, groups, generator=generator) for _ in range(8)]
    )
    covariates = torch.stack([made(None, copy, None).covariates for copy in copies])
    table = outcomes("hpv", time=torch.ones(count).numpy(), outcome=positive.numpy())
    return -float(fit_linear(covariates, table, ridge=0.02)[4:7].sum())


def test_masking_together_is_what_keeps_a_centre_from_standing_out() -> None:
    torch.set_num_threads(1)
    none, alone, jointly = (
        centre_gap(groups) for groups in (None, torch.arange(4), torch.tensor([0, 0, 0, 1]))
    )
    assert alone > 0.9 * none
    assert 0.0 < jointly < 0.7 * none
