"""The organisers' baseline of HECKTOR 2025 Task 1, step by step, for its cost alone.

Written from its description (`training/recipes/task1_hecktor2025.yaml` lists it): everything that
CT and PET both see at 1 mm by B-splines, the brain as the largest hot blob of the top quarter, a
box of 200 x 200 x 310, SegResNet in windows of 128^3, the answer back by nearest neighbours. The
weights are random, so its mask means nothing.

Its geometry is not repeated where it goes astray (the recipe tells how), at the same number of
voxels: the overlap is taken in the patient's frame, z is the axis of the top quarter and of the
310, and the box is padded and cut at the same end. Cropping to the foreground is left out: the
padding that follows makes the box as large as before.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk
import torch
from monai.inferers import SlidingWindowInferer
from monai.networks.nets import SegResNet
from monai.transforms import NormalizeIntensity, ScaleIntensityRange, SpatialPad
from numpy.typing import NDArray
from skimage.measure import label as connected
from torch import nn

from benchmarks.peers import program
from shared.grid import Grid, Point, overlap
from shared.sockets import CT, PET, find_sockets

log = logging.getLogger(__name__)

TOP = 0.75
"""Where the top quarter begins."""
HOT = 1.0
"""Standard deviations above the mean of that quarter's uptake."""


@dataclass(frozen=True)
class Sizes:
    """Sizes that the cost depends on; as published unless tests make them small."""

    spacing_mm: float = 1.0
    box_zyx: tuple[int, int, int] = (310, 200, 200)
    window: int = 128
    filters: int = 16


def main(arguments: Sequence[str] | None = None, *, sizes: Sizes = Sizes()) -> int:
    """Segment a case and return the exit code."""
    options = program.parser("official", __doc__ or "").parse_args(arguments)
    steps = program.begin(options.threads)
    log.warning("the weights are random: seconds and memory mean something, the mask does not")
    sockets = find_sockets(options.input)
    ct, pet = (sitk.ReadImage(str(sockets.image(socket))) for socket in (CT, PET))
    steps.done("read")
    onto = overlap(Grid.of(ct), Grid.of(pet), spacing_mm=(sizes.spacing_mm,) * 3)
    ct_array, pet_array = _resampled(ct, onto, outside=-1024.0), _resampled(pet, onto, outside=0.0)
    steps.done("resample")
    box = _box(pet_array, sizes.box_zyx)
    ct_array, pet_array = ct_array[box], pet_array[box]
    steps.done("crop")
    image = _tensor(ct_array, pet_array, sizes.box_zyx)
    steps.done("intensities")
    network = _network(sizes.filters)
    steps.done("network")
    inferer = SlidingWindowInferer(
        roi_size=(sizes.window,) * 3, sw_batch_size=program.BATCH, overlap=0.5, mode="gaussian"
    )
    with torch.inference_mode():
        scores = inferer(image, network)
        steps.done("windows")
        labels = torch.softmax(scores, dim=1).argmax(dim=1)[0].to(torch.uint8).numpy()
    z, y, x = ct_array.shape
    steps.done("labels")
    mask = _back(labels[:z, :y, :x], _part(onto, box), ct)
    steps.done("back")
    program.write_mask(mask, options.output)
    steps.done("write")
    steps.write(options.steps)
    return 0


def _resampled(image: sitk.Image, grid: Grid, *, outside: float) -> NDArray[np.float32]:
    """Resample the whole image by B-splines, in its own type as they do."""
    result = sitk.Resample(
        image,
        grid.size_xyz,
        sitk.Transform(),
        sitk.sitkBSpline,
        grid.origin_mm,
        grid.spacing_mm,
        grid.direction,
        outside,
    )
    array: NDArray[np.float32] = sitk.GetArrayFromImage(result).astype(np.float32, copy=False)
    return array


def _box(pet: NDArray[np.float32], size_zyx: tuple[int, int, int]) -> tuple[slice, ...]:
    """Return where the box around the brain lies, moved into the image as far as it goes.

    Parameters
    ----------
    pet : ndarray, shape (z, y, x), float32
        Head last.
    size_zyx : tuple of int
        Of the box; where the image is smaller, so is the result.
    """
    first = int(TOP * len(pet))
    top = torch.from_numpy(pet[first:])
    hot = ((top - top.mean()) / (top.std() + 1e-8) > HOT).numpy()
    centre = np.asarray(hot.shape) // 2
    if hot.any():
        blobs = connected(hot, connectivity=3)
        largest = 1 + int(np.argmax(np.bincount(blobs.ravel())[1:]))
        centre = np.argwhere(blobs == largest).mean(axis=0).astype(int)
    size = np.asarray(size_zyx)
    centre[0] += first
    stop = np.minimum(centre - size // 2 + size, pet.shape)
    start = np.maximum(stop - size, 0)
    # Moved from below the image's first voxel, the box keeps its size.
    stop = np.minimum(start + size, pet.shape)
    return tuple(slice(a, b) for a, b in zip(start.tolist(), stop.tolist(), strict=True))


def _tensor(
    ct: NDArray[np.float32], pet: NDArray[np.float32], size_zyx: tuple[int, int, int]
) -> torch.Tensor:
    """Return both images' intensities, padded at the end; shape (1, 2, z, y, x)."""
    scaled = ScaleIntensityRange(a_min=-250.0, a_max=250.0, b_min=-6.0, b_max=6.0, clip=True)(ct)
    standard = NormalizeIntensity(nonzero=True)(pet)
    pad = SpatialPad(spatial_size=size_zyx, method="end")
    image: torch.Tensor = torch.as_tensor(pad(np.stack([scaled, standard])))[None]
    return image


def _network(filters: int) -> nn.Module:
    network: nn.Module = SegResNet(
        spatial_dims=3, init_filters=filters, in_channels=2, out_channels=3, dropout_prob=0.2
    )
    last = [module for module in network.modules() if isinstance(module, nn.Conv3d)][-1]
    with torch.no_grad():
        if last.bias is not None:
            last.bias[0] += program.BACKGROUND
    return network.eval()


def _part(grid: Grid, box: tuple[slice, ...]) -> Grid:
    """Return the grid of a part of another's array."""
    z, y, x = box
    corner: Point = tuple(grid.to_mm([x.start, y.start, z.start]).tolist())
    size = (x.stop - x.start, y.stop - y.start, z.stop - z.start)
    return Grid(size, grid.spacing_mm, corner, grid.direction)


def _back(labels: NDArray[np.uint8], grid: Grid, ct: sitk.Image) -> sitk.Image:
    image = grid.image(np.ascontiguousarray(labels))
    return sitk.Resample(image, ct, sitk.Transform(), sitk.sitkNearestNeighbor, 0.0, sitk.sitkUInt8)


if __name__ == "__main__":
    sys.exit(main())
