"""From a command's words to a fit: recipe, patients, who is held out, and where things go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from shared import __version__
from training.data.cache import make_samples
from training.data.folds import Fold, held_out_before
from training.data.learned import different_data
from training.data.masks import mask_makers, unseen_masks
from training.data.outcomes import require_learnable
from training.data.patient import Patient
from training.data.samples import Samples
from training.data.source import Source
from training.fitting.claim import claim
from training.fitting.commit import commit
from training.fitting.fit import fit
from training.fitting.hardware import Hardware
from training.fitting.start import choose_start, in_words, take_weights
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
    starts : tuple of Run
        Whose weights to start from: none, one's, or those of each fold of a cross-validation, of
        which a fit takes one that knows nobody who is held out of it.
    """

    task: int
    name: str
    recipe: Recipe
    source: Source
    command: str
    cache: Path
    segmentation: Path
    hardware: Hardware
    starts: tuple[Run, ...] = ()

    def folds(self, *, count: int, seed: int) -> tuple[Fold, ...]:
        """Return the folds of a cross-validation.

        They are the source's (see `Source.folds`), unless the starts are a cross-validation of the
        same data: then its folds are held out again, since in other folds each start would know
        some of the held-out patients.
        """
        before = [run.about for run in self.starts]
        if len(before) < 2 or different_data(before[0].data, self.source.description):
            return self.source.folds(count=count, seed=seed)
        ids = [patient.patient_id for patient in self.source.patients]
        return held_out_before([about.validation for about in before], ids)

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
        RunError
            If no start is without knowledge of who is held out of a fold, or it is another
            network's.
        """
        require_learnable(split, self.source.patients, task=self.task)
        self.require_begun(split)

    def require_begun(self, split: Sequence[Fold]) -> None:
        """Refuse masks and starts of networks that know whom they must not; see `require_sound`."""
        self.masks(self.source.patients)
        for about in map(self._unbegun, split) if self.starts else ():
            take_weights(build_network(self.recipe), choose_start(self.starts, about))

    def about(self, fold: Fold) -> tuple[About, Run | None]:
        """Say what a fit on one fold is, and return whose weights it starts from.

        Raises
        ------
        DataError, RunError
            As of `masks` and `require_sound`.
        """
        about = self._unbegun(fold)
        makers = mask_makers(self.masks(self.chosen((*fold.training, *fold.validation))))
        about = about.model_copy(update={"masks": makers})
        if not self.starts:
            return about, None
        start = choose_start(self.starts, about)
        changes = {"start": in_words(start), "before": start.about.learned}
        return about.model_copy(update=changes), start

    def _unbegun(self, fold: Fold) -> About:
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
        )


def fit_fold(order: Order, fold: Fold, folder: Path) -> About:
    """Fit a recipe with one fold held out.

    The folder is claimed before anything is prepared: a mistake costs seconds, not hours.

    Raises
    ------
    DataError
        If the fold can't be learned from or measured, or a patient's data are not usable.
    RunError
        If the folder holds something else, or each start knows who is held out.
    """
    order.require_sound((fold,))
    about, start = order.about(fold)
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
        start=start,
    )
