"""The same patient, told in another way: nothing of the answer may change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk
from numpy.random import Generator

from harness.hostile.files import FORMATS, stored_as
from harness.hostile.geometry import regridded, shifted, stored_otherwise
from harness.hostile.scene import OUTSIDE, SCANS, Scene, Socket
from shared.grid import Grid, Point

_STILL: Point = (0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Relation:
    """One way to tell the same patient.

    Attributes
    ----------
    name : str
        In a few words.
    apply : callable
        Alters how the scene is told.
    moves : bool
        Whether the patient comes to lie elsewhere, so that a mask has to be moved back.
    """

    name: str
    apply: Callable[[Scene, Generator], Scene]
    moves: bool = False

    def shift_mm(self, before: Scene, after: Scene) -> Point:
        """Return where the patient went."""
        if not self.moves:
            return _STILL
        ends = [np.asarray(scene.images["ct"].GetOrigin()) for scene in (before, after)]
        x, y, z = (ends[1] - ends[0]).tolist()
        return x, y, z


def _padded(scene: Scene, rng: Generator) -> Scene:
    """Widen both fields of view by up to 60 mm on each side."""
    for socket in SCANS:
        image = scene.images[socket]
        most = 60.0 / np.asarray(image.GetSpacing())
        low, high = (rng.integers(0, np.ceil(most).astype(int) + 1).tolist() for _ in range(2))
        scene = scene.with_image(socket, sitk.ConstantPad(image, low, high, OUTSIDE[socket]))
    return scene


def _in_thirds(socket: Socket) -> Callable[[Scene, Generator], Scene]:
    """Cut a scan's voxels in three along an axis: the middles of the old ones stay among them."""

    def apply(scene: Scene, rng: Generator) -> Scene:
        spacing = np.array(scene.images[socket].GetSpacing())
        spacing[rng.integers(3)] /= 3.0
        return regridded(scene, socket, spacing)

    return apply


def _typed(kinds: Sequence[tuple[Socket, int]]) -> Callable[[Scene, Generator], Scene]:
    def apply(scene: Scene, rng: Generator) -> Scene:
        for socket, kind in kinds:
            scene = scene.with_image(socket, sitk.Cast(scene.images[socket], kind))
        return scene

    return apply


def _unused_key(scene: Scene, rng: Generator) -> Scene:
    record = scene.documents["ehr.json"].decode()
    return scene.with_document("ehr.json", record.replace("{", '{"Shoe size": 43, ', 1).encode())


RELATIONS = (
    Relation("the same once more", lambda scene, rng: scene),
    Relation("axes in another order and sense", stored_otherwise),
    Relation("origin up to 100 m away", shifted(1.0, 5.0), moves=True),
    Relation("a wider field of view", _padded),
    Relation("CT voxels cut in three", _in_thirds("ct")),
    Relation("PET voxels cut in three", _in_thirds("pet")),
    *(Relation(f"written as {suffix}", stored_as(suffix)) for suffix in FORMATS),
    Relation("CT of 32 bits", _typed([("ct", sitk.sitkInt32)])),
    Relation("floats", _typed([("ct", sitk.sitkFloat32), ("pet", sitk.sitkFloat64)])),
    Relation("a key more in the record", _unused_key),
)


def moved_back(mask: sitk.Image, shift_mm: Point, onto: Grid) -> sitk.Image:
    """Bring a mask to where the patient lay, on the grid that was."""
    still = sitk.Image(mask)
    still.SetOrigin((np.asarray(mask.GetOrigin()) - np.asarray(shift_mm)).tolist())
    return sitk.Resample(
        still,
        onto.size_xyz,
        sitk.Transform(),
        sitk.sitkNearestNeighbor,
        onto.origin_mm,
        onto.spacing_mm,
        onto.direction,
        0,
        sitk.sitkUInt8,
    )
