"""The part of a model card on what cross-validations of the same recipe reached."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from shared.errors import ModelError
from training.cards.measured import by_centre
from training.cards.tables import figures
from training.export.records import read_record, record_folders, require_no_paths
from training.export.write import CENTRES_FILE, CROSSVAL_FILE

Row = dict[str, Any]

KEYS = ("task", "recipe", "data", "command", "folds", "never_held_out", "metrics", "centres")
"""Of a cross-validation's summary, what is kept; PET rules and volumes stay behind."""
_OF_CENTRES = "centre-"
"""What the names of folds begin with that hold out a centre."""
_TITLES = {
    CROSSVAL_FILE: "Cross-validation",
    CENTRES_FILE: "Each centre held out",
}


def keep_summary(file: Path, folder: Path) -> Path:
    """Keep a cross-validation's summary in a weights folder, for its card.

    Parameters
    ----------
    file : Path
        `summary.json`, as `crossval` writes it.
    folder : Path
        The weights; one summary of folds and one of centres has a place in it.

    Returns
    -------
    Path
        Where it is kept.

    Raises
    ------
    ModelError
        If it is no summary, of another task or recipe than the weights, or names a place on this
        machine.
    """
    try:
        summary: Row = json.loads(file.read_text(encoding="utf-8"))
        kept = {key: summary[key] for key in KEYS}
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ModelError(f"{file}: expected a cross-validation's summary") from error
    for about in map(read_record, record_folders(folder)):
        ours, theirs = (about.task, about.recipe), (kept["task"], kept["recipe"])
        if ours != theirs:
            raise ModelError(
                f"{file}: expected recipe {ours[1]!r} of task {ours[0]}, as the weights', "
                f"found {theirs[1]!r} of task {theirs[0]}"
            )
    text = json.dumps(kept, indent=1)
    require_no_paths(text, what=file.name)
    of_centres = all(str(name).startswith(_OF_CENTRES) for name in kept["folds"])
    target = folder / (CENTRES_FILE if of_centres else CROSSVAL_FILE)
    target.write_text(text + "\n", encoding="utf-8")
    return target


def cross_validations(folder: Path) -> list[str]:
    """Return the Markdown of the summaries that a weights folder keeps; nothing without any."""
    parts: list[str] = []
    for name, title in _TITLES.items():
        if (folder / name).is_file():
            summary = json.loads((folder / name).read_text(encoding="utf-8"))
            parts += [f"## {title}\n", _on_whom(summary), figures(summary["metrics"])]
            parts += [by_centre(summary["centres"])]
    return parts


def _on_whom(summary: Row) -> str:
    folds = len(summary["folds"])
    never = summary["never_held_out"]
    left = f" Learned from in every fit: {never}." if never else ""
    return (
        f"Not these weights, but {folds} fits of the same recipe ({summary['data']}), each "
        f"measured on the patients held out of it; the figures are of all of them together.{left} "
        f"`{summary['command']}`\n"
    )
