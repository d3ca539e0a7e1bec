"""Independent random streams of one patient, so that a draw in one never moves another."""

from collections.abc import Sequence
from enum import IntEnum
from itertools import accumulate

import numpy as np
from numpy.random import Generator, SeedSequence


class Stream(IntEnum):
    """What a stream of random numbers is for; the number is part of the seed, never reuse one."""

    CENTRE = 0
    CLINICAL = 1
    DISEASE = 2
    OUTCOME = 3
    MISSING = 4
    BODY = 5
    TEXTURE = 6
    SCAN = 7
    CT_NOISE = 8
    PET_NOISE = 9
    NAMES = 10
    UPTAKE = 11
    METAL = 12
    PLANNING = 13
    MOTION = 14
    DENTAL = 15


def generator(seed: int, index: int, stream: Stream) -> Generator:
    """Return the generator of one stream of one patient.

    Parameters
    ----------
    seed : int
        Seed of the cohort, not negative.
    index : int
        Number of the patient in the cohort, not negative.
    stream : Stream
        What the numbers are for.

    Returns
    -------
    Generator
        Depends on the three arguments alone, not on what was drawn before or elsewhere.
    """
    if seed < 0 or index < 0:
        raise ValueError(f"seed and index must not be negative, got seed {seed}, index {index}")
    return np.random.default_rng(SeedSequence(seed, spawn_key=(index, int(stream))))


def pick(rng: Generator, weights: Sequence[float]) -> int:
    """Return a position, drawn with the given weights (of any sum)."""
    heights = list(accumulate(weights))
    level = rng.random() * heights[-1]
    return next((i for i, height in enumerate(heights) if level < height), len(heights) - 1)
