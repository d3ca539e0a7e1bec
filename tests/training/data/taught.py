"""Weights that say whom they learned from, without a fit."""

from __future__ import annotations

from pathlib import Path

from tests.networks import segmenter, write_weights
from training.run import ABOUT_FILE, About

COHORT = "phantom, generator version 3, seed 7, 6 patients, neck only"


def write_taught(
    folder: Path,
    training: tuple[str, ...] | None,
    *,
    data: str = COHORT,
    network: bytes | None = None,
    **changes: object,
) -> Path:
    """Write segmentation weights with the record of a fit, or with none."""
    write_weights(folder, {"segmentation": [segmenter() if network is None else network]})
    if training is not None:
        about = About(
            task=1,
            recipe="tiny",
            command="",
            data=data,
            training=training,
            validation=(),
            fold="",
            code_version="0",
            commit="",
            device="",
        ).model_copy(update=changes)
        (folder / "training").mkdir()
        (folder / "training" / ABOUT_FILE).write_text(about.model_dump_json(), encoding="utf-8")
    return folder
