"""How one patient's body differs from the canonical one."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator


@dataclass(frozen=True)
class Build:
    """A patient's proportions, posture and injection.

    Attributes
    ----------
    scale_xyz : tuple of float
        Patient millimetres for each canonical one.
    fat_mm : float
        Thickness of the fat under the skin.
    bend_mm, lean_mm : float
        Forward (towards -y) and sideways displacement of the vertex by the neck's posture.
    turn : float
        Rotation of the head about z, radians.
    contrast : bool
        Whether the CT was taken with intravenous contrast.
    arms_up : bool
        Whether the arms lie beside the head.
    """

    scale_xyz: tuple[float, float, float]
    fat_mm: float
    bend_mm: float
    lean_mm: float
    turn: float
    contrast: bool
    arms_up: bool


def draw_build(rng: Generator, *, male: bool) -> Build:
    """Draw a patient's proportions."""
    height = rng.normal(1.0 if male else 0.94, 0.035)
    width = height * rng.normal(1.0, 0.03)
    depth = height * rng.normal(1.0, 0.04)
    x, y, z = (float(np.clip(value, 0.86, 1.12)) for value in (width, depth, height))
    return Build(
        scale_xyz=(x, y, z),
        fat_mm=float(np.clip(rng.lognormal(np.log(7.0), 0.35), 3.0, 16.0)),
        bend_mm=float(np.clip(rng.normal(0.0, 9.0), -20.0, 20.0)),
        lean_mm=float(np.clip(rng.normal(0.0, 3.5), -9.0, 9.0)),
        turn=float(np.clip(rng.normal(0.0, 0.04), -0.1, 0.1)),
        contrast=bool(rng.random() < 0.25),
        arms_up=bool(rng.random() < 0.3),
    )
