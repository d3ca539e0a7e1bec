"""Standardised values: missing ones are the mean, and say so."""

import pytest
import torch

from training.networks.score.values import MOST_SDS, MemberInputs, Values

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
        assert seen.covariates.shape == (4, 3)


def test_a_flag_that_no_training_patient_has_is_unknown_of_whoever_has_it() -> None:
    values = Values(clinical=2, lesions=1)
    nobody = torch.tensor([[0.0, 0.0, 0.0, 1.0], [0.0, 0.0, 0.0, 1.0], [0.0, 1.0, 0.0, 1.0]])
    values.fit(nobody, torch.full((3, 1), 0.1))
    # The flag goes from 0 to 1, a value that nobody had is there, and the feature differs.
    seen = values(None, torch.tensor([[1.0, 0.0, 63.0, 0.0]]), torch.tensor([[7.0]]))
    assert seen.values is not None
    assert seen.known is not None
    assert seen.values.tolist() == seen.known.tolist() == [[0.0, 0.0, 0.0]]
    assert (
        seen.covariates.tolist() == values(None, nobody, torch.zeros(3, 1)).covariates.tolist()[:1]
    )
    assert values.sd.tolist() == [1.0, 1.0, 1.0]


def test_what_hardly_varies_but_does_is_standardised() -> None:
    values = Values(clinical=0, lesions=1)
    values.fit(None, torch.tensor([[0.001], [0.002], [0.003]]))
    seen = values(None, None, torch.tensor([[0.003]]))
    assert seen.values is not None
    assert float(seen.values) == pytest.approx(1.5**0.5, rel=1e-4)


def test_an_outlier_is_limited() -> None:
    values = Values(clinical=1, lesions=0)
    values.fit(PAIRS, None)
    far = torch.tensor([[1e6, 0.0], [-1e6, 0.0], [60.0, 0.0]])
    seen = values(None, far, None)
    assert seen.values is not None
    assert seen.values[:, 0].tolist() == [MOST_SDS, -MOST_SDS, 0.0]


def test_a_feature_of_a_label_that_is_absent_is_unknown() -> None:
    values = Values(clinical=1, lesions=2)
    gone = float("nan")
    values.fit(PAIRS, torch.tensor([[0.0, gone], [1.0, 40.0], [2.0, 20.0], [1.0, gone]]))
    assert values.mean.tolist() == pytest.approx([60.0, 1.0, 30.0])
    assert values.sd[2] == pytest.approx(10.0)
    seen = values(None, PAIRS[:2], torch.tensor([[0.0, gone], [1.0, 20.0]]))
    assert seen.values is not None
    assert seen.known is not None
    assert seen.values[:, 2].tolist() == [0.0, -1.0]
    assert seen.known.tolist() == [[1.0, 1.0, 0.0], [1.0, 1.0, 1.0]]
    # Its indicator would be that of another count, or of a centre.
    assert seen.covariates.shape == (2, 4)
    assert bool(seen.covariates.isfinite().all())


def test_an_image_alone_has_no_values() -> None:
    image = torch.zeros(1, 1, 2, 2, 2)
    values = Values(clinical=0, lesions=0)
    values.fit(None, None)
    seen = values(image, None, None)
    assert seen == MemberInputs(image)
    with pytest.raises(ValueError, match="expected clinical or lesion values, found neither"):
        _ = seen.covariates
