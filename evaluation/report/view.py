"""A view: pixels of a scan with lines over them that stay sharp at any size."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluation.report.picture import png
from evaluation.report.scans import Grey, Outlines


@dataclass(frozen=True)
class Outline:
    """The border of one label in a view.

    Attributes
    ----------
    label : int
        1 GTVp, 2 GTVn.
    truth : bool
        Whether of the truth; else of the prediction.
    path : str
        SVG path in pixels of the view, whose first pixel spans 0 to 1.
    """

    label: int
    truth: bool
    path: str


@dataclass(frozen=True)
class View:
    """A picture in patient axes: its left is the patient's right (or front), the head is up.

    Attributes
    ----------
    name : str
        What is seen.
    width, height : int
        Pixels.
    pixel_mm : float
        Size of a pixel.
    png : bytes or None
        The scan; None leaves the ground white.
    dark : bool
        Whether the ground is dark, for what is written on it.
    outlines : tuple of Outline
        Prediction first, so that the truth's dashes lie over it.
    bar_mm : int
        Length of the scale bar.
    left : str
        What of the patient the picture's left shows: ``R`` right, ``A`` front.
    top_mm : float
        Height z, in the patient, of the centres of the first row.
    box : tuple of float or None
        Left, top, width and height of a frame, in pixels.
    levels : tuple of (float, int, str)
        Heights, in pixels from the top, that bear a name: height, column of the name from the
        right, name.
    """

    name: str
    width: int
    height: int
    pixel_mm: float
    png: bytes | None
    dark: bool
    outlines: tuple[Outline, ...]
    bar_mm: int
    left: str
    top_mm: float = 0.0
    box: tuple[float, float, float, float] | None = None
    levels: tuple[tuple[float, int, str], ...] = ()

    @property
    def bar(self) -> float:
        """Length of the scale bar in pixels."""
        return self.bar_mm / self.pixel_mm


def encoded(pixels: Grey | None) -> bytes | None:
    """Return the PNG of a scan's pixels, colours rounded to a palette."""
    return None if pixels is None else png(pixels, palette=True)


def path(lines: Outlines) -> str:
    """Return outlines, whose first pixel's centre is (0, 0), as an SVG path."""
    return "".join(_closed(line + 0.5) for line in lines)


def _closed(line: NDArray[np.float64]) -> str:
    points: Iterable[str] = (f"{x:.1f},{y:.1f}" for x, y in line[:-1].tolist())
    return f"M{' '.join(points)}Z"
