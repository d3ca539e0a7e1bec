"""A fit's record: plain lines in a log, and one table of figures over all of its sittings."""

from __future__ import annotations

import logging
from pathlib import Path
from time import perf_counter
from typing import Any

import lightning
import pandas as pd
from lightning.pytorch.callbacks import Callback

from training.run import LOG_FOLDER, METRICS_FILE

log = logging.getLogger(__name__)


class Clock(Callback):
    """Seconds of a fit over all of its sittings; its checkpoints remember them."""

    def __init__(self) -> None:
        self._before, self._started = 0.0, perf_counter()

    @property
    def seconds(self) -> float:
        """Return the seconds so far."""
        return self._before + perf_counter() - self._started

    def on_fit_start(self, trainer: lightning.Trainer, module: lightning.LightningModule) -> None:
        """Begin a sitting."""
        self._started = perf_counter()

    def state_dict(self) -> dict[str, Any]:
        """Return what a checkpoint keeps."""
        return {"seconds": self.seconds}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take up the seconds of earlier sittings."""
        self._before = float(state["seconds"])


class Lines(Callback):
    """One line an epoch, for a log file; a terminal shows a progress bar instead."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._first_step, self._began = 0, 0.0

    def on_train_start(self, trainer: lightning.Trainer, module: lightning.LightningModule) -> None:
        """Note where this sitting begins."""
        self._first_step, self._began = trainer.global_step, self._clock.seconds

    def on_train_epoch_end(
        self, trainer: lightning.Trainer, module: lightning.LightningModule
    ) -> None:
        """Say how far it is, how well it does, and how long it will take."""
        step, steps = trainer.global_step, int(trainer.max_steps)
        if step == self._first_step:
            # A fit that goes on ends the epoch of its checkpoint once more.
            return
        pace = (self._clock.seconds - self._began) / (step - self._first_step)
        names = ("loss", "score", *sorted(n for n in trainer.callback_metrics if "dice" in n))
        told = ", ".join(
            f"{name} {float(trainer.callback_metrics[name]):.3f}"
            for name in names
            if name in trainer.callback_metrics
        )
        log.info(
            "step %d of %d (%.0f %%): %s; %.2f s a step, about %.0f min left",
            step,
            steps,
            100.0 * step / steps,
            told,
            pace,
            pace * (steps - step) / 60.0,
        )


def sittings(run: Path) -> int:
    """Return how many sittings a run's logs hold."""
    return len(list((run / LOG_FOLDER).glob("sitting_*")))


def read_metrics(run: Path) -> pd.DataFrame:
    """Return a run's figures over all of its sittings, finished or not.

    A sitting that began at a checkpoint has done again what the one before did after it: the
    later one counts.

    Returns
    -------
    DataFrame
        Columns `step`, `epoch`, `loss`, `learning_rate`, `score` and the figures of the held-out
        patients, a row where any of them was noted; empty before the first.
    """
    table = pd.DataFrame({"step": pd.Series(dtype=int)})
    for number in range(sittings(run)):
        file = run / LOG_FOLDER / f"sitting_{number}" / "metrics.csv"
        if not file.exists() or file.stat().st_size == 0:
            continue
        later = pd.read_csv(file)
        table = pd.concat([table[table["step"] < later["step"].min()], later], ignore_index=True)
    return table


def note_score(run: Path, score: float) -> None:
    """Note the figure of the held-out patients where no step was made."""
    file = run / LOG_FOLDER / "sitting_0" / "metrics.csv"
    file.parent.mkdir(parents=True, exist_ok=True)
    figures = {"step": 0, "epoch": 0, "loss": None, "learning_rate": None, "score": score}
    pd.DataFrame([figures]).to_csv(file, index=False, float_format="%.6g")


def write_metrics(run: Path) -> None:
    """Write a run's figures as one table, whole."""
    target = run / METRICS_FILE
    unfinished = target.with_suffix(".part")
    read_metrics(run).to_csv(unfinished, index=False, float_format="%.6g")
    unfinished.replace(target)
