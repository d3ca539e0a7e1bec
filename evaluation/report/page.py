"""The page every report of the house shares: one file, styles and pictures inside, no script."""

import base64
from pathlib import Path

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from evaluation.report.picture import Picture

HERE = Path(__file__).parent


def environment(templates: Path = HERE) -> Environment:
    """Return what renders a folder's templates, which extend ``skeleton.html.j2``.

    All text is escaped. Filters: `shown` for numbers, `embedded` for a `Picture`, `inside`
    for the bytes of a PNG.
    """
    made = Environment(
        loader=FileSystemLoader([templates, HERE]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"shown": shown, "embedded": embedded, "inside": inside}
    return made


def shown(value: float | None, unit: str = "") -> str:
    """Return a figure for a reader: three digits, a share as a percentage, a dash for none."""
    if value is None or np.isnan(value):
        return "–"
    if unit == "%":
        return f"{100 * value:.1f} %"
    digits = f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return f"{digits} {unit}".strip()


def embedded(picture: Picture) -> Markup:
    """Return an image that the page itself holds."""
    return Markup('<img alt="{}" src="{}">').format(picture.title, inside(picture.png))


def inside(png: bytes) -> str:
    """Return a PNG as an address that needs no file."""
    return f"data:image/png;base64,{base64.b64encode(png).decode('ascii')}"
