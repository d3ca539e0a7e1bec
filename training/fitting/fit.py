"""Fit a recipe's network: Lightning's trainer, checkpoints, logs, and the weights that are kept."""

from __future__ import annotations

import logging
from pathlib import Path

import lightning
import torch

from training.data.samples import Samples
from training.fitting.claim import claim, write_whole
from training.fitting.draws import InStep
from training.fitting.hardware import Hardware
from training.fitting.loaders import sampler_of, training_loader, validation_loader
from training.fitting.logs import Clock, write_metrics
from training.fitting.modules.score import ScoreModule
from training.fitting.modules.segmentation import SegmentationModule
from training.fitting.scoring import centre, stack
from training.fitting.start import take_weights
from training.fitting.trainer import BEST, LAST, checkpoints_of, trainer_of
from training.networks.build import build_network
from training.networks.score import ScoreNet
from training.recipe.recipe import Recipe
from training.run import ABOUT_FILE, CHECKPOINTS, NETWORK_FILE, About, Run, read_about

log = logging.getLogger(__name__)


def fit(
    recipe: Recipe,
    about: About,
    folder: Path,
    *,
    training: Samples,
    validation: Samples,
    hardware: Hardware,
    start: Run | None = None,
) -> About:
    """Train a recipe's network and keep its weights; a fit that was stopped goes on.

    Parameters
    ----------
    recipe : Recipe
        What to fit.
    about : About
        Patients, command and versions; a folder that holds another fit is refused.
    folder : Path
        For the recipe, checkpoints, logs (CSV and TensorBoard) and the resulting weights.
    training, validation : Samples
        Patients to learn from, and patients held out.
    hardware : Hardware
        Devices, arithmetic, processes.
    start : Run, optional
        Another fit of the same network, whose weights are gone on from.

    Returns
    -------
    About
        With steps, seconds and the best score.

    Raises
    ------
    RunError
        If the folder holds a run of another recipe or of other patients, or the weights to start
        from are another network's.
    """
    claim(folder, recipe, about, first=hardware.rank == 0)
    if (folder / NETWORK_FILE).exists():
        log.info("%s: finished before; nothing to do", folder)
        return read_about(folder)[1]
    lightning.seed_everything(recipe.seed, workers=True, verbose=False)
    module = module_of(recipe, training)
    module.compiled = hardware.compiled
    if start is not None:
        take_weights(module.network, start)
    clock, best, last = Clock(), *checkpoints_of(folder)
    sampler = sampler_of(recipe, hardware)
    trainer = trainer_of(
        recipe, folder, hardware, clock=clock, callbacks=[InStep(sampler), best, last]
    )
    stopped_at = folder / CHECKPOINTS / f"{LAST}.ckpt"
    trainer.fit(
        module,
        training_loader(training, recipe, hardware, sampler=sampler),
        validation_loader(validation, hardware),
        ckpt_path=str(stopped_at) if stopped_at.exists() else None,
        # Our own files, but read without executing anything in them.
        weights_only=True,
    )
    done = about.model_copy(
        update={
            "steps": trainer.global_step,
            "seconds": round(clock.seconds, 1),
            "score": float(best.best_model_score) if best.best_model_score is not None else None,
        }
    )
    if trainer.is_global_zero:
        kept = Path(best.best_model_path) if recipe.keep == BEST else stopped_at
        _finish(folder, recipe, module, kept=kept, training=training, about=done)
    trainer.strategy.barrier()
    return done


def module_of(recipe: Recipe, training: Samples) -> SegmentationModule | ScoreModule:
    """Return what is fitted: the untrained network under its recipe, scaled to its patients."""
    # Channels last: a training step on a CPU takes two thirds of the time or less.
    network = build_network(recipe)
    torch.nn.utils.convert_conv3d_weight_memory_format(network, torch.channels_last_3d)
    if not isinstance(network, ScoreNet):
        return SegmentationModule(network, recipe)
    table = stack(training, recipe)
    names = recipe.spec.tensor_names
    network.fit_scaling(table[names.clinical], table[names.lesions])
    positives = float(table["hpv"].float().mean())
    return ScoreModule(network, recipe, positive_weight=(1.0 - positives) / positives)


def _finish(
    folder: Path,
    recipe: Recipe,
    module: SegmentationModule | ScoreModule,
    *,
    kept: Path,
    training: Samples,
    about: About,
) -> None:
    """Take the weights that are kept, and write them last: they say that the fit is finished."""
    content = torch.load(kept, map_location="cpu", weights_only=True)
    # The optimiser's and the average's own state stay behind.
    module.cpu().load_state_dict(content["state_dict"])
    if isinstance(module.network, ScoreNet):
        centre(module.network, recipe, training)
    write_metrics(folder)
    write_whole(folder / ABOUT_FILE, about.model_dump_json(indent=1))
    unfinished = folder / f"{NETWORK_FILE}.part"
    torch.save(module.network.state_dict(), unfinished)
    unfinished.replace(folder / NETWORK_FILE)
