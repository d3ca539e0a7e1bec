"""Small masks and answers on disk."""

import json
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

SPACING_MM = (1.0, 1.0, 2.0)
SHAPE_ZYX = (12, 24, 24)


def blank() -> NDArray[np.uint8]:
    """An empty mask."""
    return np.zeros(SHAPE_ZYX, dtype=np.uint8)


def cube(label: int, *, z: int, y: int, x: int, side: int = 4) -> NDArray[np.uint8]:
    """A mask with one cube of side² x side / 2 voxels, which is as high as wide in mm."""
    mask = blank()
    mask[z : z + side // 2, y : y + side, x : x + side] = label
    return mask


def write_mask(
    path: Path,
    mask: NDArray[np.generic],
    *,
    origin_mm: tuple[float, float, float] = (0.0, 0.0, 0.0),
) -> Path:
    """Write a mask on the common grid."""
    image = sitk.GetImageFromArray(mask)
    image.SetSpacing(SPACING_MM)
    image.SetOrigin(origin_mm)
    path.parent.mkdir(parents=True, exist_ok=True)
    sitk.WriteImage(image, str(path))
    return path


def write_json(path: Path, value: object) -> Path:
    """Write a JSON file and its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), encoding="utf-8")
    return path
