"""Run a network over a volume larger than its patch, and blend where windows overlap."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np
from numpy.typing import NDArray

# Width of the blending weight, as a share of the patch (the value in common use).
GAUSSIAN_SIGMA = 0.125

Network = Callable[[NDArray[np.float32]], NDArray[np.float32]]
Triple = tuple[int, int, int]


def sliding_window(
    tensor: NDArray[np.float32],
    network: Network,
    *,
    patch_zyx: Triple,
    overlap: float,
    gaussian: bool,
) -> NDArray[np.float32]:
    """Average a network's output over overlapping windows.

    Parameters
    ----------
    tensor : ndarray, shape (1, c, z, y, x), float32
        The volume. Where it is smaller than a patch it is padded at the end with each channel's
        minimum, and the result is cut back.
    network : callable
        Maps shape (1, c, *patch_zyx) to (1, k, *patch_zyx).
    patch_zyx : tuple of int
        Size of a window.
    overlap : float
        Share of a window that its neighbour covers, 0 up to 1.
    gaussian : bool
        Weight a window's middle more than its rim.

    Returns
    -------
    ndarray, shape (1, k, z, y, x), float32
    """
    z, y, x = tensor.shape[2:]
    padded = _padded(tensor, patch_zyx)
    if padded.shape[2:] == patch_zyx:
        # One window: there is nothing to blend.
        return network(np.ascontiguousarray(padded))[:, :, :z, :y, :x]
    weight = _weight(patch_zyx, gaussian=gaussian)
    total: NDArray[np.float32] | None = None
    weights = np.zeros(padded.shape[2:], dtype=np.float32)
    starts = [
        _starts(length, window, overlap)
        for length, window in zip(padded.shape[2:], patch_zyx, strict=True)
    ]
    for corner in product(*starts):
        where = tuple(slice(s, s + n) for s, n in zip(corner, patch_zyx, strict=True))
        output = network(np.ascontiguousarray(padded[(slice(None), slice(None), *where)]))
        if total is None:
            total = np.zeros((1, output.shape[1], *padded.shape[2:]), dtype=np.float32)
        total[(slice(None), slice(None), *where)] += output * weight
        weights[where] += weight
    if total is None:
        raise ValueError(f"expected a volume with voxels, found shape {tensor.shape}")
    blended: NDArray[np.float32] = (total / weights)[:, :, :z, :y, :x]
    return blended


def _padded(tensor: NDArray[np.float32], patch_zyx: Triple) -> NDArray[np.float32]:
    missing = [max(0, n - size) for n, size in zip(patch_zyx, tensor.shape[2:], strict=True)]
    if not any(missing):
        return tensor
    widths = [(0, n) for n in missing]
    channels = [np.pad(c, widths, constant_values=c.min()) for c in tensor[0]]
    return np.stack(channels)[None]


def _starts(length: int, window: int, overlap: float) -> list[int]:
    """Return evenly spread window starts that reach both ends."""
    stride = max(1, round(window * (1.0 - overlap)))
    count = 1 + -(-(length - window) // stride)
    return [round(start) for start in np.linspace(0, length - window, count)]


def _weight(patch_zyx: Triple, *, gaussian: bool) -> NDArray[np.float32]:
    if not gaussian:
        return np.ones(patch_zyx, dtype=np.float32)
    axes = []
    for n in patch_zyx:
        position = (np.arange(n) - (n - 1) / 2) / (GAUSSIAN_SIGMA * n)
        axes.append(np.exp(-0.5 * position**2))
    weight = np.einsum("i,j,k->ijk", *axes)
    # A floor keeps the quotient exact at the rim, where the Gaussian underflows.
    floored: NDArray[np.float32] = np.maximum(weight, 1e-4 * weight.max()).astype(np.float32)
    return floored
