"""Standardised values: missing ones are the mean, and say so."""

import pytest
import torch

from training.networks.score.values import Seen, Values

PAIRS = torch.tensor([[50.0, 0.0], [60.0, 0.0], [70.0, 0.0], [0.0, 1.0]])


def test_scaling_is_fitted_on_known_values_only() -> None:
    values = Values(clinical=1, lesions=1)
    values.fit(PAIRS, torch.tensor([[1.0], [1.0], [3.0], [3.0]]))
    assert values.mean.tolist() == pytest.approx([60.0, 2.0])
    assert values.sd.tolist() == pytest.approx([(200 / 3) ** 0.5, 1.0])


def test_a_missing_value_is_the_mean_whatever_stands_there_and_its_indicator_tells() -> None:
    values = Values(clinical=1, lesions=1)
    lesions = torch.tensor([[1.0], [1.0], [3.0], [3.0]])
    values.fit(PAIRS, lesions)
    other = PAIRS.clone()
    other[3, 0] = 77.0
    for clinical in (PAIRS, other):
        seen = values(None, clinical, lesions)
        assert seen.values is not None
        assert seen.known is not None
        assert seen.missing is not None
        assert seen.values[3].tolist() == [0.0, 1.0]
        assert seen.known.tolist()[2:] == [[1.0, 1.0], [0.0, 1.0]]
        assert seen.missing[:, 0].tolist() == [0.0, 0.0, 0.0, 1.0]
        assert seen.described.shape == (4, 3)


def test_what_never_differs_is_not_blown_up() -> None:
    values = Values(clinical=0, lesions=1)
    values.fit(None, torch.full((3, 1), 5.0))
    seen = values(None, None, torch.tensor([[5.0], [5.001]]))
    assert seen.values is not None
    assert seen.values[:, 0].tolist() == pytest.approx([0.0, 1.0], abs=1e-3)


def test_an_image_alone_has_no_values() -> None:
    image = torch.zeros(1, 1, 2, 2, 2)
    values = Values(clinical=0, lesions=0)
    values.fit(None, None)
    seen = values(image, None, None)
    assert seen == Seen(image)
    with pytest.raises(ValueError, match="expected clinical or lesion values, found neither"):
        _ = seen.described
