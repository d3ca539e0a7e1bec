"""What is done at random to an image and its labels before they are learned from."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from training.recipe.base import Count, Frozen, NotNegative, Positive, Probability, Triple

Source = Literal["ct", "pet"]


class ByClass(Frozen):
    """Crops whose middle is a voxel of a class drawn by these weights, background first."""

    kind: Literal["classes"]
    weights: Annotated[tuple[NotNegative, ...], Field(min_length=2)]


class ByForeground(Frozen):
    """Crops whose middle is inside any label with this probability, else anywhere outside."""

    kind: Literal["foreground"]
    share: Probability = 0.75


class Patches(Frozen):
    """Random crops of the region.

    Attributes
    ----------
    size_zyx : tuple of int
        Voxels; a smaller region is padded with its lowest values.
    """

    size_zyx: tuple[Count, Count, Count]
    centre: Annotated[ByClass | ByForeground, Field(discriminator="kind")] = ByForeground(
        kind="foreground"
    )


class Flip(Frozen):
    """Mirror axes, each by itself or all at once."""

    kind: Literal["flip"]
    probability: Probability = 0.5
    axes: tuple[Literal["x", "y", "z"], ...] = ("x",)
    together: bool = False


class Affine(Frozen):
    """Turn, scale and move the patch; linear for the image, nearest for the labels.

    Attributes
    ----------
    rotate_rad, scale, move_voxels : tuple of float
        Largest change either way about or along z, y and x: radians, share, voxels.
    """

    kind: Literal["affine"]
    probability: Probability
    rotate_rad: Triple = (0.0, 0.0, 0.0)
    scale: Triple = (0.0, 0.0, 0.0)
    move_voxels: Triple = (0.0, 0.0, 0.0)


class _Intensity(Frozen):
    """A change of values.

    Attributes
    ----------
    probability : float
        Of the change.
    channels : tuple of str
        Images whose channels change, each by a draw of its own; all if empty.
    """

    probability: Probability
    channels: tuple[Source, ...] = ()


class Scale(_Intensity):
    """Multiply the values by 1 + u, |u| <= factor."""

    kind: Literal["scale"]
    factor: NotNegative


class Shift(_Intensity):
    """Add u to the values, |u| <= offset."""

    kind: Literal["shift"]
    offset: NotNegative


class Noise(_Intensity):
    """Add independent Gaussian noise of up to this standard deviation."""

    kind: Literal["noise"]
    sd: NotNegative


class Smooth(_Intensity):
    """Convolve with a Gaussian whose standard deviation lies between two, in voxels."""

    kind: Literal["smooth"]
    sd_voxels: tuple[Positive, Positive]


class Gamma(_Intensity):
    """Raise the values, scaled to 0..1 by their range, to a power between two."""

    kind: Literal["gamma"]
    power: tuple[Positive, Positive]


Change = Annotated[
    Flip | Affine | Scale | Shift | Noise | Smooth | Gamma, Field(discriminator="kind")
]


class OneOf(Frozen):
    """Exactly one of several changes, each as likely (after TrivialAugment, Müller 2021)."""

    kind: Literal["one_of"]
    of: Annotated[tuple[Change, ...], Field(min_length=2)]


Augmentation = Annotated[
    Flip | Affine | Scale | Shift | Noise | Smooth | Gamma | OneOf, Field(discriminator="kind")
]
