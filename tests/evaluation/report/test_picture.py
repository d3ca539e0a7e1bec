import io

import numpy as np
import pytest
from PIL import Image

from evaluation.report.picture import BLUE, Picture, legend, panels, picture, png


def decoded(data: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB"))


def test_grey_and_colours_come_back() -> None:
    levels = np.arange(12, dtype=np.uint8).reshape(3, 4) * 20
    assert (decoded(png(levels, palette=True))[..., 1] == levels).all()
    colours = np.random.default_rng(0).integers(0, 256, (20, 30, 3)).astype(np.uint8)
    assert (decoded(png(colours)) == colours).all()


def test_a_palette_rounds_colours_and_saves_bytes() -> None:
    ramp = np.linspace(0, 255, 200).astype(np.uint8)
    smooth = np.stack(np.broadcast_arrays(ramp[None, :], ramp[:, None], ramp[None, ::-1]), axis=2)
    rounded = png(smooth, palette=True)
    assert len(rounded) < len(smooth.tobytes()) / 3
    assert np.abs(decoded(rounded).astype(int) - smooth).max() <= 24


@pytest.mark.parametrize(
    "pixels", [np.zeros((2, 2)), np.zeros((2, 2, 4), np.uint8), np.zeros(3, np.uint8)]
)
def test_other_arrays_are_refused(pixels: np.ndarray) -> None:
    with pytest.raises(ValueError, match="expected grey or RGB bytes"):
        png(pixels)


def drawn() -> Picture:
    figure, (axes,) = panels(1, height=2.0)
    axes.plot([0, 1], [0, 1], color=BLUE, linewidth=6, label="line")
    legend(axes)
    return picture("name", "title", "caption", figure)


def test_a_figure_keeps_its_colours_and_is_the_same_every_time() -> None:
    first = drawn()
    assert first == drawn()
    assert not first.wide
    blue = np.array([0x00, 0x72, 0xB2])
    assert (np.abs(decoded(first.png).astype(int) - blue).max(axis=2) < 8).sum() > 500
    assert picture("n", "t", "c", panels(2, wide=True)[0]).wide
