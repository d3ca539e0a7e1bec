"""Fit a recipe's network: Lightning's trainer, checkpoints, logs, and the weights that are kept."""

from __future__ import annotations

import logging
from pathlib import Path

import lightning
import torch
from torch import nn

from training.data.samples import Samples
from training.fitting.claim import claim, write_whole
from training.fitting.draws import InStep
from training.fitting.hardware import Hardware
from training.fitting.loaders import sampler_of, training_loader, validation_loader
from training.fitting.logs import Clock, note_score, write_metrics
from training.fitting.modules.score import ASIDE, HELD_OUT, ScoreModule, figure
from training.fitting.modules.segmentation import SegmentationModule
from training.fitting.parts import Parts, parts_of
from training.fitting.scores.complete import complete
from training.fitting.scores.masking import joint_groups
from training.fitting.scores.table import each, table_of
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

    What learns by gradients does so first; a score network's other parts, its scale and its
    calibration follow. A recipe without gradients makes no steps, in a folder of the same kind.

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
        With steps, seconds and the score: the best or, of a score network, the finished one's.

    Raises
    ------
    RunError
        If the folder holds a run of another recipe or of other patients, or the weights to start
        from are another network's.
    DataError
        If a score's training patients are too few of an outcome to keep some apart, or those kept
        apart can't choose the best weights.
    """
    claim(folder, recipe, about, first=hardware.rank == 0)
    if (folder / NETWORK_FILE).exists():
        log.info("%s: finished before; nothing to do", folder)
        return read_about(folder)[1]
    lightning.seed_everything(recipe.seed, workers=True, verbose=False)
    parts = parts_of(recipe, training, validation)
    if recipe.needs_gradients:
        return _by_steps(recipe, about, folder, parts, hardware=hardware, start=start)
    network = build_network(recipe)
    if start is not None:
        take_weights(network, start)
    if hardware.rank == 0:
        about = _finish(recipe, about, folder, network, parts, clock=Clock())
    return about


def _by_steps(
    recipe: Recipe,
    about: About,
    folder: Path,
    parts: Parts,
    *,
    hardware: Hardware,
    start: Run | None,
) -> About:
    module = module_of(recipe, parts.learning)
    module.compiled = hardware.compiled
    if start is not None:
        take_weights(module.network, start)
    monitor = HELD_OUT if parts.calibration is None else ASIDE
    clock, (best, last) = Clock(), checkpoints_of(folder, monitor=monitor)
    sampler = sampler_of(recipe, hardware)
    trainer = trainer_of(
        recipe, folder, hardware, clock=clock, callbacks=[InStep(sampler), best, last]
    )
    stopped_at = folder / CHECKPOINTS / f"{LAST}.ckpt"
    watched = [parts.held_out, *([] if parts.calibration is None else [parts.calibration])]
    trainer.fit(
        module,
        training_loader(parts.learning, recipe, hardware, sampler=sampler),
        [validation_loader(samples, hardware) for samples in watched],
        ckpt_path=str(stopped_at) if stopped_at.exists() else None,
        # Our own files, but read without executing anything in them.
        weights_only=True,
    )
    score = float(best.best_model_score) if best.best_model_score is not None else None
    about = about.model_copy(update={"steps": trainer.global_step, "score": score})
    if trainer.is_global_zero:
        kept = Path(best.best_model_path) if recipe.keep == BEST else stopped_at
        content = torch.load(kept, map_location="cpu", weights_only=True)
        # The optimiser's and the average's own state stay behind.
        module.cpu().load_state_dict(content["state_dict"])
        about = _finish(recipe, about, folder, module.network, parts, clock=clock)
    trainer.strategy.barrier()
    return about


def module_of(recipe: Recipe, learning: Samples) -> SegmentationModule | ScoreModule:
    """Return what is fitted: the untrained network under its recipe, scaled to its patients."""
    network = build_network(recipe)
    # Channels last: oneDNN runs 3-D convolutions faster so, training on a CPU above all.
    torch.nn.utils.convert_conv3d_weight_memory_format(network, torch.channels_last_3d)
    if not isinstance(network, ScoreNet):
        return SegmentationModule(network, recipe)
    table = table_of(learning, recipe.spec)
    network.values.fit(table.clinical, table.lesions)
    groups = None if table.clinical is None else joint_groups(table.clinical)
    weight = 1.0
    if recipe.spec.role == "hpv" and not recipe.balanced:
        positives = float(table.hpv.double().mean())
        weight = (1.0 - positives) / positives
    return ScoreModule(network, recipe, groups=groups, positive_weight=weight)


def _finish(
    recipe: Recipe, about: About, folder: Path, network: nn.Module, parts: Parts, *, clock: Clock
) -> About:
    """Fit what needs no steps, and write the weights last: they say that the fit is finished."""
    if isinstance(network, ScoreNet):
        complete(network, recipe, learning=parts.learning, calibration=parts.calibration)
        score = _held_out_figure(network, recipe, parts.held_out)
        about = about.model_copy(update={"score": score})
        if not recipe.needs_gradients:
            note_score(folder, score)
    about = about.model_copy(update={"seconds": round(clock.seconds, 1)})
    write_metrics(folder)
    write_whole(folder / ABOUT_FILE, about.model_dump_json(indent=1))
    unfinished = folder / f"{NETWORK_FILE}.part"
    torch.save(network.state_dict(), unfinished)
    unfinished.replace(folder / NETWORK_FILE)
    return about


def _held_out_figure(network: ScoreNet, recipe: Recipe, held_out: Samples) -> float:
    """Return the finished network's figure of the held-out patients."""
    score = each(network, held_out, recipe.spec, network)[:, 0]
    table = table_of(held_out, recipe.spec)
    return figure(
        score.double().numpy(),
        time_days=table.time_days.numpy(),
        outcome=table.outcome,
        role=recipe.spec.role,
    )
