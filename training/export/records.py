"""What a fit leaves beside its weights, so that anyone can repeat it: recipe, patients, log."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from shared.errors import ModelError
from training.run import ABOUT_FILE, METRICS_FILE, RECIPE_FILE, RunError

RECORDS = (RECIPE_FILE, ABOUT_FILE, METRICS_FILE)
"""Where they lie in a run's folder; in a weights folder they lie side by side."""
FOLDER = "training"

# An absolute path, a home or a drive, at the start of a word. `CT/PET`, `and/or`, `https://x/y`
# and a lone slash are none.
_PATH = re.compile(
    r"(?:(?<![^\s\"'`=:,;(\[{])(?:~?/[^\s/\"']|~/)|\b[A-Za-z]:\\|\bfile:/)[^\s\"',;]*"
)


def record_folders(weights: Path) -> list[Path]:
    """Return the folders of records in a weights folder, one a fit; none where it has none."""
    return sorted(
        (path for path in weights.glob(f"{FOLDER}*") if (path / ABOUT_FILE).is_file()),
        key=lambda path: (len(path.name), path.name),
    )


def clear_records(weights: Path) -> None:
    """Remove the records in a weights folder."""
    for folder in record_folders(weights):
        shutil.rmtree(folder)


def copy_records(run: Path, weights: Path, *, member: int | None) -> Path:
    """Copy a run's records into a weights folder.

    Parameters
    ----------
    run, weights : Path
        Folders.
    member : int or None
        Which of an ensemble, from 1; None where the run is alone.

    Returns
    -------
    Path
        Where they lie.

    Raises
    ------
    RunError
        If the run lacks one.
    ModelError
        If one names a place on this machine.
    """
    target = weights / (FOLDER if member is None else f"{FOLDER}_{member}")
    target.mkdir()
    for name in RECORDS:
        try:
            text = (run / name).read_text(encoding="utf-8")
        except OSError as error:
            raise RunError(f"{run}: expected {name}, found none") from error
        require_no_paths(text, what=f"{run.name}/{name}")
        (target / Path(name).name).write_text(text, encoding="utf-8")
    return target


def require_no_paths(text: str, *, what: str) -> None:
    """Refuse a text that is to be published and names a place on this machine.

    Raises
    ------
    ModelError
        Naming the text and the place.
    """
    found = _PATH.search(text)
    if found is not None:
        raise ModelError(
            f"{what}: expected no path of this machine in what is published, "
            f"found {found.group()!r}"
        )
