import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from phantom.geometry.sampling import Lattice, resample

SOURCE = Lattice((12, 10, 8), (2.0, 2.0, 2.0), (-11.0, 4.0, 30.0))


def _ramp(lattice: Lattice) -> np.ndarray:
    z, y, x = (lattice.axis_mm(axis) for axis in (2, 1, 0))
    ramp = 3 * z[:, None, None] - 2 * y[None, :, None] + x[None, None, :]
    return np.asarray(ramp, dtype=np.float32)


@given(
    st.tuples(*[st.floats(0.3, 4.0)] * 3),
    st.tuples(st.floats(-11, -5), st.floats(4, 8), st.floats(30, 36)),
)
def test_linear_sampling_is_exact_on_a_ramp(
    spacing: tuple[float, float, float], origin: tuple[float, float, float]
) -> None:
    target = Lattice((3, 3, 3), spacing, origin)
    inside = np.ones((3, 3, 3), dtype=bool)
    for axis in range(3):
        last = SOURCE.axis_mm(axis)[-1]
        shape = [1, 1, 1]
        shape[2 - axis] = 3
        inside &= (target.axis_mm(axis) <= last).reshape(shape)
    result = resample(_ramp(SOURCE), SOURCE, target)
    np.testing.assert_allclose(result[inside], _ramp(target)[inside], atol=1e-3)


def test_all_is_zero_beyond_the_source() -> None:
    ones = np.ones(SOURCE.shape_zyx, dtype=np.float32)
    assert not resample(ones, SOURCE, SOURCE.moved((100.0, 0.0, 0.0))).any()
    shifted = resample(ones, SOURCE, SOURCE.moved((0.0, 0.0, 4.0)))
    assert shifted[:-2].min() == 1.0
    assert not shifted[-2:].any()


def test_a_gaussian_keeps_the_sum_and_has_its_width() -> None:
    source = Lattice((61, 61, 61), (1.0, 1.0, 1.0), (-30.0, -30.0, -30.0))
    impulse = np.zeros(source.shape_zyx, dtype=np.float32)
    impulse[30, 30, 30] = 1.0
    blurred = resample(impulse, source, source, sigma_mm=3.0)
    x = source.axis_mm(0)
    profile = blurred.sum(axis=(0, 1))
    assert abs(blurred.sum() - 1) < 1e-3
    assert abs(np.sqrt((profile * x**2).sum()) - 3.0) < 0.15


def test_a_part_lies_where_it_was() -> None:
    box = (slice(2, 5), slice(1, 9), slice(3, 4))
    part = SOURCE.part(box)
    assert part.shape_zyx == (3, 8, 1)
    np.testing.assert_allclose(_ramp(part), _ramp(SOURCE)[box])
