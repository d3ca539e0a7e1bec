"""A fit's folder: what was asked, on which patients, and the network that came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from pydantic import BaseModel, ConfigDict, ValidationError
from torch import nn

from training.networks.build import build_network
from training.recipe.recipe import Recipe

RECIPE_FILE = "recipe.json"
ABOUT_FILE = "about.json"
NETWORK_FILE = "network.pt"
LOG_FOLDER = "log"
METRICS_FILE = f"{LOG_FOLDER}/metrics.csv"
CHECKPOINTS = "checkpoints"
SEGMENTATION_TASK = 1
"""The task whose networks make masks, and whose encoders the others may start from."""


class RunError(Exception):
    """A run's folder that is not what was asked for; the message names folder and reason."""


class Learned(BaseModel):
    """Patients whom an earlier fit learned from.

    Attributes
    ----------
    data : str
        What they are, in a source's words.
    patients : tuple of str
        Their names.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    data: str
    patients: tuple[str, ...]


class MaskMaker(BaseModel):
    """A segmentation that made masks for a risk or HPV network.

    Attributes
    ----------
    files : tuple of str
        SHA-256 of its members, in the manifest's order.
    data : str
        What it learned from, in words; "" where it has no record.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    files: tuple[str, ...]
    data: str = ""

    def __str__(self) -> str:
        """Name the segmentation by the first digits of its files' hashes."""
        files = ", ".join(digest[:12] for digest in self.files)
        return f"{files} ({self.data or 'no record of what it learned from'})"


class About(BaseModel):
    """What a fit was, for cards and for whoever repeats it.

    Attributes
    ----------
    task : int
        1, 2 or 3.
    recipe, command : str
        Its name, and the command that fitted it.
    data : str
        What the patients are, in words, without paths.
    training, validation : tuple of str
        Patients learned from, and held out.
    fold : str
        Which of how many folds was held out, in words.
    code_version, commit : str
        Of this project; no commit ("") outside a checkout.
    device : str
        What it ran on.
    start : str
        Whose weights it started from, in words; "" for a network that knew nothing.
    before : tuple of Learned
        Whom those weights had learned from.
    masks : tuple of MaskMaker
        Whose masks its patients have, training and held out; none where no mask is needed.
    steps : int
        Optimiser steps made.
    seconds : float or None
        Of all of its sittings; None until it is finished.
    score : float or None
        Of the held-out patients: the best mean over labels of Dice, or the finished network's
        C-index or AUC.
    """

    model_config = ConfigDict(extra="forbid")

    task: int
    recipe: str
    command: str
    data: str
    training: tuple[str, ...]
    validation: tuple[str, ...]
    fold: str
    code_version: str
    commit: str
    device: str
    start: str = ""
    before: tuple[Learned, ...] = ()
    masks: tuple[MaskMaker, ...] = ()
    steps: int = 0
    seconds: float | None = None
    score: float | None = None

    @property
    def learned(self) -> tuple[Learned, ...]:
        """Return whom the weights learned from, in this fit and in those before it."""
        return (Learned(data=self.data, patients=self.training), *self.before)


def in_words(makers: Sequence[MaskMaker]) -> str:
    """Name segmentations one after the other."""
    return "; ".join(map(str, makers))


@dataclass(frozen=True)
class Run:
    """A finished fit.

    Attributes
    ----------
    recipe : Recipe
        As it was fitted.
    about : About
        Patients, command, seconds.
    network : Module
        With its weights, in evaluation mode.
    """

    recipe: Recipe
    about: About
    network: nn.Module


def read_about(folder: Path) -> tuple[Recipe, About]:
    """Read what a run's folder says of itself, finished or not.

    Raises
    ------
    RunError
        If it is no run, or one that this version can't read.
    """
    try:
        recipe = Recipe.model_validate_json((folder / RECIPE_FILE).read_text(encoding="utf-8"))
        about = About.model_validate_json((folder / ABOUT_FILE).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise RunError(
            f"{folder}: expected a run made by fit, found no {error.filename}"
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise RunError(f"{folder}: not a run of this version: {where}: {first['msg']}") from error
    return recipe, about


def load_run(folder: Path) -> Run:
    """Read a finished run.

    Raises
    ------
    RunError
        If the folder is no run, or its fit is not finished.
    """
    recipe, about = read_about(folder)
    file = folder / NETWORK_FILE
    if not file.is_file():
        raise RunError(f"{folder}: its fit is not finished; the same command goes on with it")
    network = build_network(recipe)
    network.load_state_dict(torch.load(file, map_location="cpu", weights_only=True))
    return Run(recipe, about, network.eval())
