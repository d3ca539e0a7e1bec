"""That a cohort which measures weights was not learned from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from phantom.report.visible import VISIBLE_SEED
from shared.errors import ModelError
from shared.manifest import Weights, read_manifest
from shared.spec import Role
from training.data.learned import TrainingRecord, seeds_in, training_record
from training.data.patient import DataError
from training.export.graph import spec_of
from training.export.records import read_record, record_folders, segmentation_records
from training.run import ABOUT_FILE, SEGMENTATION_TASK, About

EVALUATION_SEED = 9000
"""Of the phantom cohort that measures weights: no fit may use it. Fixed before any was made."""
RESERVED = {
    EVALUATION_SEED: "whose patients measure weights",
    VISIBLE_SEED: "on which the generator's visible score is fitted",
}
"""Seeds of phantom cohorts that no fit may use."""
_SEED = re.compile(r"\bseed (\d+)")


def require_not_reserved(data: str) -> None:
    """Refuse to learn from a phantom cohort that is kept for measuring.

    Parameters
    ----------
    data : str
        The data, in a source's words.

    Raises
    ------
    DataError
        Naming the seed.
    """
    for seed in seeds_in(data):
        if seed in RESERVED:
            raise DataError(
                f"phantom seed {seed}: expected a seed to learn from, found one {RESERVED[seed]}"
            )


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


def learned_from(weights: Path, data: str) -> TrainingRecord:
    """Return the patients of some data that a weights folder's fits learned from, by name.

    Parameters
    ----------
    weights : Path
        Weights folder; a score's and its segmentation's fits count alike.
    data : str
        The data, in a source's words.
    """
    return training_record((about for _, about in _records(weights)), data)


def unrecorded(weights: Path) -> tuple[Role, ...]:
    """Return the roles of a weights folder without a record of whom their fits learned from."""
    recorded = {folder.name: read_record(folder) for folder in record_folders(weights)}
    of_scores = any(about.task != SEGMENTATION_TASK for about in recorded.values())
    known = {"segmentation": bool(segmentation_records(weights))}
    return tuple(role for role in read_manifest(weights).roles if not known.get(role, of_scores))


def _records(weights: Path) -> Iterator[tuple[str, About]]:
    for folder in dict.fromkeys((*record_folders(weights), *segmentation_records(weights))):
        yield f"{folder.name}/{ABOUT_FILE}", read_record(folder)


def _data_of_fits(weights: Path) -> Iterator[tuple[str, str]]:
    for name, about in _records(weights):
        yield from ((name, part.data) for part in about.learned)
        # What it went on from has learned from its patients.
        yield name, about.start
    for role in read_manifest(weights).roles.values():
        files = Weights(weights, role)
        for file in role.files:
            provenance = spec_of(files.read(file), name=file.name).provenance
            yield file.name, str(provenance.get("data", ""))
            # Earlier exports name the seed by itself.
            yield (
                file.name,
                f"seed {provenance['cohort_seed']}" if "cohort_seed" in provenance else "",
            )
