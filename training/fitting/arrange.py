"""From a command's words to a fit: recipe, patients, who is held out, and where things go."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from shared import __version__
from training.data.cache import make_samples
from training.data.folds import Fold
from training.data.masks import unseen_masks
from training.data.outcomes import require_learnable
from training.data.patient import Patient
from training.data.samples import Samples
from training.data.source import Source
from training.fitting.claim import claim
from training.fitting.fit import fit
from training.fitting.hardware import Hardware
from training.fitting.start import require_start, take_weights, told
from training.networks.build import build_network
from training.recipe.recipe import Recipe
from training.run import About, Run


@dataclass(frozen=True)
class Order:
    """A recipe asked for on some data.

    Attributes
    ----------
    task : int
        1, 2 or 3.
    name : str
        The recipe's.
    recipe : Recipe
        As it will be fitted.
    source : Source
        All patients.
    command : str
        What asked for it, for whoever repeats it.
    cache : Path
        Folder for prepared samples of any recipe.
    segmentation : Path
        What makes the masks for risk and HPV networks: weights, or a cross-validation of Task 1.
    hardware : Hardware
        Devices and processes.
    start : Run or None
        Whose weights to start from.
    """

    task: int
    name: str
    recipe: Recipe
    source: Source
    command: str
    cache: Path
    segmentation: Path
    hardware: Hardware
    start: Run | None = None

    def chosen(self, indices: Sequence[int]) -> tuple[Patient, ...]:
        """Return some of the patients."""
        return tuple(self.source.patients[i] for i in indices)

    def masks(self, patients: Sequence[Patient]) -> dict[str, Path]:
        """Return by name the weights that make each patient's mask; none where none is needed.

        Raises
        ------
        DataError
            If they learned from a patient; see `training.data.masks`.
        """
        if not self.recipe.spec.needs_lesions:
            return {}
        return unseen_masks(self.segmentation, patients, data=self.source.description)

    def samples(self, patients: Sequence[Patient]) -> Samples:
        """Prepare patients as the recipe's network sees them, or take them from the cache."""
        return make_samples(
            patients,
            self.recipe.spec,
            self.cache,
            workers=self.hardware.workers,
            segmentation=self.masks(patients) or None,
        )

    def require_sound(self, split: Sequence[Fold]) -> None:
        """Refuse what can't be fitted, before anything is prepared or written.

        Raises
        ------
        DataError
            If a fold's outcomes can't be learned from or measured, a patient is in two folds, or
            the masks' weights learned from a patient.
        """
        require_learnable(split, self.source.patients, task=self.task)
        self.masks(self.source.patients)

    def about(self, fold: Fold) -> About:
        """Say what a fit on one fold is."""
        return About(
            task=self.task,
            recipe=self.name,
            command=self.command,
            data=self.source.description,
            training=tuple(p.patient_id for p in self.chosen(fold.training)),
            validation=tuple(p.patient_id for p in self.chosen(fold.validation)),
            fold=fold.name,
            code_version=__version__,
            commit=commit(),
            device=str(self.hardware),
            start="" if self.start is None else told(self.start),
        )


def fit_fold(order: Order, fold: Fold, folder: Path) -> About:
    """Fit a recipe with one fold held out.

    The folder is claimed before anything is prepared: a mistake costs seconds, not hours.

    Raises
    ------
    DataError
        If the fold can't be learned from or measured, or a patient's data are not usable.
    RunError
        If the folder holds something else, or the start knows who is held out.
    """
    order.require_sound((fold,))
    about = order.about(fold)
    if order.start is not None:
        require_start(order.start, about)
        take_weights(build_network(order.recipe), order.start)
    claim(folder, order.recipe, about, first=order.hardware.rank == 0)
    # All at once: what is wrong with a held-out patient is not found an hour later.
    samples = order.samples(order.chosen((*fold.training, *fold.validation)))
    count = len(fold.training)
    return fit(
        order.recipe,
        about,
        folder,
        training=samples.subset(range(count)),
        validation=samples.subset(range(count, len(samples))),
        hardware=order.hardware,
        start=order.start,
    )


def commit() -> str:
    """Return the checkout's commit, with a plus where files differ from it; "" outside of one."""
    root = Path(__file__).parents[2]
    git = ["git", "-C", str(root)]
    try:
        name = subprocess.run(  # noqa: S603  # fixed arguments
            [*git, "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True, check=True
        ).stdout.strip()
        changed = subprocess.run(  # noqa: S603
            [*git, "status", "--porcelain", "--untracked-files=no"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""
    return f"{name}+" if changed else name
