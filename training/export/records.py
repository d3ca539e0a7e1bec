"""What a fit leaves beside its weights, so that anyone can repeat it: recipe, patients, log."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from pydantic import ValidationError

from shared.errors import ModelError
from training.run import ABOUT_FILE, METRICS_FILE, RECIPE_FILE, SEGMENTATION_TASK, About, RunError

RECORDS = (RECIPE_FILE, ABOUT_FILE, METRICS_FILE)
"""Where they lie in a run's folder; in a weights folder they lie side by side."""
FOLDER = "training"
OF_SEGMENTATION = "training_of_segmentation"
"""Records that came with a segmentation which was put beside a score network."""

# An absolute path, a home or a drive, at the start of a word. `CT/PET`, `and/or`, `https://x/y`
# and a lone slash are none.
_PATH = re.compile(
    r"(?:(?<![^\s\"'`=:,;(\[{])(?:~?/[^\s/\"']|~/)|\b[A-Za-z]:\\|\bfile:/)[^\s\"',;]*"
)


def record_folders(weights: Path) -> list[Path]:
    """Return the folders of records of a weights folder's own fits; none where it has none.

    Those of a segmentation that was put beside a score network are not among them.
    """
    return _folders(weights, FOLDER)


def segmentation_records(weights: Path) -> list[Path]:
    """Return the folders of records of a weights folder's segmentation; none where it has none."""
    own = [f for f in record_folders(weights) if read_record(f).task == SEGMENTATION_TASK]
    return [*_folders(weights, OF_SEGMENTATION), *own]


def _folders(weights: Path, name: str) -> list[Path]:
    member = re.compile(rf"{name}(_\d+)?")
    return sorted(
        (
            path
            for path in weights.glob(f"{name}*")
            if member.fullmatch(path.name) and (path / ABOUT_FILE).is_file()
        ),
        key=lambda path: (len(path.name), path.name),
    )


def read_record(folder: Path) -> About:
    """Read what a folder of records says of its fit.

    Raises
    ------
    RunError
        If it is no record of this version.
    """
    path = folder / ABOUT_FILE
    try:
        return About.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, ValidationError) as error:
        raise RunError(f"{path}: expected a fit's record") from error


def clear_records(weights: Path, *, name: str = FOLDER) -> None:
    """Remove the records in a weights folder: its own fits', or its segmentation's by their name.

    Parameters
    ----------
    weights : Path
        Weights folder.
    name : str
        `FOLDER` or `OF_SEGMENTATION`.
    """
    for folder in _folders(weights, name):
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
    target = weights / _name_of(FOLDER, member)
    target.mkdir()
    for name in RECORDS:
        try:
            text = (run / name).read_text(encoding="utf-8")
        except OSError as error:
            raise RunError(f"{run}: expected {name}, found none") from error
        require_no_paths(text, what=f"{run.name}/{name}")
        (target / Path(name).name).write_text(text, encoding="utf-8")
    return target


def read_segmentation_records(weights: Path) -> list[dict[str, str]]:
    """Return the text of each file of a segmentation's records, by its name, a fit after the other.

    Raises
    ------
    ModelError
        If one names a place on this machine.
    """
    found = []
    for folder in segmentation_records(weights):
        names = (Path(name).name for name in RECORDS)
        texts = {
            n: (folder / n).read_text(encoding="utf-8") for n in names if (folder / n).exists()
        }
        for name, text in texts.items():
            require_no_paths(text, what=f"{folder.name}/{name}")
        found.append(texts)
    return found


def write_segmentation_records(records: list[dict[str, str]], weights: Path) -> None:
    """Write what `read_segmentation_records` returned beside a score network."""
    for number, texts in enumerate(records, start=1):
        folder = weights / _name_of(OF_SEGMENTATION, None if len(records) == 1 else number)
        folder.mkdir()
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8")


def _name_of(name: str, member: int | None) -> str:
    return name if member is None else f"{name}_{member}"


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
