"""Both scans of a patient on one coarse lattice: enough to tell a PET's unit and find the head."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import SimpleITK as sitk

from shared.grid import Grid, Point, overlap
from shared.intensity import AIR_HU
from shared.resample import average, resample

COARSE_MM = 4.0


@dataclass(frozen=True)
class Overview:
    """What both scans see, in voxels of 4 mm.

    Attributes
    ----------
    ct_hu : SimpleITK.Image
        CT, HU, float32.
    pet : SimpleITK.Image
        PET in the unit that it was given in, in a `Case` SUV; float32, on the same lattice.
    """

    ct_hu: sitk.Image
    pet: sitk.Image

    @classmethod
    def of(cls, *, ct_hu: sitk.Image, pet: sitk.Image) -> Overview:
        """Look both scans over, in whatever unit the PET is.

        Raises
        ------
        InputError
            If CT and PET do not overlap.
        """
        seen = overlap(Grid.of(ct_hu), Grid.of(pet), spacing_mm=(COARSE_MM,) * 3)
        # On a lattice of the patient's, not of the scan's edges: half a millimetre of shift changes
        # a mask by 4 %, and air around a scan must not. Linear, so that finer voxels do not either.
        field = seen.through(hottest_mm(pet))
        return cls(
            ct_hu=resample(ct_hu, field, interpolation="linear", outside=AIR_HU),
            pet=average(pet, field, interpolation="linear", outside=0.0),
        )

    def scaled(self, factor: float) -> Overview:
        """Return it with the PET's values multiplied."""
        return replace(self, pet=self.pet * factor)


def hottest_mm(pet: sitk.Image) -> Point:
    """Return where the PET's largest value lies; the middle, where several voxels have it."""
    view = sitk.GetArrayViewFromImage(pet)
    hottest = view == view.max()
    counts = [hottest.sum(axis=axes) for axes in ((0, 1), (0, 2), (1, 2))]
    x, y, z = (round(np.average(np.arange(count.size), weights=count)) for count in counts)
    point: Point = pet.TransformIndexToPhysicalPoint((x, y, z))
    return point
