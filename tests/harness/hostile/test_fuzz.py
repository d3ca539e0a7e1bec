"""The fuzzer's targets take what is sound, and refuse what is not by an error of the family."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from harness.hostile.fuzz import TARGETS, main

CHANGED = 150


@pytest.mark.parametrize("name", list(TARGETS))
def test_sound_examples_are_taken_and_changed_ones_never_crash(name: str, tmp_path: Path) -> None:
    target, rng = TARGETS[name], np.random.default_rng(11)
    seeds = list(target.seeds(tmp_path))
    assert seeds
    assert all(target.try_bytes(seed, tmp_path) for seed in seeds)
    refused = 0
    for _ in range(CHANGED):
        changed = bytearray(seeds[rng.integers(len(seeds))])
        for _ in range(rng.integers(1, 6)):
            changed[rng.integers(len(changed))] = int(rng.integers(256))
        refused += not target.try_bytes(
            bytes(changed[: rng.integers(1, len(changed) + 1)]), tmp_path
        )
    # `inputs.json` is advice: where it is none, the folders' names are taken.
    assert (refused == 0) == (name == "inputs")


@pytest.mark.parametrize("words", [[], ["metaimage"], ["unknown", "runs"]])
def test_a_target_and_a_folder_are_asked_for(words: list[str]) -> None:
    with pytest.raises(SystemExit, match="expected one of metaimage, nifti"):
        main(words)
