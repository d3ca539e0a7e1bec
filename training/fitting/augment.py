"""A recipe's crops and random changes, by MONAI's transforms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import torch
from monai.transforms import (
    Compose,
    OneOf,
    RandAdjustContrast,
    RandAffined,
    RandFlipd,
    RandGaussianNoise,
    RandGaussianSmooth,
    RandomizableTransform,
    RandScaleIntensity,
    RandShiftIntensity,
    Transform,
)

from shared.spec import Spec
from training.fitting.patches import RandomPatch
from training.recipe.augmentation import (
    Affine,
    Augmentation,
    Flip,
    Gamma,
    Noise,
    Scale,
    Shift,
    Smooth,
)
from training.recipe.augmentation import OneOf as OneOfThem
from training.recipe.recipe import Recipe

AXES = {"z": 0, "y": 1, "x": 2}
SCANS = ("ct", "pet", "dose")


def augment(recipe: Recipe) -> Compose:
    """Return what is done to a sample before it is learned from.

    Parameters
    ----------
    recipe : Recipe
        For a segmentation, samples have `image` (c, z, y, x) and `label` (1, z, y, x), and a patch
        is cut first; for a score, `image` alone, which stays whole, if its spec has channels.
        Either may be memory-mapped.

    Returns
    -------
    Compose
        Gives plain tensors, the image float32 and the label uint8; other keys are passed on.
        All chance comes from its `set_random_state`.
    """
    keys = ["image"] if recipe.spec.channels else []
    keys += [] if recipe.patches is None else ["label"]
    first: Transform = _Plain(keys) if recipe.patches is None else RandomPatch(recipe.patches)
    changes = [_change(one, recipe.spec, keys) for one in recipe.augmentation]
    return Compose([first, *changes, _Plain(keys)])


class _Plain(Transform):  # type: ignore[misc]  # MONAI carries no types
    """Arrays and MONAI's tensors to plain tensors of the right types."""

    def __init__(self, keys: Iterable[str]) -> None:
        self.keys = tuple(keys)

    def __call__(self, sample: Mapping[str, Any]) -> dict[str, Any]:
        return {**sample, **{key: _plain(sample[key], key) for key in self.keys}}


def _plain(value: Any, key: str) -> torch.Tensor:
    if not isinstance(value, torch.Tensor):
        # A copy: memory-mapped files may not be written to.
        value = torch.from_numpy(np.array(value))
    plain: torch.Tensor = value.as_subclass(torch.Tensor)
    return plain.to(torch.uint8 if key == "label" else torch.float32).contiguous()


class OnChannels(RandomizableTransform):  # type: ignore[misc]
    """Change the values of some channels of `image`: one coin, then a draw for each channel.

    Parameters
    ----------
    change : RandomizableTransform
        One of MONAI's for arrays (c, z, y, x), with a probability of 1.
    channels : tuple of int
        Those that change.
    """

    def __init__(
        self, change: RandomizableTransform, channels: tuple[int, ...], *, probability: float
    ) -> None:
        super().__init__(prob=probability)
        self.change, self.channels = change, channels

    def set_random_state(
        self, seed: int | None = None, state: np.random.RandomState | None = None
    ) -> OnChannels:
        """Seed the coin and the change."""
        super().set_random_state(seed, state)
        self.change.set_random_state(seed, state)
        return self

    def __call__(self, sample: Mapping[str, Any]) -> dict[str, Any]:
        """Return the sample with a changed image."""
        self.randomize(None)
        if not self._do_transform:
            return dict(sample)
        image = sample["image"].clone()
        for channel in self.channels:
            image[channel] = self.change(image[channel][None])[0]
        return {**sample, "image": image}


def _change(what: Augmentation, spec: Spec, keys: list[str]) -> Transform:
    if isinstance(what, OneOfThem):
        return OneOf([_change(one, spec, keys) for one in what.of])
    if isinstance(what, Flip):
        return _flip(what, keys)
    if isinstance(what, Affine):
        return _affine(what, keys)
    wanted = what.channels or SCANS
    channels = tuple(i for i, channel in enumerate(spec.channels) if channel.source in wanted)
    return OnChannels(_intensity(what), channels, probability=what.probability)


def _flip(what: Flip, keys: list[str]) -> Transform:
    axes = [AXES[axis] for axis in what.axes]
    if what.together:
        return RandFlipd(keys, prob=what.probability, spatial_axis=axes)
    return Compose([RandFlipd(keys, prob=what.probability, spatial_axis=axis) for axis in axes])


def _affine(what: Affine, keys: list[str]) -> Transform:
    return RandAffined(
        keys,
        prob=what.probability,
        rotate_range=what.rotate_rad,
        scale_range=what.scale,
        translate_range=what.move_voxels,
        mode=["bilinear", "nearest"][: len(keys)],
        padding_mode="border",
    )


def _intensity(what: Scale | Shift | Noise | Smooth | Gamma) -> RandomizableTransform:
    """Return MONAI's change of the values of an array, made whenever it is called."""
    if isinstance(what, Scale):
        return RandScaleIntensity(factors=what.factor, prob=1.0)
    if isinstance(what, Shift):
        return RandShiftIntensity(offsets=what.offset, prob=1.0)
    if isinstance(what, Noise):
        return RandGaussianNoise(std=what.sd, prob=1.0)
    if isinstance(what, Smooth):
        sd = what.sd_voxels
        return RandGaussianSmooth(sigma_x=sd, sigma_y=sd, sigma_z=sd, prob=1.0)
    return RandAdjustContrast(gamma=what.power, prob=1.0)
