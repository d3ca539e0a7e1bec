"""Crops to learn from: drawn around a class, cut before anything is copied."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import torch
from monai.transforms import Randomizable, Transform
from numpy.typing import NDArray

from training.recipe.augmentation import ByClass, Patches

TRIES = 64  # to hit what fills nearly all of a region, without listing millions of voxels


class RandomPatch(Randomizable, Transform):  # type: ignore[misc]  # MONAI carries no types
    """Cut one patch of `image` (c, z, y, x) and `label` (1, z, y, x) around a drawn voxel.

    MONAI's crops list every voxel of every class each time, which for a box of 1 mm voxels costs
    more than the training step, and they warn of each patient without some label.

    Where the drawn voxel is near the edge the patch is moved inside. A region smaller than the
    patch is padded at its end with each channel's lowest value, as `shared.sliding_window` does,
    and with background.
    """

    def __init__(self, patches: Patches) -> None:
        self.patches = patches

    def __call__(self, sample: Mapping[str, Any]) -> dict[str, Any]:
        """Return the sample with tensors of the patch, float32 and uint8; the rest is passed on."""
        image, label = sample["image"], sample["label"]
        size = self.patches.size_zyx
        centre = self._centre(np.asarray(label)[0])
        where = tuple(
            _inside(middle, extent=extent, total=total)
            for middle, extent, total in zip(centre, size, label.shape[1:], strict=True)
        )
        widths = [(0, max(n - total, 0)) for n, total in zip(size, label.shape[1:], strict=True)]
        cut = np.array(image[(slice(None), *where)], dtype=np.float32)
        marks = np.array(label[(slice(None), *where)], dtype=np.uint8)
        if any(after for _, after in widths):
            # The lowest of the whole region, not of the crop: what inference pads with.
            cut = np.stack(
                [
                    np.pad(channel, widths, constant_values=np.min(whole))
                    for channel, whole in zip(cut, image, strict=True)
                ]
            )
            marks = np.pad(marks, [(0, 0), *widths])
        return {**sample, "image": torch.from_numpy(cut), "label": torch.from_numpy(marks)}

    def _centre(self, label: NDArray[np.uint8]) -> tuple[int, ...]:
        how = self.patches.centre
        if isinstance(how, ByClass):
            voxel = self._of_a_class(label, np.array(how.weights))
        elif self.R.random_sample() < how.share:
            voxel = self._voxel(label, lambda values: values > 0)
        else:
            voxel = self._voxel(label, lambda values: values == 0)
        return voxel or self._anywhere(label)

    def _of_a_class(
        self, label: NDArray[np.uint8], weights: NDArray[np.float64]
    ) -> tuple[int, ...] | None:
        """Draw a class, then a voxel of it; a class that is absent is drawn no more."""
        while weights.any():
            drawn = int(self.R.choice(len(weights), p=weights / weights.sum()))
            voxel = self._voxel(label, partial(np.equal, drawn))
            if voxel is not None:
                return voxel
            weights[drawn] = 0.0
        return None

    def _voxel(
        self, label: NDArray[np.uint8], wanted: Callable[[Any], Any]
    ) -> tuple[int, ...] | None:
        """Draw a voxel whose label is wanted; None if there is none."""
        for _ in range(TRIES):
            voxel = self._anywhere(label)
            if wanted(label[voxel]):
                return voxel
        places = np.flatnonzero(wanted(label))
        if not len(places):
            return None
        chosen = places[self.R.randint(len(places))]
        return tuple(int(n) for n in np.unravel_index(chosen, label.shape))

    def _anywhere(self, label: NDArray[np.uint8]) -> tuple[int, ...]:
        return tuple(int(self.R.randint(n)) for n in label.shape)


def _inside(middle: int, *, extent: int, total: int) -> slice:
    start = min(max(middle - extent // 2, 0), max(total - extent, 0))
    return slice(start, min(start + extent, total))
