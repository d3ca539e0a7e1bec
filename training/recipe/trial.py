"""What a trial of a recipe's parts changes: few steps on a small box."""

from __future__ import annotations

from typing import Any

from shared.spec import Box, Spec, Windows
from training.recipe.augmentation import Patches
from training.recipe.network import Network
from training.recipe.score import PatientNetwork

STEPS = 4
SIDE = 32


def small(spec: Spec, network: Network, patches: Patches | None) -> dict[str, Any]:
    """Return the recipe's fields that make its images small; the network stays as it is."""
    if isinstance(network, PatientNetwork):
        return _small_box(spec)
    if patches is None:
        return {}
    # Twice the multiple: instance normalisation needs two voxels at the coarsest level.
    side = max(2 * network.multiple, SIDE)
    size = (side, side, side)
    inference = spec.inference.model_dump()
    if isinstance(spec.inference, Windows):
        inference["patch_zyx"] = size
    region = spec.region.model_dump()
    if isinstance(spec.region, Box):
        region["size_xyz"] = size
    small_spec = {
        **spec.model_dump(),
        "region": region,
        "inference": inference,
        # A box of so few voxels must still hold the lesions.
        "spacing_mm": tuple(max(mm, 4.0) for mm in spec.spacing_mm),
    }
    return {"patches": {**patches.model_dump(), "size_zyx": size}, "spec": small_spec}


def _small_box(spec: Spec) -> dict[str, Any]:
    """Shrink a score's box to few, large voxels: it holds what it held."""
    if not spec.channels or not isinstance(spec.region, Box):
        return {}
    before = spec.region.size_xyz
    after = tuple(min(n, SIDE) for n in before)
    spacing = tuple(mm * n / m for mm, n, m in zip(spec.spacing_mm, before, after, strict=True))
    region = {**spec.region.model_dump(), "size_xyz": after}
    return {"spec": {**spec.model_dump(), "region": region, "spacing_mm": spacing}}
