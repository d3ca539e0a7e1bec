"""How much disk samples take, known before they are made."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

from phantom.disk.space import nearest
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


def free_bytes(cache: Path) -> int:
    """Return what is free on the disk of a folder, which may not exist yet."""
    return shutil.disk_usage(nearest(cache)).free


def require_space(folder: Path, needed: int, *, patients: int) -> None:
    """Refuse to begin what the disk can't hold.

    Raises
    ------
    DataError
        Naming the folder, what is needed and what is free.
    """
    free = free_bytes(folder)
    if needed > free:
        raise DataError(
            f"{folder}: too little disk for {patients} patients: about {needed / 1e9:.2f} GB "
            f"needed, {free / 1e9:.2f} GB free"
        )
