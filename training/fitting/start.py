"""Going on from another fit's weights: other data, another loss, a finer grid, another task."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from torch import nn

from training.data.learned import training_record
from training.data.masks import fold_folders
from training.networks.dynunet import DynUNet
from training.networks.score import ScoreNet
from training.networks.score.encoders import DynUNetEncoder
from training.run import RECIPE_FILE, SEGMENTATION_TASK, About, Run, RunError, load_run


def load_starts(folder: Path) -> tuple[Run, ...]:
    """Read what a fit can start from.

    Parameters
    ----------
    folder : Path
        A finished run, or a cross-validation, whose every fold is one.

    Raises
    ------
    RunError
        If it is neither, or a fit is not finished.
    """
    folds = fold_folders(folder)
    if (folder / RECIPE_FILE).exists() or not folds:
        return (load_run(folder),)
    return tuple(load_run(fold) for fold in folds)


def choose_start(starts: Sequence[Run], about: About) -> Run:
    """Return the first run that knows none of the patients who are held out; see `require_start`.

    Parameters
    ----------
    starts : sequence of Run
        One, or a cross-validation's.
    about : About
        What is to be fitted.

    Raises
    ------
    RunError
        If there is none.
    """
    refused: list[RunError] = []
    for start in starts:
        try:
            require_start(start, about)
        except RunError as error:
            refused.append(error)
        else:
            return start
    if len(starts) == 1:
        raise refused[0]
    raise RunError(
        f"start: none of the {len(starts)} folds can be the start of {about.fold}; the first: "
        f"{str(refused[0]).removeprefix('start: ')}"
    ) from refused[0]


def require_start(start: Run, about: About) -> None:
    """Refuse to start from weights that know the patients who are held out.

    Raises
    ------
    RunError
        If the earlier fit learned from one of them, on the same data, or was another task's; a
        segmentation may be the start of any.
    """
    if start.about.task not in (about.task, SEGMENTATION_TASK):
        raise RunError(
            f"start: expected a run of task {about.task} or {SEGMENTATION_TASK}, "
            f"found task {start.about.task}"
        )
    record = training_record([start.about], about.data)
    learned = [name for name in about.validation if name in record]
    if learned:
        raise RunError(
            f"start: its fit learned from {len(learned)} of the patients who are now held out "
            f"({min(learned)} is one); hold out the same fold as it did"
        )


def take_weights(network: nn.Module, start: Run) -> None:
    """Give an untrained network another fit's weights.

    A score network takes what learns by gradients; from a segmentation, its encoder. Everything
    else of it is fitted anew.

    Raises
    ------
    RunError
        If that fit's network is another one, or nothing of this one learns by gradients.
    """
    mine, theirs = _taken(network, start)
    try:
        mine.load_state_dict(theirs.state_dict())
    except RuntimeError as error:
        raise RunError(
            f"start: its network ({start.recipe.network}) is not this recipe's"
        ) from error


def _taken(network: nn.Module, start: Run) -> tuple[nn.Module, nn.Module]:
    """Return the part that takes weights, and the part that gives them."""
    if not isinstance(network, ScoreNet):
        return network, start.network
    learner = network.learner
    if learner is None:
        raise RunError("start: expected a network that learns by gradients, found none")
    if isinstance(start.network, ScoreNet):
        if start.network.learner is None:
            raise RunError("start: nothing of its network learned by gradients")
        return learner, start.network.learner
    if not isinstance(start.network, DynUNet) or not isinstance(learner.encoder, DynUNetEncoder):
        raise RunError(
            "start: expected a dynunet, in the segmentation and in this recipe's image, "
            f"found {start.recipe.network.kind} and {type(learner.encoder).__name__}"
        )
    way_down = nn.ModuleDict({"stem": start.network.stem, "down": start.network.down})
    return learner.encoder, way_down


def in_words(start: Run) -> str:
    """Say in words what a fit started from."""
    about = start.about
    before = f", itself from {about.start}" if about.start else ""
    seconds = 0.0 if about.seconds is None else about.seconds
    return f"{about.recipe} after {about.steps} steps in {seconds:.0f} s on {about.data}{before}"
