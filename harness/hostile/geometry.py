"""Scans that lie, or are cut, otherwise than usual."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import permutations, product

import numpy as np
import SimpleITK as sitk
from numpy.random import Generator
from numpy.typing import NDArray

from harness.hostile.change import Apply, Change, Expected
from harness.hostile.edit import told
from harness.hostile.scene import OUTSIDE, SCANS, Scene, Socket, any_scan
from shared.grid import Grid
from shared.resample import resample

_STORED = list(product(permutations(range(3)), product((False, True), repeat=3)))
"""Every order and sense of the axes in which a scan can be stored: 48."""


def stored_otherwise(scene: Scene, rng: Generator) -> Scene:
    """Store both scans with their axes in any order and sense; the patient lies where it lay."""
    for socket in SCANS:
        order, flips = _STORED[rng.integers(len(_STORED))]
        image = sitk.PermuteAxes(scene.images[socket], order)
        scene = scene.with_image(socket, sitk.Flip(image, flips))
    return scene


def _moved(image: sitk.Image, matrix: NDArray[np.float64], shift_mm: Sequence[float]) -> sitk.Image:
    """Carry an image through space: the same voxels, lying elsewhere."""
    moved = sitk.Image(image)
    moved.SetOrigin((matrix @ np.asarray(image.GetOrigin()) + np.asarray(shift_mm)).tolist())
    moved.SetDirection((matrix @ np.reshape(image.GetDirection(), (3, 3))).ravel().tolist())
    return moved


def _turn(rng: Generator, *, largest_rad: float) -> NDArray[np.float64]:
    x, y, z = rng.uniform(-largest_rad, largest_rad, size=3)
    turn = sitk.Euler3DTransform((0.0, 0.0, 0.0), x, y, z)
    return np.reshape(turn.GetMatrix(), (3, 3))


def _oblique(largest_rad: float) -> Apply:
    def apply(scene: Scene, rng: Generator) -> Scene:
        matrix = _turn(rng, largest_rad=largest_rad)
        for socket in SCANS:
            scene = scene.with_image(socket, _moved(scene.images[socket], matrix, (0, 0, 0)))
        return scene

    return apply


def _feet_first(scene: Scene, rng: Generator) -> Scene:
    # The patient lies the other way round, and the scanner says so in both.
    matrix = np.diag([1.0, -1.0, -1.0] if rng.integers(2) else [-1.0, 1.0, -1.0])
    for socket in SCANS:
        scene = scene.with_image(socket, _moved(scene.images[socket], matrix, (0, 0, 0)))
    return scene


def shifted(log10_low: float, log10_high: float) -> Apply:
    """Return what moves both scans by so many mm, as powers of ten, along each axis."""

    def apply(scene: Scene, rng: Generator) -> Scene:
        size = 10.0 ** rng.uniform(log10_low, log10_high, size=3)
        shift = size * rng.choice([-1.0, 1.0], size=3)
        for socket in SCANS:
            scene = scene.with_image(socket, _moved(scene.images[socket], np.eye(3), shift))
        return scene

    return apply


def _apart(low: float, high: float) -> Apply:
    """Shift the PET along an axis, by a share of the length that both scans take up there."""

    def apply(scene: Scene, rng: Generator) -> Scene:
        axis = rng.integers(3)
        fields = [Grid.of(scene.images[socket]).corners_mm()[:, axis] for socket in SCANS]
        shift = np.zeros(3)
        shift[axis] = sum(np.ptp(field) for field in fields) * rng.uniform(low, high)
        return scene.with_image("pet", _moved(scene.images["pet"], np.eye(3), shift.tolist()))

    return apply


def _regridded(scene: Scene, rng: Generator) -> Scene:
    """Store a scan with other spacings, from 0.3 to 10 mm, as far as its voxels stay few."""
    spacing = np.exp(rng.uniform(math.log(0.3), math.log(10.0), size=3))
    # One thin axis at most: a voxel of 0.3 mm on each side would be gigabytes.
    spacing = np.maximum(spacing, np.where(spacing > spacing.min(), 3.0, 0.3))
    return regridded(scene, any_scan(rng), spacing)


def regridded(scene: Scene, socket: Socket, spacing_mm: NDArray[np.float64]) -> Scene:
    """Store a scan on voxels of another spacing, in the same field of view."""
    image = scene.images[socket]
    old, new = np.asarray(image.GetSpacing()), spacing_mm
    size = np.maximum(1, np.floor(np.asarray(image.GetSize()) * old / new + 1e-6)).astype(int)
    # The outer faces stay, so the first voxel's middle moves.
    axes = np.reshape(image.GetDirection(), (3, 3))
    origin = np.asarray(image.GetOrigin()) + axes @ ((new - old) / 2.0)
    x, y, z = size.tolist()
    grid = Grid((x, y, z), tuple(new.tolist()), tuple(origin.tolist()), image.GetDirection())
    again = resample(image, grid, interpolation="linear", outside=OUTSIDE[socket])
    kind = image.GetPixelID()
    whole = kind not in (sitk.sitkFloat32, sitk.sitkFloat64)
    return scene.with_image(socket, sitk.Cast(sitk.Round(again) if whole else again, kind))


def _cut(image: sitk.Image, start: Sequence[float], stop: Sequence[float]) -> sitk.Image:
    """Keep a part of an image, told in shares of its axes; one voxel at least."""
    size = np.asarray(image.GetSize())
    first = np.minimum(np.floor(np.asarray(start) * size), size - 1).astype(int)
    last = np.maximum(np.ceil(np.asarray(stop) * size), first + 1).astype(int)
    return sitk.RegionOfInterest(image, (last - first).tolist(), first.tolist())


def _thin(axes: int) -> Apply:
    """Keep one voxel along some axes of a scan, near its middle."""

    def apply(scene: Scene, rng: Generator) -> Scene:
        socket = any_scan(rng)
        thin = np.isin(np.arange(3), rng.choice(3, size=axes, replace=False))
        middle = rng.uniform(0.4, 0.6)
        start, stop = np.where(thin, middle, 0.0), np.where(thin, middle, 1.0)
        image = _cut(scene.images[socket], start.tolist(), stop.tolist())
        return scene.with_image(socket, image)

    return apply


def _short(scene: Scene, rng: Generator) -> Scene:
    """Keep 60 mm of both scans' length."""
    start = rng.uniform(0.2, 0.7)
    field = Grid.of(scene.images["pet"]).corners_mm()[:, 2]
    low = field.min() + start * np.ptp(field)
    for socket in SCANS:
        image = scene.images[socket]
        length = image.GetSize()[2] * image.GetSpacing()[2]
        first = (low - Grid.of(image).corners_mm()[:, 2].min()) / length
        first = float(np.clip(first, 0.0, 0.9))
        image = _cut(image, (0, 0, first), (1, 1, min(1.0, first + 60.0 / length)))
        scene = scene.with_image(socket, image)
    return scene


def _long(scene: Scene, rng: Generator) -> Scene:
    """Pad both scans to two metres, with air and with nothing."""
    for socket in SCANS:
        image = scene.images[socket]
        slices = round(2000.0 / image.GetSpacing()[2]) - image.GetSize()[2]
        below = int(rng.integers(slices + 1))
        scene = scene.with_image(
            socket,
            sitk.ConstantPad(image, (0, 0, below), (0, 0, slices - below), OUTSIDE[socket]),
        )
    return scene


def _moves(name: str, expected: Expected, apply: Apply) -> Change:
    return Change(name, expected, apply, frozenset({"geometry"}))


def _headers(name: str, field: str, value: str) -> Change:
    return Change(name, "refusal", told(field, value), frozenset({"geometry", "scan files"}))


CHANGES = (
    _moves("axes stored in another order and sense", "answer", stored_otherwise),
    _moves("oblique by up to 15 degrees", "answer", _oblique(math.radians(15.0))),
    _moves("turned by any angle", "answer", _oblique(math.pi)),
    _moves("feet first", "answer", _feet_first),
    _moves("origin up to 100 m away", "answer", shifted(1.0, 5.0)),
    _moves("origin up to 1000 km away", "either", shifted(5.0, 9.0)),
    _moves("PET over a part of the CT", "either", _apart(0.05, 0.45)),
    _moves("PET beside the CT", "refusal", _apart(1.05, 5.0)),
    _moves("spacings of 0.3 to 10 mm", "answer", _regridded),
    _moves("one slice", "either", _thin(1)),
    _moves("one row", "either", _thin(2)),
    _moves("one voxel", "either", _thin(3)),
    _moves("60 mm of scan", "answer", _short),
    _moves("2000 mm of scan", "answer", _long),
    _headers("sheared axes", "TransformMatrix", "1 0 0 0.5 1 0 0 0 1"),
    _headers("axes of length two", "TransformMatrix", "2 0 0 0 2 0 0 0 2"),
    _headers("two axes alike", "TransformMatrix", "1 0 0 1 0 0 0 0 1"),
    _headers("axes of zeros", "TransformMatrix", "0 0 0 0 0 0 0 0 0"),
    _headers("axes that are not numbers", "TransformMatrix", "1 0 0 0 nan 0 0 0 1"),
    _headers("spacing of zero", "ElementSpacing", "0 1 1"),
    _headers("spacing below zero", "ElementSpacing", "1 -1 1"),
    _headers("spacing that is no number", "ElementSpacing", "1 nan 1"),
    _headers("spacing without end", "ElementSpacing", "1 inf 1"),
    _headers("spacing of an atom", "ElementSpacing", "1e-9 1e-9 1e-9"),
    _headers("spacing of a kilometre", "ElementSpacing", "1e6 1e6 1e6"),
    _headers("origin that is no number", "Offset", "nan 0 0"),
    _headers("origin without end", "Offset", "0 -inf 0"),
)
