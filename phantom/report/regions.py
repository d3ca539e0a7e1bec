"""The labels of a rendered patient on the PET's grid, where the published table was measured."""

from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from scipy import ndimage

from evaluation.metrics.boxes import Box, bounding_box
from phantom.patient import Patient

_NOWHERE = (slice(0, 0), slice(0, 0), slice(0, 0))


@dataclass(frozen=True)
class Regions:
    """Lesions of one patient.

    Attributes
    ----------
    labels : ndarray, shape (z, y, x), uint8
        0, 1 primary, 2 node, on the PET's grid.
    parts : ndarray, shape (z, y, x), uint8
        Number of the lesion as labelled on the CT's grid, from 1; 0 background. A lesion of
        less than a PET voxel may have none.
    part_labels : tuple of int
        Label of each part.
    part_ml : tuple of float
        Volume of each part on the CT's grid.
    part_centres_mm : ndarray, shape (parts, 3), x, y, z
        Centre of each part in the scanner's millimetres.
    hu : ndarray, int16
        CT values inside either label.
    """

    labels: NDArray[np.uint8]
    parts: NDArray[np.uint8]
    part_labels: tuple[int, ...]
    part_ml: tuple[float, ...]
    part_centres_mm: NDArray[np.float64]
    hu: NDArray[np.int16]


def find_regions(patient: Patient) -> Regions:
    """Bring a patient's labels to the PET's grid and take the lesions apart."""
    image = patient.labels
    array = sitk.GetArrayViewFromImage(image)
    box = bounding_box(array) or _NOWHERE
    cut = array[box]
    numbers = np.zeros(cut.shape, dtype=np.uint8)
    part_labels: list[int] = []
    for label in (1, 2) if cut.size else ():
        found, count = ndimage.label(cut == label)
        numbers[found > 0] = found[found > 0] + len(part_labels)
        part_labels += [label] * count
    whole = np.zeros(array.shape, dtype=np.uint8)
    whole[box] = numbers
    parts_image = sitk.GetImageFromArray(whole)
    parts_image.CopyInformation(image)
    moved = sitk.Resample(
        parts_image, patient.pet, sitk.Transform(), sitk.sitkNearestNeighbor, 0, sitk.sitkUInt8
    )
    parts = sitk.GetArrayFromImage(moved)
    sizes = np.bincount(numbers.ravel(), minlength=len(part_labels) + 1)[1:]
    return Regions(
        labels=np.array([0, *part_labels], dtype=np.uint8)[parts],
        parts=parts,
        part_labels=tuple(part_labels),
        part_ml=tuple((sizes * np.prod(image.GetSpacing()) / 1000).tolist()),
        part_centres_mm=_centres_mm(image, numbers, box, len(part_labels)),
        hu=sitk.GetArrayViewFromImage(patient.ct_hu)[box][cut > 0],
    )


def _centres_mm(
    image: sitk.Image, numbers: NDArray[np.uint8], box: Box, count: int
) -> NDArray[np.float64]:
    if count == 0:
        return np.zeros((0, 3))
    inner = ndimage.center_of_mass(numbers > 0, numbers, range(1, count + 1))
    index_zyx = np.array(inner) + [side.start for side in box]
    return np.asarray(index_zyx[:, ::-1] * image.GetSpacing() + image.GetOrigin())
