"""What moves between CT and PET beside the whole patient: the jaw and a swallowing larynx."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from scipy import ndimage

from phantom.geometry.canvas import Canvas
from phantom.geometry.sampling import Volume
from phantom.geometry.shapes import Point

_JAW = ((0.0, -58.0, -205.0), (34.0, 32.0, 20.0))
_LARYNX = ((0.0, -12.0, -256.0), (20.0, 20.0, 22.0))
_REACH = 2.2
_LARGEST_MM = 4.0


@dataclass(frozen=True)
class Motion:
    """Displacement of jaw and larynx in the PET against the CT, (x, y, z) mm."""

    jaw_mm: Point
    larynx_mm: Point

    @classmethod
    def draw(cls, rng: Generator) -> "Motion":
        """Draw a patient's: most lie still, some swallow or open the mouth."""
        jaw = np.clip(rng.normal(0.0, (0.4, 1.0, 1.4)), -_LARGEST_MM, _LARGEST_MM).tolist()
        larynx = np.clip(rng.normal(0.0, (0.3, 0.6, 1.6)), -_LARGEST_MM, _LARGEST_MM).tolist()
        return cls((jaw[0], jaw[1], jaw[2]), (larynx[0], larynx[1], larynx[2]))

    def apply(self, canvas: Canvas) -> Volume:
        """Return the canvas's SUV as it lay during the PET, shape (z, y, x), float32."""
        suv = canvas.suv
        for (centre, spread), shift in ((_JAW, self.jaw_mm), (_LARYNX, self.larynx_mm)):
            suv = _moved(suv, canvas, centre, spread, shift)
        return suv


def _moved(suv: Volume, canvas: Canvas, centre: Point, spread: Point, shift: Point) -> Volume:
    low = tuple(c - _REACH * s for c, s in zip(centre, spread, strict=True))
    high = tuple(c + _REACH * s for c, s in zip(centre, spread, strict=True))
    box = canvas.box(((low[0], low[1], low[2]), (high[0], high[1], high[2])))
    if box is None:
        return suv
    x, y, z = canvas.x_mm[box], canvas.y_mm[box], canvas.z_mm[box[0]]
    scaled = ((x - centre[0]) / spread[0], (y - centre[1]) / spread[1], (z - centre[2]) / spread[2])
    weight = np.exp(-0.5 * sum(u * u for u in scaled)).astype(np.float32)
    indices = np.meshgrid(*(np.arange(n, dtype=np.float32) for n in weight.shape), indexing="ij")
    places = [
        index - weight * np.float32(step / canvas.step_mm)
        for index, step in zip(indices, reversed(shift), strict=True)
    ]
    result = suv.copy()
    result[box] = ndimage.map_coordinates(suv[box], places, order=1, mode="nearest")
    return result
