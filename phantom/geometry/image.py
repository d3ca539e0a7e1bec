"""From arrays on our own grids to the images of SimpleITK."""

from typing import Any

import SimpleITK as sitk
from numpy.typing import NDArray

from phantom.geometry.sampling import Lattice


def to_image(array: NDArray[Any], lattice: Lattice) -> sitk.Image:
    """Return an array of shape (z, y, x) as an image with the geometry of its grid."""
    image = sitk.GetImageFromArray(array)
    image.SetSpacing(lattice.spacing_mm)
    image.SetOrigin(lattice.origin_mm)
    return image
