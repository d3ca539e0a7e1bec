import numpy as np
import pytest
from scipy import stats

from phantom.disease.curves import NODE_ML, NODE_SUV, PRIMARY_ML, PRIMARY_SUV, Curve


@pytest.mark.parametrize("curve", [PRIMARY_ML, PRIMARY_SUV, NODE_ML, NODE_SUV])
def test_a_curve_goes_through_its_quantiles_and_rises(curve: Curve) -> None:
    for level, value in zip(curve.levels, curve.values, strict=True):
        assert curve.at(float(stats.norm.ppf(level / 100))) == pytest.approx(value)
    values = [curve.at(score) for score in np.linspace(-4, 4, 200)]
    assert values == sorted(values)
    assert (values[0], values[-1]) == curve.limits or values[-1] < curve.limits[1]


def test_a_log_normal_by_two_quantiles_is_that_log_normal() -> None:
    levels = tuple(100 * stats.norm.cdf((-1.0, 1.0)))
    curve = Curve(levels, (np.exp(1.5), np.exp(2.5)), (0.0, 1e6))
    assert curve.at(0.0) == pytest.approx(np.exp(2.0))
    assert curve.at(3.0) == pytest.approx(np.exp(3.5))
    assert curve.at(0.0, log_shift=0.7) == pytest.approx(np.exp(2.7))
