"""Scans whose voxels hold otherwise than usual."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import SimpleITK as sitk
from numpy.random import Generator
from numpy.typing import NDArray

from harness.hostile.change import Apply, Change, Expected
from harness.hostile.scene import Scene, Socket, any_scan
from shared.grid import Grid

Values = NDArray[np.float64]
Alter = Callable[[Values, Generator], Values]
_METAL_HU = 27_000.0
_WHOLE = {
    "8 bits": sitk.sitkUInt8,
    "unsigned 16 bits": sitk.sitkUInt16,
    "32 bits": sitk.sitkInt32,
    "64 bits": sitk.sitkInt64,
    "double precision": sitk.sitkFloat64,
}


def _values(socket: Socket, alter: Alter) -> Apply:
    """Alter a scan's values: `alter` takes them as float64 and a generator."""

    def apply(scene: Scene, rng: Generator) -> Scene:
        image = scene.images[socket]
        values = alter(sitk.GetArrayFromImage(image).astype(np.float64), rng)
        kind = np.float64 if values.dtype == np.float64 and _is_large(values) else np.float32
        return scene.with_image(socket, Grid.of(image).image(values.astype(kind)))

    return apply


def _is_large(values: Values) -> bool:
    finite = np.abs(values[np.isfinite(values)])
    return bool(finite.size and finite.max() > np.finfo(np.float32).max)


def _some(value: float, *, share: float) -> Alter:
    def alter(values: Values, rng: Generator) -> Values:
        values[rng.random(values.shape) < share] = value
        # At least one, however small the scan.
        values.flat[rng.integers(values.size)] = value
        return values

    return alter


def _block(value: float) -> Alter:
    """Fill a block of a few voxels on each side."""

    def alter(values: Values, rng: Generator) -> Values:
        start = [int(rng.integers(max(1, n - 6))) for n in values.shape]
        values[tuple(slice(s, s + 6) for s in start)] = value
        return values

    return alter


def _all(value: float) -> Alter:
    return lambda values, rng: np.full_like(values, value)


def _times(factor: float) -> Alter:
    return lambda values, rng: values * factor


def _rim(value: float) -> Alter:
    """Pad what lies outside the round field of a scanner."""

    def alter(values: Values, rng: Generator) -> Values:
        y, x = np.ogrid[-1.0 : 1.0 : values.shape[1] * 1j, -1.0 : 1.0 : values.shape[2] * 1j]
        values[:, y**2 + x**2 > 1.0] = value
        return values

    return alter


def _stored_as(socket: Socket, kind: int) -> Apply:
    def apply(scene: Scene, rng: Generator) -> Scene:
        image = scene.images[socket]
        low = 0.0 if kind in (sitk.sitkUInt8, sitk.sitkUInt16) else -32768.0
        high = 255.0 if kind == sitk.sitkUInt8 else 32767.0
        return scene.with_image(
            socket, sitk.Cast(sitk.Clamp(image, image.GetPixelID(), low, high), kind)
        )

    return apply


def _of_colours(scene: Scene, rng: Generator) -> Scene:
    socket = any_scan(rng)
    image = sitk.Cast(sitk.Clamp(scene.images[socket], sitk.sitkFloat32, 0, 255), sitk.sitkUInt8)
    return scene.with_image(socket, sitk.Compose(image, image, image))


def _of_other_dimension(dimension: int) -> Apply:
    def apply(scene: Scene, rng: Generator) -> Scene:
        socket = any_scan(rng)
        image = scene.images[socket]
        other = image[:, :, 0] if dimension == 2 else sitk.JoinSeries([image, image])
        return scene.with_image(socket, other)

    return apply


def _ct(name: str, expected: Expected, alter: Alter) -> Change:
    return Change(name, expected, _values("ct", alter), frozenset({"ct values"}))


def _pet(name: str, expected: Expected, alter: Alter) -> Change:
    return Change(name, expected, _values("pet", alter), frozenset({"pet values"}))


def _shape(name: str, apply: Apply) -> Change:
    touches = frozenset({"geometry", "ct values", "pet values", "scan files"})
    return Change(name, "refusal", apply, touches)


CHANGES = (
    _ct("metal of 27,000 HU", "answer", _block(_METAL_HU)),
    _ct("padding of -3024 HU", "answer", _rim(-3024.0)),
    _ct("padding of -32768 HU", "answer", _rim(-32768.0)),
    _ct("CT of air alone", "either", _all(-1000.0)),
    _ct("CT of water alone", "either", _all(0.0)),
    _ct("CT in values of an 8-bit screen", "either", lambda v, rng: np.clip(v / 8 + 128, 0, 255)),
    _ct("CT with NaN", "answer", _some(np.nan, share=1e-4)),
    _ct("CT with infinity", "answer", _some(-np.inf, share=1e-4)),
    _ct("CT of NaN alone", "refusal", _all(np.nan)),
    _ct("CT beyond single precision", "either", _some(1e300, share=1e-5)),
    _pet("PET in Bq/ml", "answer", _times(4000.0)),
    _pet("PET in kBq/ml", "either", _times(4.0)),
    _pet("PET close to nothing", "either", _times(1e-30)),
    _pet("PET with negative noise", "answer", lambda v, rng: v + rng.normal(0.0, 0.3, v.shape)),
    _pet("PET below zero", "refusal", lambda v, rng: -v - 1.0),
    _pet("PET of zeros", "refusal", _all(0.0)),
    _pet("PET of one value", "either", _all(1.0)),
    _pet("PET with NaN", "answer", _some(np.nan, share=1e-4)),
    _pet("PET with infinity", "answer", _some(np.inf, share=1e-4)),
    _pet("PET of infinity alone", "refusal", _all(np.inf)),
    _pet("PET beyond single precision", "either", _some(1e300, share=1e-5)),
    _pet("PET with a contamination of 3000 SUV", "answer", _block(3000.0)),
    *(
        Change(f"CT stored in {name}", "answer", _stored_as("ct", kind), frozenset({"ct values"}))
        for name, kind in _WHOLE.items()
        # HU from 0 to 255 alone would be another patient.
        if kind not in (sitk.sitkUInt8, sitk.sitkUInt16)
    ),
    *(
        Change(
            f"PET stored in {name}", "answer", _stored_as("pet", kind), frozenset({"pet values"})
        )
        for name, kind in _WHOLE.items()
    ),
    _shape("colours", _of_colours),
    _shape("two dimensions", _of_other_dimension(2)),
    _shape("four dimensions", _of_other_dimension(4)),
)
