import torch

from training.fitting.scores.hiding import hide


def test_hiding_turns_values_missing_and_touches_nothing_else() -> None:
    clinical = torch.rand(64, 14, generator=torch.Generator().manual_seed(0))
    clinical[:, 1::2] = 0.0
    before = clinical.clone()
    hidden = hide(clinical, 0.2, generator=torch.Generator().manual_seed(0))
    gone = hidden[:, 1::2] == 1.0
    assert 0.1 < float(gone.float().mean()) < 0.3
    assert not hidden[:, 0::2][gone].any()
    assert torch.equal(hidden[:, 0::2][~gone], clinical[:, 0::2][~gone])
    assert torch.equal(clinical, before)


def test_what_is_missing_stays_missing() -> None:
    clinical = torch.tensor([[0.0, 1.0, 5.0, 0.0]])
    assert torch.equal(hide(clinical, 0.0), clinical)
