"""Going on from another fit's weights: other data, another loss, a finer grid, another task."""

from __future__ import annotations

from torch import nn

from training.data.masks import different_data
from training.networks.dynunet import DynUNet
from training.networks.score import ScoreNet
from training.networks.score.encoders import DynUNetEncoder
from training.run import About, Run, RunError

SEGMENTATION = 1


def require_start(start: Run, about: About) -> None:
    """Refuse to start from weights that know the patients who are held out.

    Raises
    ------
    RunError
        If the earlier fit learned from one of them, on the same data, or was another task's; a
        segmentation may be the start of any.
    """
    if start.about.task not in (about.task, SEGMENTATION):
        raise RunError(
            f"start: expected a run of task {about.task} or {SEGMENTATION}, "
            f"found task {start.about.task}"
        )
    known = set(start.about.training) & set(about.validation)
    if known and not different_data(start.about.data, about.data):
        raise RunError(
            f"start: its fit learned from {len(known)} of the patients who are now held out "
            f"({min(known)} is one); hold out the same fold as it did"
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


def told(start: Run) -> str:
    """Say in words what a fit started from."""
    about = start.about
    before = f", itself from {about.start}" if about.start else ""
    seconds = 0.0 if about.seconds is None else about.seconds
    return f"{about.recipe} after {about.steps} steps in {seconds:.0f} s on {about.data}{before}"
