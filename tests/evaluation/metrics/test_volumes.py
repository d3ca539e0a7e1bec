import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.metrics.volumes import volume_agreement
from tests.strategies import few


def test_agreement_by_hand() -> None:
    # Differences 1, -1, 3: mean 1, standard deviation 2.
    found = volume_agreement([3.0, 3.0, 9.0], truth_ml=[2.0, 4.0, 6.0])
    assert found.bias_ml == pytest.approx(1.0)
    assert found.low_ml == pytest.approx(1.0 - 1.96 * 2.0)
    assert found.high_ml == pytest.approx(1.0 + 1.96 * 2.0)
    # Means 5 and 4; deviations (-2, -2, 4) and (-2, 0, 2).
    covariance, variances = (4 + 0 + 8) / 3, (4 + 4 + 16) / 3 + (4 + 0 + 4) / 3
    assert found.concordance == pytest.approx(2 * covariance / (variances + 1.0))
    assert found.relative_bias == pytest.approx(3 / 12)


def test_too_much_is_a_positive_bias() -> None:
    assert volume_agreement([2.0], truth_ml=[1.0]).bias_ml == 1.0
    assert volume_agreement([1.0], truth_ml=[2.0]).relative_bias == -0.5


def test_equal_volumes_agree_fully() -> None:
    found = volume_agreement([1.0, 2.0, 4.0], truth_ml=[1.0, 2.0, 4.0])
    assert (found.bias_ml, found.low_ml, found.high_ml) == (0.0, 0.0, 0.0)
    assert found.concordance == pytest.approx(1.0)


def test_opposite_volumes_have_concordance_minus_one() -> None:
    assert volume_agreement([1.0, 3.0], truth_ml=[3.0, 1.0]).concordance == pytest.approx(-1.0)


def test_what_is_not_defined_is_nan() -> None:
    one = volume_agreement([1.0], truth_ml=[2.0])
    assert np.isnan(one.low_ml)
    assert np.isnan(one.high_ml)
    same = volume_agreement([0.1, 0.1, 0.1], truth_ml=[0.1, 0.1, 0.1])
    assert np.isnan(same.concordance)
    assert np.isnan(volume_agreement([0.0, 1.0], truth_ml=[0.0, 0.0]).relative_bias)


@pytest.mark.parametrize(("mine", "real"), [([], []), ([1.0], [1.0, 2.0]), ([[1.0]], [[1.0]])])
def test_unequal_or_no_patients_are_refused(mine: list[float], real: list[float]) -> None:
    with pytest.raises(ValueError, match="expected two equal lengths of at least 1"):
        volume_agreement(mine, truth_ml=real)


VOLUME = st.integers(0, 1000).map(lambda tenths: tenths / 10)


@few
@given(rows=st.lists(st.tuples(VOLUME, VOLUME), min_size=2, max_size=20))
def test_agreement_turns_its_sign_with_its_sides(rows: list[tuple[float, float]]) -> None:
    mine, real = np.array(rows).T
    one, other = volume_agreement(mine, truth_ml=real), volume_agreement(real, truth_ml=mine)
    assert one.bias_ml == pytest.approx(-other.bias_ml)
    assert one.low_ml == pytest.approx(-other.high_ml)
    assert one.concordance == pytest.approx(other.concordance, nan_ok=True)
    if not np.isnan(one.concordance):
        # Lin's coefficient is never further from zero than Pearson's.
        assert -1.0 - 1e-9 <= one.concordance <= 1.0 + 1e-9
        if np.ptp(mine) > 0 and np.ptp(real) > 0:
            assert abs(one.concordance) <= abs(np.corrcoef(mine, real)[0, 1]) + 1e-9
