"""Going on from another fit's weights: other data, another loss, a finer grid."""

from __future__ import annotations

from torch import nn

from training.run import About, Run, RunError


def require_start(start: Run, about: About) -> None:
    """Refuse to start from weights that know the patients who are held out.

    Raises
    ------
    RunError
        If the earlier fit learned from one of them, on the same data, or was another task's.
    """
    if start.about.task != about.task:
        raise RunError(f"start: expected a run of task {about.task}, found task {start.about.task}")
    known = set(start.about.training) & set(about.validation)
    if start.about.data == about.data and known:
        raise RunError(
            f"start: its fit learned from {len(known)} of the patients who are now held out "
            f"({min(known)} is one); hold out the same fold as it did"
        )


def take_weights(network: nn.Module, start: Run) -> None:
    """Give an untrained network another fit's weights.

    Raises
    ------
    RunError
        If that fit's network is another one.
    """
    try:
        network.load_state_dict(start.network.state_dict())
    except RuntimeError as error:
        raise RunError(
            f"start: its network ({start.recipe.network}) is not this recipe's"
        ) from error


def told(start: Run) -> str:
    """Say in words what a fit started from."""
    about = start.about
    before = f", itself from {about.start}" if about.start else ""
    seconds = 0.0 if about.seconds is None else about.seconds
    return f"{about.recipe} after {about.steps} steps in {seconds:.0f} s on {about.data}{before}"
