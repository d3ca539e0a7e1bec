"""What the metrics demand of their input, before any arithmetic."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


def known(name: str, values: ArrayLike) -> NDArray[np.float64]:
    """Return values as floats, shape (n,).

    Raises
    ------
    ValueError
        If they are not one row of values, or one of them is NaN.
    """
    array = np.asarray(values, dtype=float)
    if array.ndim != 1:
        raise ValueError(f"{name}: expected one row of values, found shape {array.shape}")
    unknown = np.flatnonzero(np.isnan(array))
    if unknown.size:
        raise ValueError(
            f"{name}: expected values without NaN, "
            f"found {unknown.size} of {array.size}, the first at position {unknown[0]}"
        )
    return array


def flags(name: str, values: ArrayLike) -> NDArray[np.bool_]:
    """Return values that are 0 or 1 as bool, shape (n,).

    Raises
    ------
    ValueError
        If they are not one row of values, one is NaN, or one is neither 0 nor 1.
    """
    array = known(name, values)
    if not np.isin(array, (0.0, 1.0)).all():
        raise ValueError(f"{name}: expected 0 or 1, found others")
    return array.astype(bool)


def days(name: str, values: ArrayLike) -> NDArray[np.float64]:
    """Return durations in days, shape (n,).

    Raises
    ------
    ValueError
        If they are not one row of values, one is NaN, or one is negative.
    """
    array = known(name, values)
    if array.size and array.min() < 0.0:
        raise ValueError(f"{name}: expected 0 days or more, found {array.min():g}")
    return array


def same_length(**arrays: NDArray[Any]) -> None:
    """Compare the lengths of named arrays.

    Raises
    ------
    ValueError
        If they differ.
    """
    if len({array.size for array in arrays.values()}) > 1:
        found = ", ".join(f"{name} {array.size}" for name, array in arrays.items())
        raise ValueError(f"expected equal lengths, found {found}")


def same_shape(prediction: NDArray[Any], truth: NDArray[Any]) -> None:
    """Compare the shapes of two masks.

    Raises
    ------
    ValueError
        If they differ.
    """
    if prediction.shape != truth.shape:
        raise ValueError(f"expected masks of one shape, found {prediction.shape}, {truth.shape}")
