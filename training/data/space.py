"""How much disk samples take, known before they are made."""

from __future__ import annotations

import math
from pathlib import Path

from jobs import space
from shared.spec import Box, Spec
from training.data.patient import DataError

OVERLAP_BOUND_MM = (600.0, 600.0, 1100.0)
"""What two scanners at most see together: a bore's width, and the body from vertex to thigh."""
_SMALL_BYTES = 4096


def needed_bytes(spec: Spec, patients: int) -> int:
    """Estimate the bytes of samples; for what CT and PET both see, a bound."""
    if isinstance(spec.region, Box):
        voxels = float(math.prod(spec.region.size_xyz))
    else:
        voxels = math.prod(OVERLAP_BOUND_MM) / math.prod(spec.spacing_mm)
    label_bytes = 1 if spec.role == "segmentation" else 0
    return round(patients * (voxels * (4 * len(spec.channels) + label_bytes) + _SMALL_BYTES))


def require_space(folder: Path, needed: int, *, patients: int) -> None:
    """Refuse to begin what the disk can't hold.

    Raises
    ------
    DataError
        Naming the folder, what is needed and what is free.
    """
    try:
        space.require_space(folder, needed, what=f"{patients} patients")
    except OSError as error:
        raise DataError(str(error)) from error
