"""FDG uptake of the healthy tissues of one patient, SUV by body weight.

Means and spreads follow Nakamoto 2005 and the SUV atlas of Wang 2007 for the neck, Boktor
2013 for blood and liver; brain, marrow, muscle and the organs below are textbook values.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.random import Generator

Sides = tuple[float, float]
ASYMMETRY = 0.10
"""Standard deviation of the logarithm of one side's uptake over the other's."""


@dataclass(frozen=True)
class Uptake:
    """SUV of each tissue; paired organs as (left, right).

    Attributes are named by tissue. `brain` is the mean of the cerebellum; the cortex and the
    basal ganglia lie above it, the white matter below.
    """

    brain: float
    tonsil: Sides
    lingual_tonsil: float
    soft_palate: float
    sublingual: Sides
    submandibular: Sides
    parotid: Sides
    cords: Sides
    cord: float
    tongue: float
    thyroid: float
    eye_muscle: Sides
    neck_muscle: Sides
    blood: float
    liver: float
    muscle: float
    fat: float
    marrow: float
    lung: float
    spleen: float
    heart: float
    kidney: Sides
    bowel: float
    bladder: float

    @classmethod
    def draw(cls, rng: Generator, *, age: float) -> Self:
        """Draw one patient's uptake; lymphoid tissue and glands fade with age."""
        fade = float(np.exp(-0.012 * (age - 60.0)))

        def one(mean: float, spread: float) -> float:
            return float(mean * np.exp(rng.normal(0.0, spread) - spread**2 / 2))

        def pair(mean: float, spread: float) -> Sides:
            value = one(mean, spread)
            half = rng.normal(0.0, ASYMMETRY) / 2
            return float(value * np.exp(half)), float(value * np.exp(-half))

        hot_tonsils = rng.random() < 0.15
        phonation = rng.random() < 0.19
        tense = rng.random() < 0.04
        return cls(
            brain=one(8.0, 0.22),
            tonsil=pair(6.3 if hot_tonsils else 3.4 * fade, 0.16 if hot_tonsils else 0.32),
            lingual_tonsil=one(3.1 * fade, 0.3),
            soft_palate=one(2.9, 0.26),
            sublingual=pair(3.0 * fade, 0.35),
            submandibular=pair(2.1, 0.25),
            parotid=pair(1.9, 0.25),
            cords=pair(4.0 if phonation else 1.8, 0.2),
            cord=one(2.1, 0.15),
            tongue=one(1.5, 0.2),
            thyroid=one(1.4, 0.25),
            eye_muscle=pair(4.5, 0.3),
            neck_muscle=pair(3.0 if tense else 0.7, 0.2),
            blood=one(1.6, 0.2),
            liver=one(2.2, 0.18),
            muscle=one(0.7, 0.15),
            fat=one(0.3, 0.15),
            marrow=one(1.4, 0.2),
            lung=one(0.5, 0.12),
            spleen=one(1.9, 0.18),
            heart=one(5.0, 0.6),
            kidney=pair(5.0, 0.3),
            bowel=one(1.6, 0.35),
            bladder=float(np.clip(one(45.0, 0.8), 8.0, 300.0)),
        )
