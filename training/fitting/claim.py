"""A fit's folder is taken by one recipe and its patients, and never by another."""

from __future__ import annotations

from pathlib import Path

from training.recipe.recipe import Recipe
from training.run import ABOUT_FILE, RECIPE_FILE, About, RunError, read_about

_SAME = {
    "task": "task",
    "start": "start",
    "before": "start",
    "training": "training patients",
    "validation": "held-out patients",
    "masks": "segmentation's masks",
}
"""What must not change when a fit goes on, and what messages call it."""


def claim(folder: Path, recipe: Recipe, about: About, *, first: bool) -> None:
    """Write what is asked into a new folder, or see that the folder's fit is the one asked for.

    Parameters
    ----------
    folder : Path
        Absent, empty, or with the same fit, finished or not.
    recipe : Recipe
        What is asked.
    about : About
        On which patients.
    first : bool
        Whether this process writes; of several devices' only one does.

    Raises
    ------
    RunError
        If the folder holds a run of another recipe, of other patients, of another start or behind
        other masks, or something else.
    """
    if (folder / RECIPE_FILE).exists():
        found, earlier = read_about(folder)
        _same(folder, found, recipe)
        for name, what in _SAME.items():
            if getattr(earlier, name) != getattr(about, name):
                raise RunError(f"{folder}: expected a run of the same {what}; name another folder")
        return
    # A kill between the two files below leaves the first.
    ours = {ABOUT_FILE, Path(ABOUT_FILE).with_suffix(".part").name}
    if folder.exists() and {path.name for path in folder.iterdir()} - ours:
        raise RunError(f"{folder}: expected an empty folder or a run, found other files")
    if first:
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(folder / ABOUT_FILE, about.model_dump_json(indent=1))
        write_whole(folder / RECIPE_FILE, recipe.model_dump_json(indent=1))


def _same(folder: Path, found: Recipe, asked: Recipe) -> None:
    if found == asked:
        return
    names = [
        name for name in type(asked).model_fields if getattr(found, name) != getattr(asked, name)
    ]
    raise RunError(
        f"{folder}: holds a run of another recipe (they differ in {', '.join(names)}); "
        "name another folder, or delete it"
    )


def write_whole(path: Path, text: str) -> None:
    """Write a text file whole or not at all."""
    unfinished = path.with_suffix(".part")
    unfinished.write_text(text + "\n", encoding="utf-8")
    unfinished.replace(path)
