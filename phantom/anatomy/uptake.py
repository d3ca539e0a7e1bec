"""FDG uptake of the healthy tissues of one patient, SUV by body weight.

Means and spreads follow Nakamoto 2005 and the SUV atlas of Wang 2007 for the neck, Boktor
2013 for blood and liver; brain, marrow, muscle and the organs below are textbook values. What
looks like disease and is none (hot tonsils, cords, muscles, brown fat, thyroiditis) is drawn at
its published frequency; the share by sex of brown fat is our own estimate for 3 % overall.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.random import Generator

Sides = tuple[float, float]
ASYMMETRY = 0.12
"""Standard deviation of the logarithm of one side's uptake over the other's."""
HOT_TONSILS, PHONATION, TENSE, THYROIDITIS, CHEWING = 0.22, 0.19, 0.04, 0.02, 0.03
"""Shares of patients with that pattern."""
RECOVERY = {
    "tonsil": 0.72,
    "lingual_tonsil": 0.62,
    "adenoid": 0.43,
    "soft_palate": 0.60,
    "sublingual": 0.34,
    "submandibular": 0.70,
    "parotid": 0.71,
    "thyroid": 0.69,
    "longus": 0.81,
    "eye_muscle": 0.41,
}
"""What a scan of 6.8 mm point spread shows of a structure painted with 1.

The published values are what scanners show. For lymphoid tissue and glands they are means over a
region (physiological maxima, Nakamoto's cut-offs, lie at about twice them), so the share is that
of the mean above half the maximum; for muscles it is that of the maximum.
"""
LYMPHOID_AND_GLANDS = (
    "tonsil",
    "lingual_tonsil",
    "adenoid",
    "soft_palate",
    "sublingual",
    "submandibular",
    "parotid",
)
PATIENT_SPREAD = 0.25
"""Standard deviation of the logarithm of what all of these have in common in a patient."""
BROWN_FAT_BY_MALE = {True: 0.017, False: 0.095}
"""Share of patients with active brown fat at 60 years; it fades with age."""
BROWN_FAT_SUV = (3.6, 12.8)
"""Range of the measured SUVmax of active brown fat."""


@dataclass(frozen=True)
class Uptake:
    """SUV of each tissue; paired organs as (left, right).

    Attributes are named by tissue. `brain` is the mean of the cerebellum; the cortex and the
    basal ganglia lie above it, the white matter below. `neck_muscle` is that of the
    sternocleidomastoids and scalenes, `longus` of the muscles before the spine, `chewing` of the
    muscles of mastication. `brown_fat` is the largest value that a scan should show on each
    side, 0 where there is none.
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
    thyroid: Sides
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
    longus: Sides
    chewing: Sides
    brown_fat: Sides
    adenoid: float

    @classmethod
    def draw(cls, rng: Generator, *, age: float, male: bool) -> "Uptake":
        """Draw one patient's uptake; lymphoid tissue and glands fade with age."""
        fade = float(np.exp(-0.012 * (age - 60.0)))
        hot = bool(rng.random() < HOT_TONSILS)
        phonation = rng.random() < PHONATION
        tense = rng.random() < TENSE
        ring = 1.35 if hot else 1.0
        usual = cls(
            brain=_one(rng, 8.0, 0.22),
            tonsil=_pair(rng, 5.4, 0.16) if hot else _pair(rng, 3.4 * fade, 0.32),
            lingual_tonsil=_one(rng, 3.1 * fade * ring, 0.3),
            soft_palate=_one(rng, (2.95 if male else 2.55) * ring, 0.26),
            sublingual=_pair(rng, 3.1 * fade, 0.42),
            submandibular=_pair(rng, 2.1, 0.25),
            parotid=_pair(rng, 1.9, 0.25),
            cords=_pair(rng, 4.0 if phonation else 1.8, 0.2),
            cord=_one(rng, 2.1, 0.15),
            tongue=_one(rng, 1.5, 0.2),
            thyroid=_alike(_one(rng, 1.4, 0.25)),
            eye_muscle=_pair(rng, 7.0, 0.22),
            neck_muscle=_pair(rng, 3.0 if tense else 0.7, 0.2),
            blood=_one(rng, 1.6, 0.2),
            liver=_one(rng, 2.2, 0.18),
            muscle=_one(rng, 0.7, 0.15),
            fat=_one(rng, 0.3, 0.15),
            marrow=_one(rng, 1.4, 0.2),
            lung=_one(rng, 0.5, 0.12),
            spleen=_one(rng, 1.9, 0.18),
            heart=_one(rng, 5.0, 0.6),
            kidney=_pair(rng, 5.0, 0.3),
            bowel=_one(rng, 1.6, 0.35),
            bladder=float(np.clip(_one(rng, 45.0, 0.8), 8.0, 300.0)),
            longus=_alike(0.7),
            chewing=_alike(0.9),
            brown_fat=_alike(0.0),
            adenoid=2.4 * fade * ring,
        )
        # Later draws than these leave the values above as they were.
        calm = replace(
            usual,
            thyroid=_thyroid(rng, usual.thyroid[0]),
            chewing=_chewing(rng),
            brown_fat=_brown_fat(rng, age=age, male=male),
            adenoid=_one(rng, usual.adenoid, 0.25),
        )
        held = _tensed(rng, calm) if tense else calm
        return _painted(_avid(held, float(np.exp(rng.normal(0.0, PATIENT_SPREAD)))))


def _avid(usual: Uptake, factor: float) -> Uptake:
    """Return the uptake with lymphoid tissue and glands of a patient scanned later or earlier."""
    changed = {name: _times(getattr(usual, name), factor) for name in LYMPHOID_AND_GLANDS}
    return replace(usual, **changed)  # type: ignore[arg-type]


def _times(value: float | Sides, factor: float) -> float | Sides:
    return (value[0] * factor, value[1] * factor) if isinstance(value, tuple) else value * factor


def _painted(measured: Uptake) -> Uptake:
    """Return the uptake that a scanner would measure as given."""
    painted = {name: _times(getattr(measured, name), 1 / share) for name, share in RECOVERY.items()}
    return replace(measured, **painted)  # type: ignore[arg-type]


def _tensed(rng: Generator, calm: Uptake) -> Uptake:
    """Return which muscles a tense neck holds: those at its sides or those before the spine."""
    before_spine = rng.random() < 0.35
    resting, active = calm.longus, _one_sided(rng, calm.neck_muscle, calm.longus[0], 0.3)
    if before_spine:
        return replace(calm, neck_muscle=resting, longus=active)
    return replace(calm, neck_muscle=active)


def _alike(value: float) -> Sides:
    return value, value


def _one(rng: Generator, mean: float, spread: float) -> float:
    return float(mean * np.exp(rng.normal(0.0, spread) - spread**2 / 2))


def _pair(rng: Generator, mean: float, spread: float) -> Sides:
    return _sides(rng, _one(rng, mean, spread))


def _sides(rng: Generator, value: float) -> Sides:
    half = rng.normal(0.0, ASYMMETRY) / 2
    return float(value * np.exp(half)), float(value * np.exp(-half))


def _one_sided(rng: Generator, pair: Sides, rest: float, share: float) -> Sides:
    """Return the pair, or in a share of the patients only one side of it over a resting one."""
    alone, left = rng.random() < share, rng.random() < 0.5
    if not alone:
        return pair
    return (pair[0], rest) if left else (rest, pair[1])


def _thyroid(rng: Generator, resting: float) -> Sides:
    inflamed, value = rng.random() < THYROIDITIS, rng.uniform(4.0, 8.0)
    return _sides(rng, float(value) if inflamed else resting)


def _chewing(rng: Generator) -> Sides:
    active = rng.random() < CHEWING
    return _one_sided(rng, _pair(rng, 3.2 if active else 0.9, 0.2), 0.9, 0.2 if active else 0.0)


def _brown_fat(rng: Generator, *, age: float, male: bool) -> Sides:
    share = BROWN_FAT_BY_MALE[male] * np.exp(-0.02 * (age - 60.0))
    active, value = rng.random() < share, float(rng.lognormal(np.log(5.8), 0.35))
    left, right = (float(np.clip(side, *BROWN_FAT_SUV)) for side in _sides(rng, value))
    return (left, right) if active else (0.0, 0.0)
