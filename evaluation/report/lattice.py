"""Patient-aligned lattices: whatever the scan's directions, x is left, y is back, z is up."""

from itertools import product

import numpy as np
import SimpleITK as sitk
from numpy.typing import ArrayLike, NDArray

Points = NDArray[np.float64]
_AROUND_VOXELS = 2


def lattice(low_mm: ArrayLike, high_mm: ArrayLike, step_mm: ArrayLike) -> sitk.Image:
    """Return an empty image over a box of the patient.

    Parameters
    ----------
    low_mm, high_mm : array_like, shape (3,)
        Corners x, y, z in the LPS axes of SimpleITK: towards the patient's left, back and head.
        The first voxel's centre lies at the low corner.
    step_mm : array_like, shape (3,) or ()
        Voxel size.
    """
    low, high = (np.asarray(corner, dtype=np.float64) for corner in (low_mm, high_mm))
    step = np.broadcast_to(np.asarray(step_mm, dtype=np.float64), (3,))
    size = 1 + np.floor((high - low) / step + 1e-6).astype(int)
    image = sitk.Image(np.maximum(size, 1).tolist(), sitk.sitkUInt8)
    image.SetSpacing(step.tolist())
    image.SetOrigin(low.tolist())
    return image


def on_lattice(image: sitk.Image, onto: sitk.Image, outside: float) -> NDArray[np.float32]:
    """Resample a scan linearly, shape (z, y, x) of the lattice."""
    near = _near(image, onto)
    if near is None:
        return np.full(onto.GetSize()[::-1], outside, dtype=np.float32)
    found = sitk.Resample(near, onto, sitk.Transform(), sitk.sitkLinear, outside, sitk.sitkFloat32)
    return np.asarray(sitk.GetArrayFromImage(found))


def share_on_lattice(labels: sitk.Image, label: int, onto: sitk.Image) -> NDArray[np.float32]:
    """Resample one label as a share, 0 to 1, shape (z, y, x); its border lies at a half."""
    near = _near(labels, onto)
    if near is None:
        return np.zeros(onto.GetSize()[::-1], dtype=np.float32)
    mask = sitk.Cast(near == label, sitk.sitkFloat32)
    found = sitk.Resample(mask, onto, sitk.Transform(), sitk.sitkLinear, 0.0, sitk.sitkFloat32)
    return np.asarray(sitk.GetArrayFromImage(found))


def bounds_mm(image: sitk.Image) -> tuple[Points, Points]:
    """Return the low and high corner, x, y, z, of the voxels' centres in patient axes."""
    size = image.GetSize()
    ends = product(*((0, n - 1) for n in size))
    corners = np.array([image.TransformIndexToPhysicalPoint(end) for end in ends])
    return corners.min(axis=0), corners.max(axis=0)


def points_mm(indices_zyx: ArrayLike, image: sitk.Image) -> Points:
    """Return where voxels lie, shape (n, 3), x, y, z in millimetres.

    Parameters
    ----------
    indices_zyx : array_like, shape (n, 3)
        Voxel indices in array order.
    image : Image
        Whose grid they count on.
    """
    direction = np.reshape(image.GetDirection(), (3, 3))
    steps = np.asarray(indices_zyx, dtype=np.float64).reshape(-1, 3)[:, ::-1] * image.GetSpacing()
    return np.asarray(steps @ direction.T + image.GetOrigin())


def _near(image: sitk.Image, onto: sitk.Image) -> sitk.Image | None:
    """Cut out what a resample onto a lattice needs; None where they do not meet."""
    ends = product(*((0, n - 1) for n in onto.GetSize()))
    corners = [onto.TransformIndexToPhysicalPoint(end) for end in ends]
    indices = np.array([image.TransformPhysicalPointToContinuousIndex(c) for c in corners])
    last = np.array(image.GetSize()) - 1
    low = np.maximum(np.floor(indices.min(axis=0)).astype(int) - _AROUND_VOXELS, 0)
    high = np.minimum(np.ceil(indices.max(axis=0)).astype(int) + _AROUND_VOXELS, last)
    if (high < low).any():
        return None
    return sitk.RegionOfInterest(image, (high - low + 1).tolist(), low.tolist())
