"""How a recipe's normalisation is called in MONAI."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from training.recipe.network import Norm

GROUPS = 8
MonaiNorm = tuple[str, dict[str, Any]]


def monai_norm(norm: Norm, widths: Sequence[int], *, affine: bool = True) -> MonaiNorm:
    """Return MONAI's name and arguments of a normalisation for layers of these widths.

    Group normalisation takes eight groups (MONAI's SegResNet), or the most that divide each width.
    """
    if norm == "group":
        return "group", {"num_groups": math.gcd(GROUPS, *widths), "affine": affine}
    return norm, {"affine": affine}
