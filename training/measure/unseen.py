"""That a cohort which measures weights was not learned from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from shared.errors import ModelError
from shared.manifest import Weights, read_manifest
from training.data.masks import different_data
from training.export.graph import spec_of
from training.export.records import record_folders
from training.run import ABOUT_FILE, About

_SEED = re.compile(r"\bseed (\d+)")


def require_unseen(weights: Path, seed: int) -> None:
    """Refuse to measure weights on the phantom cohort that they were fitted on.

    Parameters
    ----------
    weights : Path
        Weights folder; what its fits learned from is said by their records and specs.
    seed : int
        Of the cohort that is to measure.

    Raises
    ------
    ModelError
        Naming what says so.
    """
    for where, data in _data_of_fits(weights):
        if seed in {int(found) for found in _SEED.findall(data)}:
            raise ModelError(
                f"{weights.name}/{where}: its fit learned from phantom seed {seed} ({data}); "
                "expected a seed that no fit has used, since patients that were learned from "
                "measure nothing"
            )


def learned_from(weights: Path, data: str) -> frozenset[str]:
    """Return the patients of some data that a weights folder's fits learned from, by name.

    Parameters
    ----------
    weights : Path
        Weights folder; a score's and its segmentation's fits count alike.
    data : str
        The data, in a source's words.
    """
    abouts = [about for _, about in _records(weights)]
    return frozenset(
        name for about in abouts if not different_data(about.data, data) for name in about.training
    )


def _records(weights: Path) -> Iterator[tuple[str, About]]:
    for folder in record_folders(weights):
        text = (folder / ABOUT_FILE).read_text(encoding="utf-8")
        yield f"{folder.name}/{ABOUT_FILE}", About.model_validate_json(text)


def _data_of_fits(weights: Path) -> Iterator[tuple[str, str]]:
    for name, about in _records(weights):
        yield name, about.data
        # What it went on from has learned from its patients.
        yield name, about.start
    for role in read_manifest(weights).roles.values():
        files = Weights(weights, role)
        for file in role.files:
            told = spec_of(files.read(file), name=file.name).provenance
            yield file.name, str(told.get("data", ""))
            # Earlier exports name the seed by itself.
            yield file.name, f"seed {told['cohort_seed']}" if "cohort_seed" in told else ""
