"""Lightning's trainer as every fit uses it: checkpoints, logs, progress, devices."""

from __future__ import annotations

import sys
from pathlib import Path

import lightning
from lightning.pytorch.callbacks import Callback, ModelCheckpoint, RichProgressBar
from lightning.pytorch.loggers import CSVLogger, TensorBoardLogger

from training.fitting.hardware import Hardware
from training.fitting.logs import Clock, Lines, sittings
from training.fitting.optimise import averaging
from training.recipe.recipe import Recipe
from training.run import CHECKPOINTS, LOG_FOLDER

BEST, LAST = "best", "last"


def checkpoints_of(folder: Path, *, monitor: str) -> tuple[ModelCheckpoint, ModelCheckpoint]:
    """Return what keeps the best and the last state; Lightning's `save_last` follows the best.

    Parameters
    ----------
    folder : Path
        Of the run.
    monitor : str
        The figure, higher being better, that makes a state the best.
    """
    best = ModelCheckpoint(
        folder / CHECKPOINTS, BEST, monitor=monitor, mode="max", enable_version_counter=False
    )
    last = ModelCheckpoint(
        folder / CHECKPOINTS, LAST, save_on_train_epoch_end=True, enable_version_counter=False
    )
    return best, last


def trainer_of(
    recipe: Recipe,
    folder: Path,
    hardware: Hardware,
    *,
    clock: Clock,
    callbacks: list[Callback],
) -> lightning.Trainer:
    """Return the trainer of a recipe: a progress bar on a terminal, a line an epoch elsewhere."""
    on_terminal = sys.stderr.isatty()
    average = averaging(recipe)
    # The average first: what is validated and kept is the averaged network.
    all_callbacks = [
        *([average] if average is not None else []),
        clock,
        *([RichProgressBar()] if on_terminal else [Lines(clock)]),
        *callbacks,
    ]
    steps = recipe.steps
    return lightning.Trainer(
        accelerator=hardware.accelerator,
        devices=hardware.devices,
        num_nodes=hardware.nodes,
        strategy="ddp" if hardware.world > 1 else "auto",
        use_distributed_sampler=False,
        default_root_dir=folder,
        max_steps=steps,
        max_epochs=-1,
        precision=hardware.precision or recipe.precision,
        logger=[
            CSVLogger(
                folder,
                name=LOG_FOLDER,
                version=f"sitting_{sittings(folder)}",
                flush_logs_every_n_steps=10,
            ),
            TensorBoardLogger(folder, name="tensorboard", version=""),
        ],
        callbacks=all_callbacks,
        log_every_n_steps=min(10, recipe.steps_an_epoch),
        num_sanity_val_steps=0,
        gradient_clip_val=recipe.gradients.clip_norm,
        enable_progress_bar=on_terminal,
        enable_model_summary=False,
    )
