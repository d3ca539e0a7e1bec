"""Windows cover everything, and blending changes nothing that agrees."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.sliding_window import sliding_window
from tests.strategies import few

Triple = tuple[int, int, int]
sizes = st.tuples(*[st.integers(1, 17)] * 3)
patches = st.tuples(*[st.integers(1, 9)] * 3)
overlaps = st.sampled_from([0.0, 0.25, 0.5, 0.6])


def noise(shape: Triple, channels: int = 2) -> np.ndarray:
    rng = np.random.default_rng(sum(shape))
    return rng.normal(size=(1, channels, *shape)).astype(np.float32)


@few
@given(shape=sizes, patch=patches, overlap=overlaps, gaussian=st.booleans())
def test_an_identity_network_returns_its_input(
    shape: Triple, patch: Triple, overlap: float, gaussian: bool
) -> None:
    tensor = noise(shape)
    found = sliding_window(
        tensor, lambda part: part, patch_zyx=patch, overlap=overlap, gaussian=gaussian
    )
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, tensor, rtol=1e-4, atol=1e-5)


@few
@given(shape=sizes, patch=patches, overlap=overlaps)
def test_windows_have_the_size_asked_for_and_cover_everything(
    shape: Triple, patch: Triple, overlap: float
) -> None:
    tensor = np.arange(np.prod(shape), dtype=np.float32).reshape(1, 1, *shape)
    seen: set[float] = set()

    def network(part: np.ndarray) -> np.ndarray:
        assert part.shape == (1, 1, *patch)
        assert part.flags.c_contiguous
        seen.update(part.ravel().tolist())
        return part

    sliding_window(tensor, network, patch_zyx=patch, overlap=overlap, gaussian=True)
    assert seen == set(tensor.ravel().tolist())


def test_constant_blending_is_the_plain_mean() -> None:
    # Two windows of 4 on a line of 6, overlapping by 2; the second says 3, the first 1.
    answers = iter([1.0, 3.0])
    found = sliding_window(
        np.zeros((1, 1, 1, 1, 6), dtype=np.float32),
        lambda part: np.full_like(part, next(answers)),
        patch_zyx=(1, 1, 4),
        overlap=0.5,
        gaussian=False,
    )
    assert found.ravel().tolist() == [1.0, 1.0, 2.0, 2.0, 3.0, 3.0]


def test_gaussian_blending_trusts_a_windows_middle() -> None:
    answers = iter([1.0, 3.0])
    found = sliding_window(
        np.zeros((1, 1, 1, 1, 6), dtype=np.float32),
        lambda part: np.full_like(part, next(answers)),
        patch_zyx=(1, 1, 4),
        overlap=0.5,
        gaussian=True,
    ).ravel()
    # At index 2 the first window is 0.5 from its middle and the second 1.5: nearer to 1.
    assert found[[0, 1, 4, 5]] == pytest.approx([1.0, 1.0, 3.0, 3.0])
    assert 1.0 < found[2] < 1.5
    assert found[2] + found[3] == pytest.approx(4.0)


def test_a_volume_smaller_than_a_patch_is_padded_with_each_channels_minimum() -> None:
    tensor = noise((2, 3, 4))
    parts = []

    def network(part: np.ndarray) -> np.ndarray:
        parts.append(part)
        return part[:, :1] + 1.0

    found = sliding_window(tensor, network, patch_zyx=(4, 4, 4), overlap=0.5, gaussian=True)
    (part,) = parts
    assert found.shape == (1, 1, 2, 3, 4)
    np.testing.assert_allclose(found, tensor[:, :1] + 1.0, rtol=1e-5)
    for channel in range(2):
        assert np.all(part[0, channel, 2:] == tensor[0, channel].min())
        assert np.all(part[0, channel, :, 3:] == tensor[0, channel].min())


def test_a_volume_without_voxels_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"zero-size|expected a volume with voxels"):
        sliding_window(
            np.zeros((1, 1, 0, 4, 4), dtype=np.float32),
            lambda part: part,
            patch_zyx=(4, 4, 4),
            overlap=0.0,
            gaussian=False,
        )
