"""Patients who are not as a head-and-neck scan should show them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import SimpleITK as sitk
from numpy.random import Generator
from numpy.typing import NDArray

from harness.hostile.change import Change
from harness.hostile.scene import SCANS, Scene, Socket
from shared.grid import Grid
from shared.intensity import AIR_HU

Shape = Callable[[NDArray[np.float64]], NDArray[np.bool_]]
_TOUCHES = frozenset({"geometry", "ct values", "pet values"})
_MUSCLE_HU, _BONE_HU, _ARM_SUV, _BLADDER_SUV, _BRAIN_SUV = 50.0, 900.0, 0.6, 40.0, 10.0


def _filled(
    scene: Scene, shape: Shape, *, hu: float | None = None, suv: float | None = None
) -> Scene:
    """Put one value a scan into a part of the patient."""
    wanted: Mapping[Socket, float | None] = {"ct": hu, "pet": suv}
    for socket, value in wanted.items():
        if value is None:
            continue
        image = scene.images[socket]
        values = sitk.GetArrayFromImage(image)
        values[shape(_points_mm(image))] = value
        scene = scene.with_image(socket, Grid.of(image).image(values))
    return scene


def _points_mm(image: sitk.Image) -> NDArray[np.float64]:
    z, y, x = np.meshgrid(*(np.arange(n) for n in image.GetSize()[::-1]), indexing="ij")
    return Grid.of(image).to_mm(np.stack([x, y, z], axis=-1))


def _ball(centre_mm: NDArray[np.float64], radius_mm: float) -> Shape:
    return lambda points: np.linalg.norm(points - centre_mm, axis=-1) <= radius_mm


def _rod(axis_mm: NDArray[np.float64], radius_mm: float) -> Shape:
    """Return what lies around a line along the body."""

    def inside(points: NDArray[np.float64]) -> NDArray[np.bool_]:
        across = points[..., :2] - axis_mm[:2]
        near: NDArray[np.bool_] = np.linalg.norm(across, axis=-1) <= radius_mm
        return near

    return inside


def _field(scene: Scene) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the lowest and the highest corner of what the CT sees, mm."""
    corners = Grid.of(scene.images["ct"]).corners_mm()
    return corners.min(axis=0), corners.max(axis=0)


def _middle(scene: Scene) -> NDArray[np.float64]:
    """Return the middle of the CT's field."""
    low, high = _field(scene)
    return (low + high) / 2.0


def _headless(share: float) -> Callable[[Scene, Generator], Scene]:
    """Cut off the top of both scans."""

    def apply(scene: Scene, rng: Generator) -> Scene:
        low, high = _field(scene)
        top_mm = high[2] - share * min(400.0, high[2] - low[2]) * rng.uniform(0.8, 1.2)
        for socket in SCANS:
            image = scene.images[socket]
            slices = round(
                (top_mm - Grid.of(image).corners_mm()[:, 2].min()) / image.GetSpacing()[2]
            )
            scene = scene.with_image(
                socket, image[:, :, : int(np.clip(slices, 1, image.GetSize()[2]))]
            )
        return scene

    return apply


def _arms_beside(scene: Scene, rng: Generator) -> Scene:
    """Put two arms beside the head, as wide as a neck."""
    for side in (-1.0, 1.0):
        shift = np.array([side * rng.uniform(120.0, 180.0), rng.uniform(-30.0, 30.0), 0.0])
        axis = _middle(scene) + shift
        scene = _filled(scene, _rod(axis, 45.0), hu=_MUSCLE_HU, suv=_ARM_SUV)
        scene = _filled(scene, _rod(axis, 12.0), hu=_BONE_HU)
    return scene


def _two_bladders(scene: Scene, rng: Generator) -> Scene:
    low, _ = _field(scene)
    for side in (-1.0, 1.0):
        centre = np.array([_middle(scene)[0] + side * 60.0, _middle(scene)[1], low[2] + 60.0])
        scene = _filled(scene, _ball(centre, rng.uniform(35.0, 50.0)), hu=5.0, suv=_BLADDER_SUV)
    return scene


def _second_head(scene: Scene, rng: Generator) -> Scene:
    """Put a hot ball in a shell of bone where no head is."""
    low, high = _field(scene)
    centre = np.array([*_middle(scene)[:2], low[2] + rng.uniform(0.1, 0.5) * (high[2] - low[2])])
    scene = _filled(scene, _ball(centre, 85.0), hu=_BONE_HU)
    return _filled(scene, _ball(centre, 75.0), hu=35.0, suv=_BRAIN_SUV)


def _cold_brain(scene: Scene, rng: Generator) -> Scene:
    """Take the uptake off the head, as in coma or after surgery."""
    _, high = _field(scene)
    return _filled(scene, lambda points: points[..., 2] > high[2] - 160.0, suv=0.3)


def _empty_scanner(scene: Scene, rng: Generator) -> Scene:
    """Leave air and counting noise alone."""
    noises: Mapping[Socket, tuple[float, float]] = {"ct": (AIR_HU + 24.0, 10.0), "pet": (0.0, 0.01)}
    for socket, (value, spread) in noises.items():
        image = scene.images[socket]
        noise = rng.normal(value, spread, image.GetSize()[::-1]).astype(np.float32)
        scene = scene.with_image(socket, sitk.Cast(Grid.of(image).image(noise), image.GetPixelID()))
    return scene


def _hot_all_over(scene: Scene, rng: Generator) -> Scene:
    """Fill the neck with uptake that no tumour has: one lesion of litres."""
    _, high = _field(scene)
    centre = np.array([*_middle(scene)[:2], high[2] - 200.0])
    return _filled(scene, _ball(centre, rng.uniform(60.0, 120.0)), suv=30.0)


CHANGES = (
    Change("no head", "answer", _headless(0.6), _TOUCHES),
    Change("a head cut off", "answer", _headless(0.25), _TOUCHES),
    Change("arms beside the head", "answer", _arms_beside, _TOUCHES),
    Change("two hot bladders", "answer", _two_bladders, _TOUCHES),
    Change("a second head", "answer", _second_head, _TOUCHES),
    Change("a brain without uptake", "answer", _cold_brain, _TOUCHES),
    Change("an empty scanner", "either", _empty_scanner, _TOUCHES),
    Change("a neck of uptake alone", "answer", _hot_all_over, _TOUCHES),
)
