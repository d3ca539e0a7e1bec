"""A figure of a report: the palette, the style, and how pixels become a small PNG."""

import io
from dataclasses import dataclass
from typing import Any, Literal

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator
from numpy.typing import NDArray
from PIL import Image

# Okabe and Ito's palette, which colour-blind readers can tell apart.
BLACK, ORANGE, SKY, GREEN, YELLOW = "#000000", "#E69F00", "#56B4E9", "#009E73", "#F0E442"
BLUE, VERMILION, GREY, PALE = "#0072B2", "#D55E00", "#B8B8B8", "#E4E4E4"
LABEL_COLOURS = {1: GREEN, 2: YELLOW}
"""GTVp and GTVn, as in Figure 1 of the CDS report on HECKTOR 2025."""
STYLE: dict[Any, Any] = {
    "font.size": 8.5,
    "axes.titlesize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
}
Corner = Literal["best", "upper left", "lower left", "lower right"]
SMALL = 8.0
"""Points of what stands inside a chart."""
DPI = 110
NARROW_INCH, WIDE_INCH = 5.4, 10.4
COLOURS = 256


@dataclass(frozen=True)
class Picture:
    """A figure as it goes into the page: file name, message, explanation, PNG, and its room."""

    name: str
    title: str
    caption: str
    png: bytes
    wide: bool = False


def panels(count: int, *, height: float = 3.0, wide: bool = False) -> tuple[Figure, list[Axes]]:
    """Return a figure of some panels in a row; a wide one takes the page's whole width."""
    width = WIDE_INCH if wide else NARROW_INCH
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(width, height), dpi=DPI, layout="constrained")
        axes = figure.subplots(1, count, squeeze=False)
    return figure, list(axes[0])


def legend(axes: Axes, where: Corner = "best") -> None:
    """Explain the lines, without a frame."""
    axes.legend(loc=where, frameon=False, fontsize=SMALL)


def picture(
    name: str, title: str, caption: str, figure: Figure, *, palette: bool = True
) -> Picture:
    """Render a figure, which is the same PNG every time; `palette` as in `png`."""
    buffer = io.BytesIO()
    with mpl.rc_context(STYLE):
        figure.savefig(buffer, format="png")
    with Image.open(buffer) as drawn:
        pixels = np.asarray(drawn.convert("RGB"))
    wide = figure.get_figwidth() > NARROW_INCH
    return Picture(name, title, caption, png(pixels, palette=palette), wide)


def png(pixels: NDArray[np.uint8], *, palette: bool = False) -> bytes:
    """Encode pixels as PNG.

    Parameters
    ----------
    pixels : ndarray, shape (y, x) or (y, x, 3), uint8
        Grey levels or red, green, blue.
    palette : bool
        Round colours to the 256 that suit the picture best, a third of the bytes. Not for rare
        colours that matter, such as thin lines over a photograph.

    Raises
    ------
    ValueError
        The array has another shape or type.
    """
    if pixels.dtype != np.uint8 or not (pixels.ndim == 2 or pixels.shape[2:] == (3,)):
        raise ValueError(f"expected grey or RGB bytes, found {pixels.dtype} {pixels.shape}")
    image = Image.fromarray(np.ascontiguousarray(pixels))
    if palette and pixels.ndim == 3:
        image = image.quantize(COLOURS, dither=Image.Dither.NONE)
    buffer = io.BytesIO()
    image.save(buffer, format="png", optimize=True)
    return buffer.getvalue()


def log_scale(axes: Axes) -> None:
    """Make y logarithmic, with plain numbers at the ticks."""
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 3, 5, 7), numticks=20))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter("{x:g}")
