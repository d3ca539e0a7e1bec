"""What a container would give a network, from a held-out patient's sample."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from shared.sliding_window import sliding_window
from shared.spec import Spec, Windows
from training.data.samples import Arrays
from training.fitting.scores.table import input_names

Array = NDArray[np.float32]
Inputs = dict[str, Array]


def network_inputs(sample: Arrays, spec: Spec) -> Inputs:
    """Return what the container would give a network for a held-out patient.

    Returns
    -------
    dict of str to ndarray
        By the spec's tensor names, those that the spec has. A segmentation's image is the whole
        region, padded to the network's stride, or with windows the one around the middle of the
        truth.
    """
    if spec.role == "segmentation":
        return {spec.tensor_names.image: _first_window(sample, spec)}
    return {name: _float32(sample[name][None]) for name in input_names(spec)}


def _first_window(sample: Arrays, spec: Spec) -> Array:
    image, label = _float32(sample["image"][None]), sample["label"]
    how = spec.inference
    patch = how.patch(label.shape)
    if isinstance(how, Windows):
        where = _around(np.argwhere(label), label.shape, patch)
        image = image[(slice(None), slice(None), *where)]
    seen: list[Array] = []

    def network(window: Array) -> Array:
        seen.append(window)
        return window

    sliding_window(image, network, patch_zyx=patch, overlap=0.0, gaussian=False)
    return seen[0]


def _around(
    labelled: NDArray[np.intp], shape: tuple[int, ...], patch_zyx: tuple[int, int, int]
) -> Iterator[slice]:
    """Yield a window's extent along each axis: around the labelled voxels, within the region."""
    for axis, (length, window) in enumerate(zip(shape, patch_zyx, strict=True)):
        middle = labelled[:, axis].mean() if len(labelled) else length / 2
        start = int(np.clip(round(middle - window / 2), 0, max(length - window, 0)))
        yield slice(start, start + window)


def _float32(array: NDArray[np.generic]) -> Array:
    return np.ascontiguousarray(array, dtype=np.float32)
