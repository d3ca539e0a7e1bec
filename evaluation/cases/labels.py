"""Label images, read and checked before they are scored."""

from pathlib import Path

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from shared.errors import InputError
from shared.grid import Grid
from shared.images import read_image

LABELS = {0, 1, 2}


def read_labels(path: Path, *, what: str) -> sitk.Image:
    """Return a mask of background 0, GTVp 1 and GTVn 2.

    Parameters
    ----------
    path : Path
        A .mha, .mhd, .nii or .nii.gz file.
    what : str
        "prediction" or "truth", for messages.

    Returns
    -------
    SimpleITK.Image
        uint8, on the file's grid.

    Raises
    ------
    InputError
        The file can't be read, or holds another value.
    """
    image = read_image(path, socket=what, outside=-1.0)
    strange = sorted(_values(sitk.GetArrayViewFromImage(image)) - LABELS)
    if strange:
        shown = ", ".join(f"{value:g}" for value in strange[:5])
        raise InputError(f"{what}: expected labels 0, 1 and 2, found {shown} in {path.name}")
    return sitk.Cast(image, sitk.sitkUInt8)


def _values(array: NDArray[np.generic]) -> set[float]:
    """Return the values of an array, plane by plane: sorting or counting all takes gigabytes."""
    found: set[float] = set()
    for plane in array:
        if plane.any():
            found.update(np.unique(plane).tolist())
    return found | {0.0}


def require_grid(prediction: sitk.Image, truth: sitk.Image) -> None:
    """Refuse a prediction that is not on the grid of the CT, which the truth lies on.

    Raises
    ------
    InputError
        Size, spacing, origin or direction differ.
    """
    differences = Grid.of(prediction).differences(Grid.of(truth))
    if differences:
        raise InputError(f"prediction: expected the CT's grid, found {'; '.join(differences)}")
